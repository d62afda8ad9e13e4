//! Who is here, as those see it who may know.

use std::time::Duration;

use serde_json::{Value, json};
use tutti_testkit::{Client, World};

use crate::support::into;

const SECOND: Duration = Duration::from_secs(1);

async fn follow(client: &mut Client, user: &str) -> Value {
    let state = client.request(json!({"type": "presence_subscribe", "user_ids": [user]})).await;
    assert_eq!(state["type"], "presence_state", "{state}");
    state["users"].clone()
}

async fn set(client: &mut Client, status: &str) {
    let reply = client.request(json!({"type": "presence_set", "status": status})).await;
    assert_eq!((&reply["type"], &reply["status"]), (&json!("presence_set_ok"), &json!(status)));
}

async fn sees(client: &mut Client, user: &str, status: &str) -> Value {
    let push = client.expect("presence").await;
    assert_eq!((&push["user_id"], &push["status"]), (&json!(user), &json!(status)), "{push}");
    push
}

#[tokio::test]
async fn what_somebody_says_of_themselves_is_shown_and_invisible_looks_offline() {
    let world = World::start().await;
    world.direct("alice", "bob").await;
    let mut bob = world.connect("bob").await;
    assert_eq!(follow(&mut bob, "alice").await[0]["status"], "offline");
    let mut alice = world.connect("alice").await;
    sees(&mut bob, "alice", "online").await;
    let reply = alice.request(json!({"type": "presence_set", "status": "busy", "text": "in a meeting"})).await;
    assert_eq!(reply["text"], "in a meeting");
    assert_eq!(sees(&mut bob, "alice", "busy").await["text"], "in a meeting");
    set(&mut alice, "away").await;
    assert_eq!(sees(&mut bob, "alice", "away").await["text"], Value::Null);
    set(&mut alice, "invisible").await;
    let push = sees(&mut bob, "alice", "offline").await;
    assert_eq!(push["last_seen_at"], "2025-11-21T11:01:00.000Z");
    let mut second = world.connect("alice").await;
    set(&mut alice, "invisible").await;
    set(&mut second, "online").await;
    sees(&mut bob, "alice", "online").await;
    let state = follow(&mut bob, "alice").await;
    assert_eq!((state[0]["status"].as_str(), &state[0]["last_seen_at"]), (Some("online"), &Value::Null));
}

#[tokio::test]
async fn a_connection_that_is_lost_makes_one_push_after_thirty_seconds() {
    let world = World::builder().without_pings().start().await;
    world.direct("alice", "bob").await;
    let (mut bob, alice) = (world.connect("bob").await, world.connect("alice").await);
    follow(&mut bob, "alice").await;
    world.advance(5 * SECOND).await;
    alice.vanish();
    world.connections(1).await;
    world.advance(29 * SECOND).await;
    assert!(bob.drain().await.is_empty());
    world.advance(SECOND).await;
    let push = sees(&mut bob, "alice", "offline").await;
    assert_eq!(push["last_seen_at"], "2025-11-21T11:01:05.000Z", "when the connection went");
    world.advance(60 * SECOND).await;
    let _alice = world.connect("alice").await;
    sees(&mut bob, "alice", "online").await;
}

#[tokio::test]
async fn coming_back_in_time_is_not_seen_at_all() {
    let world = World::builder().without_pings().start().await;
    world.direct("alice", "bob").await;
    let (mut bob, mut alice) = (world.connect("bob").await, world.connect("alice").await);
    follow(&mut bob, "alice").await;
    set(&mut alice, "busy").await;
    sees(&mut bob, "alice", "busy").await;
    for _ in 0..3 {
        alice.vanish();
        world.connections(1).await;
        world.advance(29 * SECOND).await;
        alice = world.connect("alice").await;
        world.advance(20 * SECOND).await;
    }
    set(&mut alice, "away").await;
    sees(&mut bob, "alice", "away").await;
}

#[tokio::test]
async fn a_clean_logout_is_seen_at_once_and_only_with_the_last_connection() {
    let world = World::start().await;
    world.direct("alice", "bob").await;
    let mut bob = world.connect("bob").await;
    let (mut first, second) = (world.connect("alice").await, world.connect("alice").await);
    follow(&mut bob, "alice").await;
    second.goodbye().await;
    world.connections(2).await;
    first.send(&json!({"type": "logout"})).await;
    assert_eq!(first.closed().await, 1000);
    sees(&mut bob, "alice", "offline").await;
}

#[tokio::test]
async fn only_those_who_share_a_conversation_see_each_other_and_only_as_long_as_they_do() {
    for world in [World::start().await, World::builder().sqlite().start().await] {
        let group = world.group("alice", &["bob", "carol"]).await;
        let (mut bob, mut mallory) = (world.connect("bob").await, world.connect("mallory").await);
        let mut alice = world.connect("alice").await;
        assert_eq!(follow(&mut mallory, "alice").await, json!([]), "a stranger learns nothing");
        assert_eq!(mallory.refused(json!({"type": "presence_subscribe", "conversation_id": group})).await, "not_found");
        let state = bob.request(json!({"type": "presence_subscribe", "conversation_id": group})).await;
        assert_eq!(state["users"].as_array().map(Vec::len), Some(3));
        set(&mut alice, "busy").await;
        sees(&mut bob, "alice", "busy").await;

        let path = format!("/api/v1/conversations/{group}/members/bob");
        assert_eq!(world.http("alice").delete(&path).await.status, 204);
        bob.expect("member_removed").await;
        assert_eq!(follow(&mut bob, "alice").await, json!([]), "they are strangers now");
        let mut carol = world.connect("carol").await;
        follow(&mut carol, "alice").await;
        let members = format!("/api/v1/conversations/{group}/members");
        world.http("alice").post(&members, &json!({"user_id": "bob"})).await.is(200);
        bob.expect("member_added").await;
        set(&mut alice, "away").await;
        carol.find("presence").await;
        alice.find("member_added").await;
        alice.say(&group, "fence").await;
        bob.hears("fence").await;
        assert_eq!(follow(&mut bob, "alice").await[0]["status"], "away", "and now they are not");
        set(&mut alice, "online").await;
        sees(&mut bob, "alice", "online").await;
    }
}

#[tokio::test]
async fn a_stranger_who_followed_hears_no_more_even_on_a_connection_that_stays() {
    let world = World::start().await;
    let group = world.group("alice", &["bob", "carol"]).await;
    let (mut alice, mut bob) = (world.connect("alice").await, world.connect("bob").await);
    let fence = world.direct("bob", "carol").await;
    bob.expect("conversation_created").await;
    let mut carol = world.connect("carol").await;
    follow(&mut bob, "alice").await;
    follow(&mut carol, "alice").await;
    let path = format!("/api/v1/conversations/{group}/members/bob");
    assert_eq!(world.http("alice").delete(&path).await.status, 204);
    bob.expect("member_removed").await;
    let leaving = tutti_testkit::patience::within("bob to hear nothing of alice", async {
        for n in 0.. {
            let status = if n % 2 == 0 { "busy" } else { "away" };
            set(&mut alice, status).await;
            assert_eq!(carol.find("presence").await["status"], status);
            carol.request(into(&fence, "fence")).await;
            let heard = bob.push().await;
            if heard["type"] == "message" {
                break;
            }
            bob.find("message").await;
        }
    });
    leaving.await;
    for status in ["online", "busy"] {
        set(&mut alice, status).await;
        sees(&mut carol, "alice", status).await;
        carol.request(into(&fence, "fence")).await;
        bob.hears("fence").await;
    }
}

#[tokio::test]
async fn a_long_poll_that_is_given_up_counts_as_a_connection_that_is_lost() {
    let world = World::builder().without_pings().start().await;
    world.direct("alice", "bob").await;
    let mut bob = world.connect("bob").await;
    follow(&mut bob, "alice").await;
    let http = world.http("alice");
    let since = http.get("/api/v1/events/poll").await.is(200)["since"].as_str().unwrap().to_owned();
    sees(&mut bob, "alice", "online").await;
    let path = format!("/api/v1/events/poll?since={since}&timeout=60");
    let waiting = http.get(&path);
    tokio::select! {
        answer = waiting => panic!("nothing happened, and yet: {answer:?}"),
        () = async { world.connections(2).await; world.timer(60 * SECOND).await } => {}
    }
    // The request was dropped, and its connection with it.
    drop(http);
    world.connections(1).await;
    world.advance(31 * SECOND).await;
    sees(&mut bob, "alice", "offline").await;
}
