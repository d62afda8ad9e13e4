//! Two people and more talk: who gets what, over which connection, in which encoding.

use serde_json::{Value, json};
use tutti_testkit::World;

use crate::support::{into, text, to_user};

#[tokio::test]
async fn two_people_chat_in_both_encodings_and_see_the_same() {
    let world = World::start().await;
    let mut alice = world.connect("alice").await;
    let mut bob = world.connecting("bob").msgpack().open().await;
    let mut bobs_other = world.connect("bob").await;

    let sent = alice.request(to_user("bob", "Grüße, Bob 👋")).await;
    assert_eq!((&sent["type"], &sent["duplicate"]), (&json!("message_sent"), &json!(false)));
    let conversation = text(&sent["message"], "conversation_id").to_owned();
    for kind in ["conversation_created", "message"] {
        let (packed, plain) = (bob.expect(kind).await, bobs_other.expect(kind).await);
        assert_eq!(packed, plain);
        if kind == "message" {
            assert_eq!(packed["message"], sent["message"], "the push carries what the sender was told");
            assert_eq!(packed["offset"], sent["offset"]);
        }
    }

    let answer = bob.request(to_user("alice", "hello")).await;
    assert_eq!(answer["message"]["conversation_id"], conversation.as_str(), "the pair has one conversation");
    assert_eq!(alice.hears("hello").await["message"], answer["message"]);
    assert_eq!(bobs_other.hears("hello").await["message"]["seq"], 2);
}

#[tokio::test]
async fn the_sending_connection_has_the_reply_only_and_every_other_one_of_every_member_the_push() {
    let world = World::start().await;
    let group = world.group("alice", &["bob", "carol"]).await;
    let mut sender = world.connect("alice").await;
    let mut others = Vec::new();
    for user in ["alice", "alice", "bob", "bob", "carol"] {
        others.push(world.connect(user).await);
    }
    let mut stranger = world.connect("dave").await;

    let sent = sender.say(&group, "hello all").await;
    for other in &mut others {
        let push = other.hears("hello all").await;
        assert_eq!((&push["message"], &push["offset"]), (&sent["message"], &sent["offset"]));
        assert!(push["event_id"].is_string());
    }
    others[2].say(&group, "second").await;
    let push = sender.hears("second").await;
    assert_eq!(push["offset"].as_u64(), sent["offset"].as_u64().map(|offset| offset + 1), "nothing came between");

    let direct = world.direct("alice", "dave").await;
    sender.say(&direct, "only for you").await;
    stranger.expect("conversation_created").await;
    stranger.hears("only for you").await;
}

#[tokio::test]
async fn every_change_reaches_the_other_side_and_its_reply_carries_the_same_offset() {
    let world = World::start().await;
    let group = world.group("alice", &["bob"]).await;
    let (mut alice, mut bob) = (world.connect("alice").await, world.connect("bob").await);
    let sent = alice.say(&group, "first").await;
    let id = text(&sent["message"], "id").to_owned();
    bob.hears("first").await;
    let steps = [
        json!({"type": "message_edit", "message_id": id, "message": "better"}),
        json!({"type": "reaction_add", "message_id": id, "emoji": "🎉"}),
        json!({"type": "reaction_remove", "message_id": id, "emoji": "🎉"}),
        json!({"type": "message_delete", "message_id": id}),
    ];
    let kinds = ["message_edited", "reaction_added", "reaction_removed", "message_deleted"];
    for (step, kind) in steps.into_iter().zip(kinds) {
        let mut reply = alice.request(step).await;
        let mut push = bob.expect(kind).await;
        assert_eq!(reply["type"], kind);
        strip(&mut reply, "ref");
        assert!(push["event_id"].is_string(), "{push}");
        strip(&mut push, "event_id");
        assert_eq!(reply, push);
    }
    let history = bob.request(json!({"type": "history", "conversation_id": group})).await;
    assert_eq!(history["messages"][0]["deleted"], true);
    assert_eq!(history["messages"][0]["message"], "", "nothing is left of a deleted message");
}

fn strip(frame: &mut Value, field: &str) {
    frame.as_object_mut().unwrap().remove(field);
}

#[tokio::test]
async fn a_message_sent_twice_with_one_client_id_is_stored_and_pushed_once() {
    let world = World::builder().sqlite().start().await;
    let group = world.group("alice", &["bob"]).await;
    let (mut alice, mut bob) = (world.connect("alice").await, world.connect("bob").await);
    let frame = json!({"type": "message", "conversation_id": group, "message": "once", "client_id": "c1"});
    let first = alice.request(frame.clone()).await;
    let again = alice.request(frame).await;
    assert_eq!((&first["duplicate"], &again["duplicate"]), (&json!(false), &json!(true)));
    assert_eq!(first["message"], again["message"]);
    alice.say(&group, "twice").await;
    bob.hears("once").await;
    bob.hears("twice").await;
}

#[tokio::test]
async fn text_comes_back_as_it_was_sent_to_the_last_of_five_thousand_characters() {
    let world = World::start().await;
    let group = world.group("alice", &["bob"]).await;
    let (mut alice, mut bob) = (world.connect("alice").await, world.connecting("bob").msgpack().open().await);
    for sent in ["<b>&amp;</b><script>alert(1)</script>", "\u{202E}\u{0}\r\n\t \u{10FFFF}", &"𝄞".repeat(5000)] {
        alice.request(into(&group, sent)).await;
        bob.hears(sent).await;
    }
}

#[tokio::test]
async fn what_is_sent_over_http_reaches_every_connection_of_the_sender_too() {
    let world = World::start().await;
    let group = world.group("alice", &["bob"]).await;
    let (mut alice, mut bob) = (world.connect("alice").await, world.connect("bob").await);
    let path = format!("/api/v1/conversations/{group}/messages");
    let sent = world.http("alice").post(&path, &json!({"message": "over HTTP"})).await.is(201);
    assert_eq!(alice.hears("over HTTP").await["message"], sent["message"]);
    assert_eq!(bob.hears("over HTTP").await["message"], sent["message"]);
    let id = text(&sent["message"], "id");
    let edited = world.http("alice").patch(&format!("/api/v1/messages/{id}"), &json!({"message": "better"})).await;
    assert_eq!(edited.is(200)["message"]["message"], "better");
    let reacted = world.http("bob").put(&format!("/api/v1/messages/{id}/reactions/%F0%9F%8E%89")).await.is(200);
    assert_eq!((&reacted["emoji"], &reacted["count"]), (&json!("🎉"), &json!(1)));
    assert_eq!(world.http("alice").delete(&format!("/api/v1/messages/{id}")).await.is(200)["message_id"], id);
    for client in [&mut alice, &mut bob] {
        for kind in ["message_edited", "reaction_added", "message_deleted"] {
            client.expect(kind).await;
        }
    }
}
