//! The same events without a WebSocket: a stream over HTTP, long polls, and commands as requests.

use std::time::Duration;

use serde_json::{Value, json};
use tutti_testkit::World;

use crate::support::{into, text};

#[tokio::test]
async fn a_stream_carries_the_same_frames_as_a_websocket_and_resumes() {
    let world = World::start().await;
    let group = world.group("alice", &["bob"]).await;
    let (mut alice, mut bob) = (world.connect("alice").await, world.connect("bob").await);
    let mut stream = world.http("bob").events(None).await;
    let welcome = stream.expect("welcome").await;
    assert_eq!(welcome.id.as_deref(), welcome.data["since"].as_str());
    alice.say(&group, "one").await;
    let event = stream.expect("message").await;
    assert_eq!(event.data, bob.hears("one").await);
    assert_eq!(event.id.as_deref(), event.data["event_id"].as_str());
    alice.send(&json!({"type": "typing", "conversation_id": group, "is_typing": true})).await;
    let typing = stream.expect("typing").await;
    assert_eq!((typing.data, typing.id), (bob.expect("typing").await, None));
    let last = event.id.unwrap();
    drop(stream);
    world.connections(2).await;

    for text in ["two", "three"] {
        alice.say(&group, text).await;
    }
    let mut stream = world.http("bob").events(Some(&last)).await;
    assert_eq!(stream.expect("welcome").await.data["resumed"], true);
    for text in ["two", "three"] {
        assert_eq!(stream.expect("message").await.data, bob.hears(text).await);
    }
    alice.say(&group, "four").await;
    assert_eq!(stream.expect("message").await.data, bob.hears("four").await);
}

#[tokio::test]
async fn long_polls_carry_the_same_frames_one_after_another() {
    let world = World::start().await;
    let group = world.group("alice", &["bob"]).await;
    let (mut alice, mut bob) = (world.connect("alice").await, world.connect("bob").await);
    let http = world.http("bob");
    let poll = |since: String| {
        let http = http.clone();
        async move { http.get(&format!("/api/v1/events/poll?since={since}&timeout=30")).await.is(200) }
    };
    let begin = http.get("/api/v1/events/poll").await.is(200);
    assert_eq!(begin["events"], json!([]));
    for text in ["one", "two"] {
        alice.say(&group, text).await;
    }
    let missed = poll(text(&begin, "since").to_owned()).await;
    assert_eq!(missed["resumed"], true);
    assert_eq!(missed["events"], json!([bob.hears("one").await, bob.hears("two").await]));

    let since = text(&missed, "since").to_owned();
    let (live, _) = tokio::join!(poll(since.clone()), async {
        world.timer(Duration::from_secs(30)).await;
        alice.say(&group, "three").await
    });
    assert_eq!(live["events"], json!([bob.hears("three").await]));
    assert_eq!(live["since"], live["events"][0]["event_id"]);

    let since = text(&live, "since").to_owned();
    let (nothing, ()) = tokio::join!(poll(since.clone()), async {
        world.timer(Duration::from_secs(30)).await;
        world.advance(Duration::from_secs(29)).await;
        bob.drain().await;
        alice.drain().await;
        world.advance(Duration::from_secs(1)).await;
    });
    assert_eq!((&nothing["events"], text(&nothing, "since")), (&json!([]), since.as_str()));
    let too_long = http.get("/api/v1/events/poll?timeout=61").await;
    assert_eq!((too_long.status, too_long.error()), (422, "validation_failed"));
}

#[tokio::test]
async fn commands_over_http_are_answered_in_the_body_in_the_shape_of_the_question() {
    let world = World::start().await;
    let group = world.group("alice", &["bob"]).await;
    let (mut bob, alice) = (world.connect("bob").await, world.http("alice"));
    let send = |body: Value| {
        let alice = alice.clone();
        async move { alice.post("/api/v1/commands", &body).await }
    };
    let one = send(into(&group, "one")).await.is(200);
    assert_eq!(one["type"], "message_sent");
    assert_eq!(bob.hears("one").await["message"], one["message"]);
    let many = send(json!([
        {"type": "ping", "ref": "a"},
        {"type": "message", "conversation_id": group, "message": "two", "ref": 2},
        {"type": "nonsense", "ref": 3},
        {"type": "history", "conversation_id": group, "ref": 4},
        {"type": "typing", "conversation_id": group, "is_typing": true},
    ]))
    .await
    .is(200);
    let kinds: Vec<(&Value, &Value)> =
        many.as_array().unwrap().iter().map(|reply| (&reply["type"], &reply["ref"])).collect();
    let expected = [("pong", json!("a")), ("message_sent", json!(2)), ("error", json!(3)), ("history", json!(4))];
    assert_eq!(kinds.len(), expected.len(), "{many}");
    for ((kind, reference), (expected_kind, expected_reference)) in kinds.into_iter().zip(expected) {
        assert_eq!((kind, reference), (&json!(expected_kind), &expected_reference));
    }
    assert_eq!(many[3]["messages"].as_array().map(Vec::len), Some(2), "in the order of the array");
    // Typing is not part of the conversation's order and may come first.
    let mut pushes = [bob.push().await, bob.push().await];
    pushes.sort_by_key(|push| text(push, "type").to_owned());
    assert_eq!((&pushes[0]["message"]["message"], &pushes[1]["type"]), (&json!("two"), &json!("typing")));
    assert_eq!(send(json!({"type": "typing", "conversation_id": group, "is_typing": false})).await.status, 204);
    assert_eq!(send(Value::from(vec![json!({"type": "ping"}); 101])).await.error(), "validation_failed");
    assert_eq!(send(json!([1])).await.is(200)[0]["code"], "invalid_request");
}

#[tokio::test]
async fn commands_beside_a_stream_act_for_it() {
    let world = World::start().await;
    world.direct("alice", "bob").await;
    let (http, mut bob) = (world.http("alice"), world.connect("bob").await);
    let mut stream = http.events(None).await;
    let welcome = stream.expect("welcome").await.data;
    let path = format!("/api/v1/commands?connection_id={}", text(&welcome, "connection_id"));
    let state = http.post(&path, &json!({"type": "presence_subscribe", "user_ids": ["bob"]})).await.is(200);
    assert_eq!(state["users"][0]["status"], "online");
    bob.request(json!({"type": "presence_set", "status": "busy"})).await;
    assert_eq!(stream.expect("presence").await.data["status"], "busy");
    let strangers = world.http("mallory").post(&path, &json!({"type": "ping"})).await;
    assert_eq!((strangers.status, strangers.error()), (404, "not_found"));
}

#[tokio::test]
async fn a_logout_beside_a_stream_ends_it_with_a_goodbye() {
    let world = World::start().await;
    world.direct("alice", "bob").await;
    let (http, mut bob) = (world.http("alice"), world.connect("bob").await);
    let mut stream = http.events(None).await;
    let welcome = stream.expect("welcome").await.data;
    bob.request(json!({"type": "presence_subscribe", "user_ids": ["alice"]})).await;
    let path = format!("/api/v1/commands?connection_id={}", text(&welcome, "connection_id"));
    assert_eq!(http.post(&path, &json!({"type": "logout"})).await.status, 204);
    let last = stream.next().await.expect("the stream says why it ends");
    assert_eq!((last.name.as_str(), &last.data["code"]), ("close", &json!(1000)));
    assert_eq!(bob.expect("presence").await["status"], "offline", "at once, without the time to come back in");
}

#[tokio::test]
async fn the_path_of_the_seed_answers_with_and_without_its_slash() {
    let world = World::start().await;
    let direct = world.direct("alice", "bob").await;
    let mut alice = world.connect("alice").await;
    for n in 0..3 {
        alice.say(&direct, &format!("{n}")).await;
    }
    for slash in ["", "/"] {
        let path = format!("/api/v1/communication/chats/conversation/bob{slash}?limit=2");
        let page = world.http("alice").get(&path).await.is(200);
        assert_eq!((page["messages"].as_array().map(Vec::len), &page["has_more"]), (Some(2), &json!(true)));
        assert_eq!(page["messages"][0]["message"], "2", "newest first");
    }
    let nobody = world.http("alice").get("/api/v1/communication/chats/conversation/nobody/").await;
    assert_eq!((nobody.status, nobody.error()), (404, "not_found"));
}
