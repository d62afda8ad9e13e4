//! Coming back: exactly what was missed, in order; or the names of what is to be loaded afresh.

use std::time::Duration;

use serde_json::json;
use tutti_testkit::{Client, Way, World};

use crate::support::{Account, into, text, to_user};

/// Sends messages into several conversations in turn while bob is away.
async fn talk(alice: &mut Client, conversations: &[&str], count: usize) {
    for n in 0..count {
        alice.say(conversations[n % conversations.len()], &format!("missed {n}")).await;
    }
}

async fn resumes_exactly(world: World) {
    let (one, two) = (world.group("alice", &["bob"]).await, world.direct("alice", "bob").await);
    let quiet = world.group("carol", &["bob"]).await;
    let mut alice = world.connect("alice").await;
    for way in [Way::Bearer, Way::FirstFrame] {
        let mut bob = world.connect("bob").await;
        let mut account = Account::from_welcome(&bob);
        let sent = alice.say(&one, "seen").await;
        account.starts_at(&one, sent["offset"].as_u64().unwrap() - 1);
        account.take(&bob.hears("seen").await);
        bob.vanish();
        world.connections(1).await;

        talk(&mut alice, &[&one, &two], 20).await;
        let mut bob = world.connecting("bob").way(way).since(&account.since).open().await;
        assert_eq!((&bob.welcome["resumed"], &bob.welcome["reset"]), (&json!(true), &json!([])));
        for n in 0..20 {
            let push = bob.hears(&format!("missed {n}")).await;
            assert!(push["event_id"].is_string() && push["offset"].is_u64());
        }
        alice.say(&two, "live again").await;
        bob.hears("live again").await;
        let mut carol = world.connect("carol").await;
        carol.say(&quiet, "fence").await;
        bob.hears("fence").await;
        bob.vanish();
        carol.vanish();
        world.connections(1).await;
    }
}

#[tokio::test]
async fn exactly_what_was_missed_in_several_conversations_follows_in_order_from_memory() {
    resumes_exactly(World::builder().unlimited().start().await).await;
}

#[tokio::test]
async fn exactly_what_was_missed_in_several_conversations_follows_in_order_from_sqlite() {
    resumes_exactly(World::builder().unlimited().sqlite().start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_opens_a_connection_is_not_told_what_was_acknowledged_before() {
    let world = World::builder().unlimited().start().await;
    for n in 0..100 {
        let user = format!("user-{n}");
        world.direct("alice", &user).await;
        assert_eq!(world.connect(&user).await.drain().await, [json!(null); 0]);
    }
}

#[tokio::test]
async fn changes_beside_messages_are_missed_and_made_good_too() {
    let world = World::start().await;
    let group = world.group("alice", &["bob"]).await;
    let bob = world.connect("bob").await;
    let since = text(&bob.welcome, "since").to_owned();
    bob.vanish();
    let mut alice = world.connect("alice").await;
    let id = text(&alice.say(&group, "first").await["message"], "id").to_owned();
    alice.request(json!({"type": "message_edit", "message_id": id, "message": "edited"})).await;
    alice.request(json!({"type": "reaction_add", "message_id": id, "emoji": "x"})).await;
    alice.request(json!({"type": "message_delete", "message_id": id})).await;
    let other = world.group("alice", &["bob"]).await;
    let path = format!("/api/v1/conversations/{other}/members/bob");
    assert_eq!(world.http("alice").delete(&path).await.status, 204);
    alice.say(&other, "not for bob").await;
    alice.say(&group, "fence").await;

    let mut bob = world.connecting("bob").since(&since).open().await;
    for kind in ["message", "message_edited", "reaction_added", "message_deleted"] {
        bob.expect(kind).await;
    }
    assert_eq!(bob.expect("member_removed").await["conversation_id"], other.as_str());
    bob.hears("fence").await;
}

#[tokio::test]
async fn a_conversation_with_too_large_a_gap_is_named_and_the_others_are_made_good() {
    for builder in [World::builder(), World::builder().sqlite()] {
        let world = builder.config(|config| config.chat.max_replay_per_conversation = 10).start().await;
        let (busy, calm) = (world.group("alice", &["bob"]).await, world.group("alice", &["bob"]).await);
        let bob = world.connect("bob").await;
        let since = text(&bob.welcome, "since").to_owned();
        bob.vanish();
        let mut alice = world.connect("alice").await;
        for n in 0..11 {
            alice.say(&busy, &format!("busy {n}")).await;
        }
        alice.say(&calm, "calm").await;
        let mut bob = world.connecting("bob").since(&since).open().await;
        assert_eq!((&bob.welcome["resumed"], &bob.welcome["reset"]), (&json!(true), &json!([busy])));
        bob.hears("calm").await;
        alice.say(&busy, "from now on").await;
        bob.hears("from now on").await;
    }
}

#[tokio::test]
async fn a_conversation_of_which_the_log_has_forgotten_something_is_named() {
    for builder in [World::builder(), World::builder().sqlite()] {
        let world = builder.config(|config| config.storage.keep_events_hours = 1).start().await;
        let (old, quiet) = (world.group("alice", &["bob"]).await, world.group("alice", &["bob"]).await);
        let mut alice = world.connect("alice").await;
        let bob = world.connect("bob").await;
        let since = text(&bob.welcome, "since").to_owned();
        bob.vanish();
        alice.say(&old, "long ago").await;
        alice.vanish();
        world.connections(0).await;
        world.leap(Duration::from_secs(2 * 3600)).await;
        let mut alice = world.connect("alice").await;
        alice.say(&quiet, "just now").await;
        let mut bob = world.connecting("bob").since(&since).open().await;
        assert_eq!((&bob.welcome["resumed"], &bob.welcome["reset"]), (&json!(true), &json!([old])));
        bob.hears("just now").await;
    }
}

#[tokio::test]
async fn who_was_there_before_anything_happened_is_told_all_of_it() {
    for world in [World::start().await, World::builder().sqlite().start().await] {
        let bob = world.connect("bob").await;
        let since = text(&bob.welcome, "since").to_owned();
        bob.vanish();
        let mut alice = world.connect("alice").await;
        alice.request(to_user("bob", "the very first")).await;
        let mut bob = world.connecting("bob").since(&since).open().await;
        assert_eq!(bob.welcome["resumed"], true);
        bob.expect("conversation_created").await;
        bob.hears("the very first").await;
    }
}

#[tokio::test]
async fn who_comes_from_the_future_is_not_resumed() {
    for world in [World::start().await, World::builder().sqlite().start().await] {
        let group = world.group("alice", &["bob"]).await;
        let mut alice = world.connect("alice").await;
        alice.say(&group, "past").await;
        let mut bob = world.connecting("bob").since("9000000000000000000").open().await;
        assert_eq!((&bob.welcome["resumed"], &bob.welcome["reset"]), (&json!(false), &json!([])));
        assert_ne!(bob.welcome["since"], "9000000000000000000");
        alice.request(into(&group, "now")).await;
        bob.hears("now").await;
    }
}
