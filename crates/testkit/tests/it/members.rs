//! Who is in a conversation decides what arrives, at once, on connections that are open.

use serde_json::json;
use tutti_testkit::World;

use crate::support::{into, text, to_user};

#[tokio::test]
async fn the_first_message_opens_a_direct_conversation_on_connections_that_are_open_already() {
    let world = World::start().await;
    let (mut alice, mut alices_other) = (world.connect("alice").await, world.connect("alice").await);
    let (mut bob, mut bobs_other) = (world.connect("bob").await, world.connect("bob").await);
    let sent = alice.request(to_user("bob", "one")).await;
    let conversation = text(&sent["message"], "conversation_id").to_owned();
    for client in [&mut alices_other, &mut bob, &mut bobs_other] {
        let created = client.expect("conversation_created").await;
        assert_eq!((&created["conversation"]["kind"], &created["offset"]), (&json!("direct"), &json!(1)));
        assert_eq!(client.hears("one").await["offset"], 2);
    }
    bob.say(&conversation, "two").await;
    for client in [&mut alice, &mut alices_other, &mut bobs_other] {
        client.hears("two").await;
    }
}

#[tokio::test]
async fn nothing_more_arrives_on_any_connection_of_a_member_who_was_removed() {
    for world in [World::start().await, World::builder().sqlite().start().await] {
        let group = world.group("alice", &["bob", "carol"]).await;
        let fence = world.direct("alice", "bob").await;
        let (mut alice, mut carol) = (world.connect("alice").await, world.connect("carol").await);
        let mut bobs = [world.connect("bob").await, world.connecting("bob").msgpack().open().await];

        let removed = world.http("alice").delete(&format!("/api/v1/conversations/{group}/members/bob")).await;
        assert_eq!(removed.status, 204);
        alice.say(&group, "without bob").await;
        carol.expect("member_removed").await;
        carol.hears("without bob").await;
        alice.say(&fence, "between us").await;
        for bob in &mut bobs {
            let push = bob.expect("member_removed").await;
            assert_eq!((&push["user_id"], &push["conversation_id"]), (&json!("bob"), &json!(group)));
            bob.hears("between us").await;
            assert_eq!(bob.refused(into(&group, "let me in")).await, "not_found");
            assert_eq!(bob.refused(json!({"type": "history", "conversation_id": group})).await, "not_found");
            assert_eq!(
                bob.refused(json!({"type": "typing", "conversation_id": group, "is_typing": true})).await,
                "not_found"
            );
        }
        let path = format!("/api/v1/conversations/{group}");
        for path in [path.clone(), format!("{path}/messages"), format!("{path}/members")] {
            let answer = world.http("bob").get(&path).await;
            assert_eq!((answer.status, answer.error()), (404, "not_found"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_member_who_was_added_sees_what_is_said_from_then_on() {
    let world = World::start().await;
    let group = world.group("alice", &["carol"]).await;
    let (mut alice, mut bob) = (world.connect("alice").await, world.connect("bob").await);
    alice.say(&group, "before").await;
    let members = format!("/api/v1/conversations/{group}/members");
    let member = world.http("alice").post(&members, &json!({"user_id": "bob"})).await.is(200);
    assert_eq!((&member["user_id"], &member["role"]), (&json!("bob"), &json!("member")));
    alice.expect("member_added").await;
    alice.say(&group, "after").await;
    assert_eq!(bob.expect("member_added").await["member"]["user_id"], "bob");
    bob.hears("after").await;
    bob.say(&group, "thanks").await;
    alice.hears("thanks").await;
}

#[tokio::test]
async fn leaving_and_coming_back_works_and_a_deleted_group_is_gone_for_all() {
    let world = World::start().await;
    let group = world.group("alice", &["bob"]).await;
    let fence = world.direct("alice", "bob").await;
    let (mut alice, mut bob) = (world.connect("alice").await, world.connect("bob").await);
    let members = format!("/api/v1/conversations/{group}/members");
    assert_eq!(world.http("bob").delete(&format!("{members}/bob")).await.status, 204);
    alice.expect("member_removed").await;
    alice.say(&group, "is he gone?").await;
    world.http("alice").post(&members, &json!({"user_id": "bob"})).await.is(200);
    bob.expect("member_removed").await;
    bob.expect("member_added").await;
    alice.expect("member_added").await;
    assert_eq!(world.http("alice").delete(&format!("/api/v1/conversations/{group}")).await.status, 204);
    for client in [&mut alice, &mut bob] {
        assert_eq!(client.expect("conversation_deleted").await["conversation_id"], group.as_str());
        assert_eq!(client.refused(into(&group, "anybody?")).await, "not_found");
    }
    alice.say(&fence, "it is gone").await;
    bob.hears("it is gone").await;
}

#[tokio::test]
async fn somebody_elses_conversations_and_messages_do_not_exist_for_a_stranger() {
    let world = World::start().await;
    let group = world.group("alice", &["bob"]).await;
    let mut alice = world.connect("alice").await;
    let id = text(&alice.say(&group, "ours").await["message"], "id").to_owned();
    let mut mallory = world.connect("mallory").await;
    for frame in [
        into(&group, "hi"),
        json!({"type": "message_edit", "message_id": id, "message": "mine"}),
        json!({"type": "message_delete", "message_id": id}),
        json!({"type": "reaction_add", "message_id": id, "emoji": "x"}),
        json!({"type": "read_receipt", "conversation_id": group, "message_id": id}),
        json!({"type": "typing", "conversation_id": group, "is_typing": true}),
        json!({"type": "history", "conversation_id": group}),
        json!({"type": "presence_subscribe", "conversation_id": group}),
    ] {
        assert_eq!(mallory.refused(frame.clone()).await, "not_found", "{frame}");
    }
    let receipts = mallory.request(json!({"type": "read_receipt", "message_ids": [id]})).await;
    assert_eq!(receipts["conversations"], json!([]), "ids that are not visible are passed over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_even_typing_reaches_a_member_once_the_removal_is_confirmed() {
    let world = World::builder().unlimited().start().await;
    let fence = world.direct("bob", "carol").await;
    let (mut bob, mut carol) = (world.connect("bob").await, world.connect("carol").await);
    let http = world.http("alice");
    for _ in 0..100 {
        let group = world.group("alice", &["bob", "carol"]).await;
        carol.expect("conversation_created").await;
        assert_eq!(http.delete(&format!("/api/v1/conversations/{group}/members/bob")).await.status, 204);
        carol.send(&json!({"type": "typing", "conversation_id": group, "is_typing": true})).await;
        carol.say(&fence, "fence").await;
        carol.expect("member_removed").await;
        bob.expect("conversation_created").await;
        bob.expect("member_removed").await;
        bob.hears("fence").await;
    }
}
