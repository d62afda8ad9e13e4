//! The order of a conversation: dense offsets, and the same order for everybody, however many send at once.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tutti_testkit::{Client, Raw, World, raw};

use crate::support::text;

const SENDERS: usize = 8;
const EACH: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_senders_pipeline_a_hundred_messages_each_in_memory() {
    everybody_sees_one_order(World::builder().unlimited().start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_senders_pipeline_a_hundred_messages_each_in_sqlite() {
    everybody_sees_one_order(World::builder().unlimited().sqlite().start().await).await;
}

/// Many commands that are begun in one go, more than the runtime lets a task do before it has to rest.
#[tokio::test]
async fn a_burst_that_arrives_in_one_piece_keeps_its_order() {
    for builder in [World::builder(), World::builder().sqlite()] {
        let world = builder.unlimited().config(|config| config.connections.max_in_flight = 1000).start().await;
        let group = world.group("alice", &["bob"]).await;
        let mut alice = Raw::open(world.server().address, Some(&world.token("alice"))).await;
        assert_eq!(alice.json().await["type"], "welcome");
        let mut bob = world.connect("bob").await;
        let frames = (0..500).flat_map(|n| {
            let frame = json!({"type": "message", "ref": n, "conversation_id": group, "message": message(0, n)});
            raw::frame(raw::TEXT, frame.to_string().as_bytes(), true)
        });
        alice.write(&frames.collect::<Vec<u8>>()).await;
        let mut heard = Vec::new();
        for n in 0..500 {
            assert_eq!(alice.json().await["ref"], n, "replies come in the order of the requests");
            heard.push(text(&bob.expect("message").await["message"], "message").to_owned());
        }
        let sent: Vec<String> = (0..500).map(|n| message(0, n)).collect();
        assert!(heard == sent, "messages are in another order than they were sent: {heard:?}");
    }
}

async fn everybody_sees_one_order(world: World) {
    let names: Vec<String> = (0..SENDERS).map(|n| format!("sender-{n}")).collect();
    let others: Vec<&str> = names.iter().map(String::as_str).chain(["reader"]).collect();
    let group = world.group("owner", &others).await;
    let mut clients = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let connecting = world.connecting(name);
        clients.push(if n % 2 == 0 { connecting.open().await } else { connecting.msgpack().open().await });
    }
    let senders = clients.into_iter().enumerate().map(|(n, client)| send_and_read(client, n, &group));
    let mut readers = Vec::new();
    for name in ["reader", "reader", "sender-0"] {
        readers.push(world.connect(name).await);
    }
    let readers = readers.into_iter().map(read);
    let (seen_by_senders, seen_by_readers) = futures_util::join!(join_all(senders), join_all(readers));
    let (first, rest) = seen_by_readers.split_first().expect("there are readers");
    for (n, sender) in (0..SENDERS).map(|n| (n, format!("sender-{n}"))) {
        let own: Vec<&str> = first.iter().map(|(_, text)| text.as_str()).filter(|t| t.starts_with(&sender)).collect();
        let sent: Vec<String> = (0..EACH).map(|k| message(n, k)).collect();
        assert_eq!(own, sent, "a sender's own messages keep the order in which it sent them");
    }
    for other in rest.iter().chain(&seen_by_senders) {
        assert!(other == first, "somebody sees another order");
    }
}

fn message(sender: usize, number: usize) -> String {
    format!("sender-{sender} says {number}")
}

/// Sends all of its own without waiting, then takes everything. Returns what it saw, by offset.
async fn send_and_read(mut client: Client, sender: usize, group: &str) -> Vec<(u64, String)> {
    for n in 0..EACH {
        let frame = json!({"type": "message", "ref": n, "conversation_id": group, "message": message(sender, n)});
        client.send(&frame).await;
    }
    let mut seen = Vec::new();
    let (mut next_reply, mut last_push) = (0, 0);
    while seen.len() < SENDERS * EACH {
        let frame = client.push().await;
        let offset = frame["offset"].as_u64().expect("an offset");
        if frame["type"] == "message_sent" {
            assert_eq!(frame["ref"], next_reply, "replies come in the order of the requests");
            next_reply += 1;
        } else {
            assert!(offset > last_push, "pushes come in order");
            last_push = offset;
        }
        seen.push(entry(&frame));
    }
    seen.sort_unstable();
    assert_dense(&seen);
    seen
}

/// Only listens. Returns what it saw, in the order in which it came.
async fn read(mut client: Client) -> Vec<(u64, String)> {
    let mut seen = Vec::new();
    while seen.len() < SENDERS * EACH {
        seen.push(entry(&client.expect("message").await));
    }
    assert_dense(&seen);
    seen
}

fn entry(frame: &Value) -> (u64, String) {
    (frame["offset"].as_u64().expect("an offset"), text(&frame["message"], "message").to_owned())
}

fn assert_dense(seen: &[(u64, String)]) {
    let start = seen[0].0;
    assert!(seen.iter().zip(start..).all(|((offset, _), expected)| *offset == expected), "offsets are dense");
}
