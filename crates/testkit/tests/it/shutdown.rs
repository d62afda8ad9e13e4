//! The end of a server, and the next one on the same data directory.

use futures_util::join;
use serde_json::json;
use tutti_testkit::{Client, Raw, Said, Way, World};

use crate::support::{into, text};

#[tokio::test]
async fn clients_are_told_that_the_server_drains_and_everything_ends_in_time() {
    let world = World::builder().sqlite().start().await;
    let (alice, bob) = (world.connect("alice").await, world.connecting("bob").msgpack().open().await);
    let http = world.http("carol");
    let mut stream = http.events(None).await;
    stream.expect("welcome").await;
    let listening = async {
        let last = stream.next().await.unwrap();
        assert!(stream.next().await.is_none());
        (last.name, last.data["code"].clone())
    };
    let ((in_time, _), alice, bob, stream) = join!(world.stop(), alice.closed(), bob.closed(), listening);
    assert_eq!((alice, bob, stream), (4102, 4102, ("close".to_owned(), json!(4102))));
    assert!(in_time);
}

#[tokio::test]
async fn who_has_not_signed_in_yet_does_not_hold_the_server_up() {
    let world = World::start().await;
    let waiting = world.anonymous().upgrade().await.unwrap();
    world.connections(1).await;
    let idle = Raw::dial(world.server().address).await;
    let ((in_time, _), code) = join!(world.stop(), waiting.closed());
    assert!(matches!(code, 4102 | 1001), "{code}");
    assert!(in_time);
    drop(idle);
}

/// Sends until the server goes away. Returns the client ids that were acknowledged.
async fn send_to_the_end(mut client: Client, group: &str, from: usize) -> Vec<String> {
    let mut acknowledged = Vec::new();
    let mut sent = 0;
    loop {
        while sent < acknowledged.len() + 30 {
            let id = format!("{from}-{sent}");
            let frame = json!({"type": "message", "conversation_id": group, "message": id, "client_id": id, "ref": id});
            if client.try_send(&frame).await.is_err() {
                break;
            }
            sent += 1;
        }
        match client.said().await {
            Said::Frame(frame) if frame["type"] == "message_sent" => {
                acknowledged.push(text(&frame["message"], "client_id").to_owned());
            }
            Said::Frame(frame) if frame["type"] == "error" => assert_eq!(frame["code"], "unavailable", "{frame}"),
            Said::Frame(_) | Said::Ping => {}
            Said::Closed(code) => {
                assert_eq!(code, 4102, "after {} acknowledgements", acknowledged.len());
                return acknowledged;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_after_a_restart_and_what_was_not_can_be_sent_again() {
    let mut builder = World::builder().unlimited().sqlite();
    let mut group = None;
    let mut all = Vec::new();
    for round in 0..3 {
        let world = builder.start().await;
        let group = match &group {
            Some(group) => String::clone(group),
            None => group.insert(world.group("alice", &["bob"]).await).clone(),
        };
        let (one, two) = (world.connect("alice").await, world.connecting("bob").way(Way::FirstFrame).open().await);
        let mut watcher = world.connect("bob").await;
        let stop = async {
            // In the middle of it: a few of each sender's have been pushed, and more are under way.
            let mut seen = [0, 0];
            while seen.iter().any(|count| *count < 10) {
                let push = watcher.find("message").await;
                seen[usize::from(push["message"]["sender_id"] == "bob")] += 1;
            }
            let (stopped, _) = join!(world.stop(), watcher.closed());
            stopped
        };
        let ((in_time, next), one, two) =
            join!(stop, send_to_the_end(one, &group, round * 2), send_to_the_end(two, &group, round * 2 + 1));
        assert!(in_time);
        all.extend(one);
        all.extend(two);
        builder = next;
    }
    let world = builder.start().await;
    let group = group.unwrap();
    let stored = everything(&world, &group).await;
    for id in &all {
        assert!(stored.contains(id), "{id} was acknowledged and is not there");
    }
    let mut alice = world.connect("alice").await;
    let again = all.iter().find(|id| id.starts_with("0-")).unwrap();
    let frame = json!({"type": "message", "conversation_id": group, "message": again, "client_id": again});
    assert_eq!(alice.request(frame).await["duplicate"], true);
    alice.request(into(&group, "life goes on")).await;
}

/// The client ids of all messages of a conversation, page by page; the positions are dense.
async fn everything(world: &World, group: &str) -> Vec<String> {
    let (http, mut found) = (world.http("alice"), Vec::new());
    let (mut before, mut next_seq) = (String::new(), None);
    loop {
        let page = http.get(&format!("/api/v1/conversations/{group}/messages?limit=100{before}")).await.is(200);
        for message in page["messages"].as_array().unwrap() {
            let seq = message["seq"].as_u64().unwrap();
            assert!(next_seq.is_none_or(|next| next == seq), "positions are dense");
            next_seq = Some(seq - 1);
            found.push(text(message, "client_id").to_owned());
            before = format!("&before_id={}", text(message, "id"));
        }
        if page["has_more"] == false {
            assert_eq!(next_seq, Some(0));
            return found;
        }
    }
}

#[tokio::test]
async fn a_client_resumes_over_a_restart() {
    let world = World::builder().sqlite().start().await;
    let group = world.group("alice", &["bob"]).await;
    let bob = world.connect("bob").await;
    let since = text(&bob.welcome, "since").to_owned();
    let mut alice = world.connect("alice").await;
    alice.say(&group, "before the end").await;
    let ((_, next), _, _) = join!(world.stop(), alice.closed(), bob.closed());
    let world = next.start().await;
    let mut alice = world.connect("alice").await;
    alice.say(&group, "after the beginning").await;
    let mut bob = world.connecting("bob").since(&since).open().await;
    assert_eq!(bob.welcome["resumed"], true);
    bob.hears("before the end").await;
    bob.hears("after the beginning").await;
}

#[tokio::test]
async fn two_servers_on_one_data_directory_are_refused() {
    let world = World::builder().sqlite().start().await;
    let Err(error) = world.again().try_start().await else { panic!("two servers share a database") };
    assert!(format!("{error:#}").contains("in use by another server"), "{error:#}");
    let group = world.group("alice", &[]).await;
    let (in_time, next) = world.stop().await;
    assert!(in_time);
    let world = next.start().await;
    world.http("alice").get(&format!("/api/v1/conversations/{group}")).await.is(200);
}
