//! Tokens over the life of a connection: none in time, expired, renewed, revoked.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tutti_server::config::Config;
use tutti_testkit::{Way, World};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn who_says_nothing_for_five_seconds_is_turned_away() {
    let world = World::start().await;
    let client = world.anonymous().upgrade().await.unwrap();
    world.timer(5 * SECOND).await;
    world.advance(Duration::from_millis(4999)).await;
    assert_eq!(world.server().gateway.registry.len(), 1);
    world.advance(Duration::from_millis(1)).await;
    assert_eq!(client.closed().await, 4001);
}

#[tokio::test]
async fn a_bad_token_is_turned_away_with_the_reason_in_every_way_to_show_it() {
    let world = World::start().await;
    let expired = world.token_with("alice", 60 * SECOND, &[]);
    world.advance(61 * SECOND).await;
    let (head, signature) = expired.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    for token in [expired.as_str(), &forged, "no token at all"] {
        for way in Way::ALL {
            let (frames, code) = world.anonymous().token(token.replace(' ', "-")).way(way).refused().await;
            assert_eq!(code, 4001, "{way:?}");
            assert_eq!((frames.len(), &frames[0]["code"]), (1, &json!("unauthenticated")), "{way:?}");
        }
    }
}

#[tokio::test]
async fn a_first_frame_that_is_no_auth_is_turned_away() {
    let world = World::start().await;
    for frame in [json!({"type": "ping", "ref": 1}), json!({"type": "message", "ref": 1}), json!({"ref": 1})] {
        let mut client = world.anonymous().upgrade().await.unwrap();
        let reply = client.request(frame).await;
        assert_eq!(reply["code"], "unauthenticated");
        assert_eq!(client.closed().await, 4001);
    }
}

#[tokio::test]
async fn an_expired_token_ends_the_connection_on_the_next_frame() {
    // The server's own looks come half a second after a token's end, which is at a whole second.
    let first = World::start().await;
    first.advance(Duration::from_millis(500)).await;
    let world = first.again().start().await;
    let token = world.token_with("alice", Duration::from_secs(5), &[]);
    let mut client = world.anonymous().token(token).open().await;
    world.advance(Duration::from_millis(5_499)).await;
    assert!(client.drain().await.is_empty(), "the last millisecond");
    world.advance(Duration::from_millis(1)).await;
    client.send(&json!({"type": "message", "receiver_id": "bob", "message": "too late"})).await;
    assert_eq!(client.closed().await, 4003);
    let unread = world.http("bob").get("/api/v1/unread").await.is(200);
    assert_eq!(unread["total"], 0, "what came too late was not carried out");
}

#[tokio::test]
async fn an_expired_token_ends_an_idle_connection_too() {
    let world = World::start().await;
    let token = world.token_with("alice", 20 * SECOND, &[]);
    let client = world.anonymous().token(token).open().await;
    world.advance(20 * SECOND).await;
    assert_eq!(client.closed().await, 4003);
    let mut stream = world.http_with(Some(world.token_with("bob", 20 * SECOND, &[]))).events(None).await;
    stream.expect("welcome").await;
    world.advance(20 * SECOND).await;
    let last = stream.next().await.unwrap();
    assert_eq!((last.name.as_str(), &last.data["code"]), ("close", &json!(4003)));
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_fresh_token_in_time_lets_life_go_on() {
    let world = World::builder().without_pings().start().await;
    let group = world.group("bob", &["alice"]).await;
    let mut bob = world.connect("bob").await;
    let mut client = world.anonymous().token(world.token_with("alice", 20 * SECOND, &[])).open().await;
    world.advance(15 * SECOND).await;
    let fresh = world.token_with("alice", 60 * SECOND, &[]);
    let reply = client.request(json!({"type": "auth", "token": fresh})).await;
    assert_eq!((&reply["type"], &reply["expires_at"]), (&json!("auth_ok"), &json!("2025-11-21T11:02:15.000Z")));
    world.advance(14 * SECOND).await;
    bob.say(&group, "still here?").await;
    client.hears("still here?").await;
    client.say(&group, "yes").await;
    bob.hears("yes").await;
    world.advance(46 * SECOND).await;
    assert_eq!(client.closed().await, 4003, "the fresh one ends as well");
}

#[tokio::test]
async fn a_token_of_somebody_else_or_a_bad_one_is_refused_and_changes_nothing() {
    let world = World::start().await;
    let mut client = world.anonymous().token(world.token_with("alice", 20 * SECOND, &[])).open().await;
    let bobs = world.token("bob");
    assert_eq!(client.refused(json!({"type": "auth", "token": bobs})).await, "forbidden");
    assert_eq!(client.refused(json!({"type": "auth", "token": "x"})).await, "unauthenticated");
    let group = world.group("alice", &[]).await;
    client.expect("conversation_created").await;
    assert_eq!(client.say(&group, "me").await["message"]["sender_id"], "alice");
    world.advance(20 * SECOND).await;
    assert_eq!(client.closed().await, 4003, "the old one still counts");
}

#[tokio::test]
async fn an_operator_revokes_and_everything_of_that_user_ends_at_once() {
    let world = World::builder().sqlite().start().await;
    let (alice, bob) = (world.connect("alice").await, world.connect("bob").await);
    let alices_other = world.connecting("alice").msgpack().open().await;
    let old = world.token("alice");
    let refused = world.http("bob").post("/api/v1/users/alice/revoke", &json!({})).await;
    assert_eq!((refused.status, refused.error()), (403, "forbidden"));
    let operator = world.http_with(Some(world.token_with("root", SECOND * 60, &["operator"])));
    assert_eq!(operator.post("/api/v1/users/alice/revoke", &json!({})).await.status, 204);
    assert_eq!((alice.closed().await, alices_other.closed().await), (4004, 4004));
    assert_eq!(world.anonymous().token(old.as_str()).refused().await.1, 4001);
    assert_eq!(world.http_with(Some(old.clone())).get("/api/v1/unread").await.error(), "unauthenticated");
    bob.goodbye().await;

    world.advance(SECOND).await;
    let mut back = world.connect("alice").await;
    assert!(back.drain().await.is_empty(), "a new token is good");
    back.goodbye().await;
    let (_, next) = world.stop().await;
    let world = next.start().await;
    assert_eq!(world.http_with(Some(old)).get("/api/v1/unread").await.error(), "unauthenticated", "also afterwards");
}

#[tokio::test]
async fn a_development_server_gives_the_roles_that_are_asked_for() {
    let world = World::builder().config(|config| config.server.dev = true).start().await;
    let anyone = world.http_with(None);
    let sign_in = async |roles: Value| anyone.post("/api/v1/dev/token", &json!({"name": "Ann", "roles": roles})).await;
    for (roles, status) in [(json!(["operator"]), 200), (json!([]), 403), (Value::Null, 403)] {
        let issued = sign_in(roles.clone()).await.is(200);
        let http = world.http_with(Some(issued["token"].as_str().unwrap().to_owned()));
        assert_eq!(http.get("/api/v1/operator/overview").await.status, status, "{roles}");
    }
    for roles in [json!(vec!["x"; 17]), json!([""]), json!(["x".repeat(65)])] {
        let answer = sign_in(roles.clone()).await;
        assert_eq!((answer.status, answer.error()), (422, "validation_failed"), "{roles}");
    }
}

#[tokio::test]
async fn only_a_development_server_lets_pages_of_this_machine_call_it_unasked() {
    for dev in [false, true] {
        let allowed = vec!["https://app.example".to_owned()];
        let changed = |config: &mut Config| (config.server.dev, config.server.allowed_origins) = (dev, allowed);
        let world = World::builder().config(changed).start().await;
        let http = world.http_with(None);
        let local = "http://localhost:5173";
        for (origin, expected) in [("https://app.example", true), (local, dev), ("https://evil.example", false)] {
            let answer = http.send(http.request(Method::GET, "/api/v1/info").header("origin", origin)).await;
            let allows = answer.headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap());
            assert_eq!(allows, expected.then_some(origin), "{origin}, dev: {dev}");
        }
    }
}
