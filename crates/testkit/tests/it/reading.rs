//! What was read: receipts, one per conversation, and the arithmetic of what was not.

use serde_json::{Value, json};
use tutti_testkit::World;

use crate::support::{into, text};

async fn unread(world: &World, user: &str) -> (u64, Vec<(String, u64)>) {
    let unread = world.http(user).get("/api/v1/unread").await.is(200);
    let each = unread["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (text(one, "conversation_id").to_owned(), one["unread"].as_u64().unwrap()));
    let mut each: Vec<_> = each.collect();
    each.sort();
    (unread["total"].as_u64().unwrap(), each)
}

#[tokio::test]
async fn many_ids_make_one_push_for_each_conversation() {
    let world = World::start().await;
    let (one, two) = (world.group("alice", &["bob"]).await, world.group("alice", &["bob"]).await);
    let (mut alice, mut bob) = (world.connect("alice").await, world.connect("bob").await);
    let mut bobs_other = world.connect("bob").await;
    let mut ids = Vec::new();
    for n in 0..10 {
        let group = if n % 2 == 0 { &one } else { &two };
        let sent = alice.say(group, &format!("{n}")).await;
        ids.push(text(&sent["message"], "id").to_owned());
        bob.expect("message").await;
        bobs_other.expect("message").await;
    }
    ids.reverse();
    let reply = bob.request(json!({"type": "read_receipt", "message_ids": ids})).await;
    assert_eq!(reply["type"], "read_receipt_ok");
    let mut positions: Vec<Value> = reply["conversations"].as_array().unwrap().clone();
    positions.sort_by_key(|position| text(position, "conversation_id").to_owned());
    assert_eq!(positions.len(), 2);
    for client in [&mut alice, &mut bobs_other, &mut bob] {
        let mut pushes = [client.expect("read_receipt").await, client.expect("read_receipt").await];
        pushes.sort_by_key(|push| text(push, "conversation_id").to_owned());
        for (push, position) in pushes.iter().zip(&positions) {
            for field in ["conversation_id", "user_id", "last_read_id", "last_read_seq"] {
                assert_eq!(push[field], position[field]);
            }
            assert_eq!(push["last_read_seq"], 5);
        }
    }
    bob.request(json!({"type": "read_receipt", "message_ids": ids})).await;
    bob.request(json!({"type": "read_receipt", "conversation_id": one, "message_id": ids[9]})).await;
    bob.request(into(&one, "fence")).await;
    alice.hears("fence").await;
}

#[tokio::test]
async fn unread_is_what_others_said_after_the_position_without_what_was_deleted() {
    for world in [World::start().await, World::builder().sqlite().start().await] {
        let (one, two) = (world.group("alice", &["bob"]).await, world.group("alice", &["bob"]).await);
        let (mut alice, mut bob) = (world.connect("alice").await, world.connect("bob").await);
        assert_eq!(unread(&world, "bob").await, (0, vec![]));
        let mut ids = Vec::new();
        for n in 0..5 {
            ids.push(text(&alice.say(&one, &format!("{n}")).await["message"], "id").to_owned());
        }
        alice.say(&two, "and here").await;
        assert_eq!(unread(&world, "bob").await, (6, vec![(one.clone(), 5), (two.clone(), 1)]));
        assert_eq!(unread(&world, "alice").await, (0, vec![]), "one's own count for nothing");

        alice.request(json!({"type": "message_delete", "message_id": ids[4]})).await;
        assert_eq!(unread(&world, "bob").await.0, 5);
        let read = json!({"message_id": ids[1]});
        let position = world.http("bob").post(&format!("/api/v1/conversations/{one}/read"), &read).await.is(200);
        assert_eq!((&position["last_read_seq"], &position["user_id"]), (&json!(2), &json!("bob")));
        assert_eq!(unread(&world, "bob").await.1, [(one.clone(), 2), (two.clone(), 1)]);
        let back = json!({"message_id": ids[0]});
        let position = world.http("bob").post(&format!("/api/v1/conversations/{one}/read"), &back).await.is(200);
        assert_eq!(position["last_read_seq"], 2, "a position only moves forward");
        bob.say(&one, "mine").await;
        assert_eq!(unread(&world, "bob").await.0, 3, "an own message is not unread");
        alice.request(json!({"type": "message_delete", "message_id": ids[0]})).await;
        assert_eq!(unread(&world, "bob").await.0, 3, "what was read and is deleted changes nothing");
        for conversation in [&one, &two] {
            world.http("bob").post(&format!("/api/v1/conversations/{conversation}/read"), &json!({})).await.is(200);
        }
        assert_eq!(unread(&world, "bob").await, (0, vec![]));
        let seen = world.http("bob").get(&format!("/api/v1/conversations/{one}")).await.is(200);
        assert_eq!((&seen["unread"], &seen["last_read_seq"], &seen["last_seq"]), (&json!(0), &json!(6), &json!(6)));
    }
}

#[tokio::test]
async fn mentions_are_counted_apart() {
    let world = World::start().await;
    let group = world.group("alice", &["bob"]).await;
    let mut alice = world.connect("alice").await;
    alice.say(&group, "nobody").await;
    let frame = json!({"type": "message", "conversation_id": group, "message": "@bob", "mentions": ["bob"]});
    alice.request(frame).await;
    let unread = world.http("bob").get("/api/v1/unread").await.is(200);
    assert_eq!((&unread["total"], &unread["mentions"]), (&json!(2), &json!(1)));
}
