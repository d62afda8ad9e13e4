//! Who is writing: shown to the others, ended by itself, never stored.

use std::time::Duration;

use serde_json::json;
use tutti_testkit::{Client, World};

use crate::support::text;

async fn types(client: &mut Client, conversation: &str, is_typing: bool) {
    client.send(&json!({"type": "typing", "conversation_id": conversation, "is_typing": is_typing})).await;
}

async fn sees(client: &mut Client, user: &str, is_typing: bool) {
    let push = client.expect("typing").await;
    assert_eq!((&push["user_id"], &push["is_typing"]), (&json!(user), &json!(is_typing)));
    assert!(push["offset"].is_null() && push["event_id"].is_null(), "it is not stored: {push}");
}

#[tokio::test]
async fn typing_ends_by_itself_after_six_seconds_unless_it_goes_on() {
    let world = World::start().await;
    let group = world.group("alice", &["bob"]).await;
    let (mut alice, mut bob) = (world.connect("alice").await, world.connect("bob").await);
    types(&mut alice, &group, true).await;
    sees(&mut bob, "alice", true).await;
    world.advance(Duration::from_secs(5)).await;
    types(&mut alice, &group, true).await;
    assert!(alice.drain().await.is_empty(), "the typist's own connection is told nothing");
    world.advance(Duration::from_secs(5)).await;
    bob.say(&group, "ten seconds later she still writes").await;
    alice.expect("message").await;
    assert!(bob.drain().await.is_empty());
    world.advance(Duration::from_secs(1)).await;
    sees(&mut bob, "alice", false).await;
}

#[tokio::test]
async fn the_typists_connection_is_left_out_and_their_others_are_not() {
    let world = World::start().await;
    let group = world.group("alice", &["bob"]).await;
    let (mut alice, mut alices_other) = (world.connect("alice").await, world.connect("alice").await);
    let mut bob = world.connecting("bob").msgpack().open().await;
    types(&mut alice, &group, true).await;
    sees(&mut alices_other, "alice", true).await;
    sees(&mut bob, "alice", true).await;
    types(&mut alice, &group, true).await;
    types(&mut alice, &group, false).await;
    sees(&mut alices_other, "alice", false).await;
    sees(&mut bob, "alice", false).await;
    bob.say(&group, "fence").await;
    alice.hears("fence").await;
}

#[tokio::test]
async fn typing_to_a_person_and_losing_the_connection_while_at_it() {
    let world = World::start().await;
    let direct = world.direct("alice", "bob").await;
    let (mut alice, mut bob) = (world.connect("alice").await, world.connect("bob").await);
    alice.send(&json!({"type": "typing", "receiver_id": "bob", "is_typing": true})).await;
    let push = bob.expect("typing").await;
    assert_eq!(text(&push, "conversation_id"), direct);
    alice.vanish();
    sees(&mut bob, "alice", false).await;
    let refused = bob.refused(json!({"type": "typing", "receiver_id": "nobody", "is_typing": true})).await;
    assert_eq!(refused, "not_found");
}
