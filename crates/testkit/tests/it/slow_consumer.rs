//! A reader that does not read: it is told to come back, and nobody else notices.

use futures_util::join;
use serde_json::{Value, json};
use tutti_testkit::patience::until;
use tutti_testkit::{Builder, Client, Raw, Said, World};

use crate::support::{Account, conversation_of, into};

/// What the system may hold for a reader that does not read, beside what the server holds.
const NARROW: u32 = 16_384;
/// Far more messages of twenty kilobytes than fit anywhere.
const FLOOD: usize = 600;
/// Far more typing than fits anywhere.
const TYPING: usize = 60_000;

fn small_queue() -> Builder {
    World::builder().unlimited().without_pings().config(|config| {
        config.connections.max_outbound_bytes = 100_000;
        config.chat.max_replay_per_conversation = 10_000;
        config.chat.max_replay = 10_000;
    })
}

fn large(n: usize) -> String {
    format!("{n:05}{}", "𝄞".repeat(4990))
}

/// Sends one message after another, with another reader keeping pace, until the server has given a third one up; or
/// until so much was sent that it must have. Returns what the other reader saw.
async fn flood(world: &World, sender: &mut Client, reader: &mut Client, group: &str) -> Vec<Value> {
    let mut seen = Vec::new();
    for n in 0..FLOOD {
        let (reply, push) = join!(sender.request(into(group, &large(n))), reader.expect("message"));
        assert_eq!(reply["type"], "message_sent", "{reply}");
        assert_eq!(reply["offset"], push["offset"], "the reader that reads is not delayed");
        seen.push(push);
        if n % 10 == 9 && world.metric("tutti_connections_closed_total{code=\"4100\"}").await > 0 {
            break;
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_stops_is_told_so_and_resumes_with_nothing_missing_while_others_go_on() {
    let world = small_queue().start().await;
    let group = world.group("alice", &["bob", "carol"]).await;
    let (mut alice, mut bob) = (world.connect("alice").await, world.connect("bob").await);
    let mut slow = world.connecting("carol").receive_buffer(NARROW).open().await;
    let mut account = Account::from_welcome(&slow);
    account.starts_at(&group, 1);

    let seen = flood(&world, &mut alice, &mut bob, &group).await;
    assert!(seen.len() < FLOOD, "the queue is bounded");
    let code = loop {
        match slow.said().await {
            Said::Frame(push) => assert!(account.take(&push), "nothing is repeated on one connection"),
            Said::Ping => {}
            Said::Closed(code) => break code,
        }
    };
    assert_eq!(code, 4100);
    assert!(account.messages() < seen.len(), "something was missed");
    slow.vanish();

    let mut back = world.connecting("carol").since(&account.since).open().await;
    assert_eq!(back.welcome["resumed"], true);
    while account.messages() < seen.len() {
        let push = back.push().await;
        account.take(&push);
    }
    let expected: Vec<&str> = seen.iter().filter_map(|push| push["message"]["message"].as_str()).collect();
    assert!(account.texts[&group] == expected, "nothing is missing and the order is the same");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typing_is_dropped_before_anything_durable() {
    let world = small_queue().start().await;
    let alice = "a".repeat(128);
    let group = world.group(&alice, &["bob", "carol"]).await;
    let (mut alice, mut bob) = (world.connect(&alice).await, world.connect("bob").await);
    let mut slow = world.connecting("carol").receive_buffer(NARROW).open().await;
    // Only ephemeral frames, and more than fit: they are dropped, and the connection stays.
    let mut sent = 0;
    while world.metric("tutti_frames_dropped_total").await == 0 {
        assert!(sent < TYPING, "the queue is bounded");
        for _ in 0..100 {
            let frame = json!({"type": "typing", "conversation_id": group, "is_typing": sent % 2 == 0});
            alice.send(&frame).await;
            sent += 1;
        }
        for _ in 0..100 {
            bob.expect("typing").await;
        }
    }
    alice.say(&group, "something that counts").await;
    bob.hears("something that counts").await;
    let mut typing = 0;
    loop {
        match slow.said().await {
            Said::Frame(frame) if frame["type"] == "typing" => typing += 1,
            Said::Frame(frame) => {
                assert_eq!(conversation_of(&frame), group);
                assert_eq!(frame["message"]["message"], "something that counts");
                break;
            }
            other => panic!("the reader is only slow: {other:?}"),
        }
    }
    assert!(typing < sent, "some were dropped");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_over_http_that_is_not_read_ends_too_and_gives_its_place_back() {
    let world = small_queue().start().await;
    let group = world.group("alice", &["bob", "carol"]).await;
    let mut slow = Raw::dial_narrow(world.server().address, NARROW).await;
    let token = world.token("carol");
    let request = format!("GET /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    slow.write(request.as_bytes()).await;
    assert!(slow.head().await.starts_with("HTTP/1.1 200"));
    world.connections(1).await;
    let (mut alice, mut bob) = (world.connect("alice").await, world.connect("bob").await);
    flood(&world, &mut alice, &mut bob, &group).await;
    until("the stream that nobody reads to end", || world.server().gateway.registry.len() == 2).await;
}
