//! What no proper client sends: every case has its documented answer, and nobody else notices.

#[cfg(test)]
mod frames;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod wire;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tutti_protocol::{CloseCode, ErrorCode};
use tutti_testkit::{Client, Raw, World, raw};

use crate::support::text;

/// Codes that need a scenario of their own, and where it stands.
const ERRORS_ELSEWHERE: [(ErrorCode, &str); 3] = [
    (ErrorCode::RateLimited, "limits"),
    (ErrorCode::Unavailable, "broken_store"),
    (ErrorCode::Internal, "broken_store"),
];
const CLOSES_ELSEWHERE: [(CloseCode, &str); 7] = [
    (CloseCode::GoingAway, "broken_store"),
    (CloseCode::TokenExpired, "tokens"),
    (CloseCode::Revoked, "tokens"),
    (CloseCode::TooManyConnections, "limits"),
    (CloseCode::SlowConsumer, "slow_consumer"),
    (CloseCode::HeartbeatMissed, "heartbeat"),
    (CloseCode::Draining, "shutdown"),
];

/// The people and things that the cases are about, and two bystanders who talk after each of them.
struct Scene {
    world: World,
    /// A group of mallory, who does all the wrong things, and alice.
    group: String,
    /// A group that mallory is not in.
    foreign: String,
    /// A message of mallory's in the group, one of alice's, one that mallory has deleted, one in the foreign group.
    own: String,
    alices: String,
    deleted: String,
    hidden: String,
    bystanders: [Client; 2],
    common: String,
}

impl Scene {
    async fn set() -> Self {
        let world = World::builder().unlimited().start().await;
        let group = world.group("alice", &["mallory"]).await;
        let foreign = world.group("alice", &["bob"]).await;
        let common = world.group("bob", &["carol"]).await;
        let (mut alice, mut mallory) = (world.connect("alice").await, world.connect("mallory").await);
        let own = text(&mallory.say(&group, "mine").await["message"], "id").to_owned();
        let deleted = text(&mallory.say(&group, "mine too").await["message"], "id").to_owned();
        mallory.request(json!({"type": "message_delete", "message_id": deleted})).await;
        let alices = text(&alice.say(&group, "hers").await["message"], "id").to_owned();
        let hidden = text(&alice.say(&foreign, "not for mallory").await["message"], "id").to_owned();
        alice.goodbye().await;
        mallory.goodbye().await;
        let bystanders = [world.connecting("bob").msgpack().open().await, world.connect("carol").await];
        Self { world, group, foreign, own, alices, deleted, hidden, bystanders, common }
    }

    /// A connection of mallory's that has been welcomed.
    async fn mallory(&self) -> Raw {
        let mut client = Raw::open(self.world.server().address, Some(&self.world.token("mallory"))).await;
        assert_eq!(client.json().await["type"], "welcome");
        client
    }

    /// Both bystanders say something and hear each other, and nothing else.
    async fn nobody_noticed(&mut self, case: &str) {
        let [bob, carol] = &mut self.bystanders;
        bob.say(&self.common, case).await;
        carol.hears(case).await;
        carol.say(&self.common, case).await;
        bob.hears(case).await;
    }
}

/// Whether a connection is still there and answers.
async fn still_answers(client: &mut Raw, case: &str) {
    client.frame(raw::TEXT, br#"{"type":"ping","ref":"still"}"#).await;
    let pong = client.json().await;
    assert_eq!((&pong["type"], &pong["ref"]), (&json!("pong"), &json!("still")), "{case}: {pong}");
}

/// What is wrong with an error that should have this code, if anything is.
fn fault(case: &str, error: &Value, code: &str) -> Option<String> {
    let retryable = matches!(code, "rate_limited" | "unavailable" | "internal");
    let right = error["code"] == code
        && error["retryable"] == retryable
        && error["message"].as_str().is_some_and(|message| !message.is_empty());
    (!right).then(|| format!("{case}: not {code} but {error}"))
}

fn assert_error(case: &str, error: &Value, code: &str) {
    assert_eq!(fault(case, error, code), None);
}

const NOTHING: [String; 0] = [];

#[tokio::test]
async fn every_bad_frame_gets_its_error_and_the_connection_stays() {
    let mut scene = Scene::set().await;
    let mut faults = Vec::new();
    for (case, frame, code) in frames::cases(&scene) {
        let mut client = scene.mallory().await;
        client.frame(raw::TEXT, frame.as_bytes()).await;
        faults.extend(fault(case, &client.json().await, code));
        still_answers(&mut client, case).await;
        scene.nobody_noticed(case).await;
    }
    assert_eq!(faults, NOTHING);
}

#[tokio::test]
async fn the_same_in_message_pack() {
    let mut scene = Scene::set().await;
    let mut faults = Vec::new();
    for (case, frame, code) in frames::cases(&scene) {
        // What only JSON text can say, such as one field twice, has no counterpart.
        let Ok(frame) = serde_json::from_str::<Value>(&frame) else { continue };
        if case == "the type twice" {
            continue;
        }
        let mut client = scene.world.connecting("mallory").msgpack().open().await;
        client.send(&frame).await;
        faults.extend(fault(case, &client.push().await, code));
        assert!(client.drain().await.is_empty(), "{case}");
        scene.nobody_noticed(case).await;
    }
    assert_eq!(faults, NOTHING);
}

#[tokio::test]
async fn every_breach_of_the_websocket_protocol_gets_its_close_code() {
    let mut scene = Scene::set().await;
    for (case, bytes, code) in wire::cases() {
        let mut client = scene.mallory().await;
        client.write(&bytes).await;
        let (frames, closed) = client.closed().await;
        assert_eq!((closed, frames), (code.number(), Vec::new()), "{case}");
        scene.nobody_noticed(case).await;
    }
}

#[tokio::test]
async fn what_is_unusual_and_allowed_works() {
    let scene = Scene::set().await;
    for (case, bytes) in wire::allowed() {
        let mut client = scene.mallory().await;
        client.write(&bytes).await;
        let pong = client.json().await;
        assert_eq!(pong["type"], "pong", "{case}: {pong}");
    }
}

#[tokio::test]
async fn the_first_frame_has_bounds_of_its_own() {
    let mut scene = Scene::set().await;
    for (case, bytes, code) in wire::first_frames() {
        let mut client = Raw::open(scene.world.server().address, None).await;
        client.write(&bytes).await;
        assert_eq!(client.closed().await.1, code.number(), "{case}");
        scene.nobody_noticed(case).await;
    }
}

#[tokio::test]
async fn a_frame_of_the_other_encoding_gets_an_error() {
    let scene = Scene::set().await;
    let mut client = scene.mallory().await;
    client.frame(raw::BINARY, br#"{"type":"ping"}"#).await;
    assert_error("binary on JSON", &client.json().await, "invalid_request");
    still_answers(&mut client, "binary on JSON").await;
    let mut packed = scene.world.connecting("mallory").msgpack().open().await;
    packed.send_raw(tokio_tungstenite::tungstenite::Message::text(r#"{"type":"ping"}"#)).await;
    assert_error("text on MessagePack", &packed.expect("error").await, "invalid_request");
    for bytes in [&b""[..], b"\xC1", b"\x81\xA4type\xA4ping\x00", &[0x91; 70_000][..60_000], b"\xDF\xFF\xFF\xFF\xFF"] {
        packed.send_raw(tokio_tungstenite::tungstenite::Message::binary(bytes.to_vec())).await;
        assert_error("broken MessagePack", &packed.expect("error").await, "invalid_request");
    }
    assert!(packed.drain().await.is_empty());
}

#[tokio::test]
async fn every_bad_request_over_http_gets_its_error() {
    let mut scene = Scene::set().await;
    let mut faults = Vec::new();
    for case in requests::cases(&scene) {
        let answer = case.send(&scene).await;
        let code = ErrorCode::ALL.into_iter().find(|code| json!(code) == case.code).expect("a documented code");
        if answer.status == code.http_status() && answer.body["error"].is_object() {
            faults.extend(fault(case.name, &answer.body["error"], case.code));
        } else {
            faults.push(format!("{}: {} {}", case.name, answer.status, answer.body));
        }
        scene.nobody_noticed(case.name).await;
    }
    assert_eq!(faults, NOTHING);
}

#[tokio::test]
async fn every_error_over_http_says_under_which_name_the_log_knows_it() {
    let scene = Scene::set().await;
    let mut without = Vec::new();
    for case in requests::cases(&scene) {
        let answer = case.send(&scene).await;
        if !answer.body["error"]["request_id"].is_string() {
            without.push(format!("{}: {}", case.name, answer.body));
        }
    }
    assert_eq!(without, NOTHING);
}

#[tokio::test]
async fn every_documented_code_is_provoked() {
    let scene = Scene::set().await;
    let errors: BTreeSet<String> = frames::cases(&scene)
        .into_iter()
        .map(|(_, _, code)| code.to_owned())
        .chain(requests::cases(&scene).into_iter().map(|case| case.code.to_owned()))
        .chain(ERRORS_ELSEWHERE.into_iter().map(|(code, _)| json!(code).as_str().unwrap().to_owned()))
        .collect();
    let documented = ErrorCode::ALL.into_iter().map(|code| json!(code).as_str().unwrap().to_owned());
    assert_eq!(errors, documented.collect());
    let closes: BTreeSet<u16> = wire::cases()
        .into_iter()
        .map(|(_, _, code)| code.number())
        .chain(wire::first_frames().into_iter().map(|(_, _, code)| code.number()))
        .chain(CLOSES_ELSEWHERE.into_iter().map(|(code, _)| code.number()))
        .collect();
    assert_eq!(closes, CloseCode::ALL.into_iter().map(CloseCode::number).collect());
}
