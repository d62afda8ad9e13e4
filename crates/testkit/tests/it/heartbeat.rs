//! Pings at their times, and the end of those who do not answer.

use std::time::Duration;

use tutti_testkit::{Raw, Said, World, raw};

const SECOND: Duration = Duration::from_secs(1);

async fn silent(world: &World) -> Raw {
    let mut client = Raw::open(world.server().address, Some(&world.token("alice"))).await;
    assert_eq!(client.json().await["type"], "welcome");
    client
}

/// Whether nothing but the answer to a ping of ours is there to read.
async fn hears_only_its_pong(client: &mut Raw) {
    client.frame(raw::PING, b"?").await;
    assert_eq!(client.next().await, Some((raw::PONG, b"?".to_vec())));
}

#[tokio::test]
async fn a_ping_comes_after_thirty_seconds_and_the_end_ten_seconds_later() {
    let world = World::start().await;
    let mut client = silent(&world).await;
    world.advance(29 * SECOND).await;
    hears_only_its_pong(&mut client).await;
    world.advance(SECOND).await;
    assert_eq!(client.next().await, Some((raw::PING, Vec::new())));
    world.advance(9 * SECOND).await;
    assert_eq!(world.server().gateway.registry.len(), 1, "still there");
    world.advance(SECOND).await;
    assert_eq!(client.closed().await.1, 4101);
}

#[tokio::test]
async fn whoever_answers_stays_and_is_asked_again_every_thirty_seconds() {
    let world = World::start().await;
    let mut client = silent(&world).await;
    for _ in 0..5 {
        world.advance(30 * SECOND).await;
        assert_eq!(client.next().await, Some((raw::PING, Vec::new())));
        client.frame(raw::PONG, b"").await;
        // The answer to our own ping tells that the pong has been read.
        hears_only_its_pong(&mut client).await;
    }
    world.advance(29 * SECOND).await;
    hears_only_its_pong(&mut client).await;
}

#[tokio::test]
async fn any_frame_is_a_sign_of_life() {
    let world = World::start().await;
    let mut client = silent(&world).await;
    for _ in 0..3 {
        world.advance(30 * SECOND).await;
        assert_eq!(client.next().await, Some((raw::PING, Vec::new())));
        client.frame(raw::TEXT, br#"{"type":"ping"}"#).await;
        assert_eq!(client.json().await["type"], "pong");
    }
}

#[tokio::test]
async fn a_library_answers_pings_by_itself() {
    let world = World::start().await;
    let mut client = world.connect("alice").await;
    for _ in 0..3 {
        world.advance(30 * SECOND).await;
        assert_eq!(client.said().await, Said::Ping);
        assert!(client.drain().await.is_empty());
    }
}

#[tokio::test]
async fn the_ping_frame_is_answered_with_the_servers_time() {
    let world = World::start().await;
    let mut client = world.connect("alice").await;
    world.advance(Duration::from_millis(1234)).await;
    let pong = client.request(serde_json::json!({"type": "ping"})).await;
    assert_eq!(pong["server_time"], "2025-11-21T11:01:01.234Z");
}
