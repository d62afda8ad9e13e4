//! How much one user may have and do.

use std::time::Duration;

use serde_json::json;
use tutti_testkit::World;

use crate::support::into;

#[tokio::test]
async fn the_sixth_connection_of_a_user_is_refused_and_a_place_that_is_free_can_be_taken() {
    let world = World::start().await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        clients.push(world.connect("alice").await);
    }
    assert_eq!(world.connecting("alice").refused().await, (Vec::new(), 4029));
    let stream = world.http("alice").get("/api/v1/events").await;
    assert_eq!((stream.status, stream.error()), (429, "rate_limited"));
    world.connect("bob").await.goodbye().await;
    clients.pop().unwrap().vanish();
    world.connections(4).await;
    clients.push(world.connect("alice").await);
    for client in &mut clients {
        assert!(client.drain().await.is_empty(), "those that were there are not disturbed");
    }
}

#[tokio::test]
async fn a_full_server_takes_nobody() {
    let world = World::builder().config(|config| config.connections.max = 2).start().await;
    let (alice, _bob) = (world.connect("alice").await, world.connect("bob").await);
    assert_eq!(world.connecting("carol").refused().await, (Vec::new(), 4029));
    alice.vanish();
    world.connections(1).await;
    world.connect("carol").await;
}

#[tokio::test]
async fn the_hundred_and_first_message_in_a_minute_waits_for_its_time() {
    let world = World::builder().without_pings().start().await;
    let group = world.group("alice", &["bob"]).await;
    let mut alice = world.connect("alice").await;
    let mut alices_other = world.connect("alice").await;
    for n in 0..100 {
        alice.say(&group, &format!("{n}")).await;
        alices_other.expect("message").await;
    }
    let error = alices_other.request(into(&group, "one too many")).await;
    assert_eq!((&error["code"], &error["retryable"]), (&json!("rate_limited"), &json!(true)));
    let wait = error["retry_after_ms"].as_u64().unwrap();
    assert!((1..=600).contains(&wait), "one grows back every 600 ms: {wait}");
    let path = format!("/api/v1/conversations/{group}/messages");
    let http = world.http("alice").post(&path, &json!({"message": "over HTTP"})).await;
    assert_eq!((http.status, http.error()), (429, "rate_limited"), "the same count over every transport");
    assert_eq!(
        (&http.headers["retry-after"], &http.body["error"]["retry_after_ms"]),
        (&"1".parse().unwrap(), &json!(wait))
    );
    let mut bob = world.connect("bob").await;
    bob.say(&group, "I may").await;
    alice.hears("I may").await;

    world.advance(Duration::from_millis(wait)).await;
    alice.say(&group, "now").await;
    bob.hears("now").await;
    assert_eq!(alice.refused(into(&group, "and no more")).await, "rate_limited");
    world.advance(Duration::from_secs(60)).await;
    for n in 0..100 {
        alice.say(&group, &format!("{n}")).await;
    }
}

#[tokio::test]
async fn frames_of_any_kind_are_counted_and_broken_ones_too() {
    let limits = serde_json::from_value(json!({"frame": "10/60s"})).unwrap();
    let world = World::builder().config(|config| config.limits = limits).start().await;
    let mut alice = world.connect("alice").await;
    for n in 0..10 {
        let frame = if n % 2 == 0 { json!({"type": "ping"}) } else { json!({"type": "nonsense"}) };
        assert_ne!(alice.request(frame).await["code"], "rate_limited");
    }
    assert_eq!(alice.refused(json!({"type": "ping"})).await, "rate_limited");
    assert_eq!(alice.refused(json!({"type": "nonsense"})).await, "rate_limited");
    world.advance(Duration::from_secs(6)).await;
    assert_eq!(alice.request(json!({"type": "ping"})).await["type"], "pong");
}
