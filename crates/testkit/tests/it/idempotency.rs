//! `Idempotency-Key`: the same request twice is the same answer, and happens once.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tutti_testkit::{Answer, Http, World};

async fn post(http: &Http, path: &str, key: &str, body: &Value) -> Answer {
    http.send(http.request(Method::POST, path).header("idempotency-key", key).json(body)).await
}

#[tokio::test]
async fn a_repeated_post_gets_the_first_answer_and_another_body_is_a_conflict() {
    for world in [World::start().await, World::builder().sqlite().start().await] {
        let group = world.group("alice", &["bob"]).await;
        let mut bob = world.connect("bob").await;
        let (alice, path) = (world.http("alice"), format!("/api/v1/conversations/{group}/messages"));
        let first = post(&alice, &path, "k1", &json!({"message": "once"})).await;
        let again = post(&alice, &path, "k1", &json!({"message": "once"})).await;
        assert_eq!((first.status, &first.body), (201, &again.body));
        assert_eq!(again.status, 201);
        assert_eq!(again.headers["idempotency-replayed"], "true");
        let other = post(&alice, &path, "k1", &json!({"message": "another"})).await;
        assert_eq!((other.status, other.error()), (409, "conflict"));
        let others = post(&world.http("bob"), &path, "k1", &json!({"message": "bob's own key"})).await;
        assert_eq!(others.status, 201, "keys of different users have nothing to do with each other");
        post(&alice, &path, "k2", &json!({"message": "twice"})).await.is(201);
        for text in ["once", "bob's own key", "twice"] {
            bob.hears(text).await;
        }
        let history = alice.get(&path).await.is(200);
        assert_eq!(history["messages"].as_array().map(Vec::len), Some(3));
    }
}

#[tokio::test]
async fn a_conversation_is_made_once_and_the_answer_outlives_a_restart() {
    let world = World::builder().sqlite().start().await;
    let body = json!({"title": "t", "member_ids": ["bob"]});
    let first = post(&world.http("alice"), "/api/v1/conversations", "g1", &body).await.is(201);
    let (_, next) = world.stop().await;
    let world = next.start().await;
    let again = post(&world.http("alice"), "/api/v1/conversations", "g1", &body).await.is(201);
    assert_eq!(first, again);
    let listed = world.http("alice").get("/api/v1/conversations").await.is(200);
    assert_eq!(listed["conversations"].as_array().map(Vec::len), Some(1));
    world.leap(Duration::from_secs(24 * 3600 + 1)).await;
    let late = world.token("alice");
    let late = post(&world.http_with(Some(late)), "/api/v1/conversations", "g1", &json!({"title": "new"})).await;
    assert_eq!(late.status, 201, "after a day the key is free: {}", late.body);
}
