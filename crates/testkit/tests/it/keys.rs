//! API keys: a server back-end publishes and reads with one, and no door for users lets it in.

use std::process::{Command, Output};

use serde_json::{Value, json};
use tutti_access::{NewKey, Scope};
use tutti_server::config::Namespace;
use tutti_testkit::process::Launch;
use tutti_testkit::{Http, Way, World};

const PUBLISH: &str = "/api/v1/channels/news:today/publish";
const HISTORY: &str = "/api/v1/channels/news:today/history";

/// A server with one namespace in which users only listen.
async fn world() -> World {
    let namespace = Namespace { history_size: 10, ..Namespace::default() };
    World::builder().sqlite().config(|config| drop(config.namespaces.insert("news".into(), namespace))).start().await
}

async fn key(world: &World, scopes: &[Scope]) -> NewKey {
    world.server().access.create_key("shop", scopes).await.unwrap()
}

async fn publish(http: &Http) -> (u16, String) {
    let answer = http.post(PUBLISH, &json!({"data": {"n": 1}})).await;
    (answer.status, answer.error().to_owned())
}

fn only_for_servers(error: &Value) {
    assert_eq!(error["code"], "unauthenticated", "{error}");
    assert!(error["message"].as_str().unwrap().contains("only for server routes"), "{error}");
}

#[tokio::test]
async fn a_key_is_refused_wherever_a_user_is_meant() {
    let world = world().await;
    let key = key(&world, &Scope::ALL).await.text;
    for way in Way::ALL {
        let (frames, code) = world.anonymous().token(key.as_str()).way(way).refused().await;
        assert_eq!((code, frames.len()), (4001, 1), "{way:?}");
        only_for_servers(&frames[0]);
    }
    let http = world.http_with(Some(key.clone()));
    for path in ["/api/v1/conversations", "/api/v1/unread", "/api/v1/events", "/api/v1/events/poll"] {
        let answer = http.get(path).await;
        assert_eq!(answer.status, 401, "{path}");
        only_for_servers(&answer.body["error"]);
    }
    for path in ["/api/v1/commands", "/api/v1/users/alice/revoke"] {
        let answer = http.post(path, &json!({"type": "ping"})).await;
        assert_eq!(answer.status, 401, "{path}");
        only_for_servers(&answer.body["error"]);
    }
    let mut alice = world.connect("alice").await;
    let renewed = alice.request(json!({"type": "auth", "token": key})).await;
    assert_eq!(renewed["type"], "error");
    only_for_servers(&renewed);
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say() {
    let world = world().await;
    let writer = world.http_with(Some(key(&world, &[Scope::Publish]).await.text));
    let reader = world.http_with(Some(key(&world, &[Scope::Read]).await.text));
    assert_eq!(publish(&writer).await, (200, String::new()));
    assert_eq!(publish(&reader).await, (403, "forbidden".into()));
    assert_eq!(reader.get(HISTORY).await.is(200)["publications"].as_array().unwrap().len(), 1);
    assert_eq!(writer.get(HISTORY).await.error(), "forbidden");
    assert_eq!(publish(&world.http("alice")).await, (403, "forbidden".into()), "users only listen here");
}

#[tokio::test]
async fn a_key_counts_until_it_is_revoked_and_only_as_it_was_given() {
    let world = world().await;
    let new = key(&world, &[Scope::Publish]).await;
    let http = world.http_with(Some(new.text.clone()));
    let unauthenticated = (401, "unauthenticated".to_owned());
    assert_eq!(publish(&http).await.0, 200);
    let (head, secret) = new.text.split_at(new.text.len() - 43);
    let reversed: String = secret.chars().rev().collect();
    for text in [format!("{head}{reversed}"), head.to_owned(), "tutti_key_".to_owned()] {
        assert_eq!(publish(&world.http_with(Some(text))).await, unauthenticated);
    }
    assert_eq!(publish(&world.http_with(None)).await, unauthenticated);
    let nobody = world.http_with(None);
    let publication = json!({"data": 1});
    let in_query = nobody.post(&format!("{PUBLISH}?token={}", new.text), &publication).await.is(401);
    only_for_servers(&in_query["error"]);
    let cookie = nobody.request(reqwest::Method::POST, PUBLISH).header("cookie", format!("tutti_token={}", new.text));
    only_for_servers(&nobody.send(cookie.json(&publication)).await.is(401)["error"]);

    world.server().access.revoke_key(&new.stored.key.id).await.unwrap();
    assert_eq!(publish(&http).await, unauthenticated, "from the next request on");
    let (_, next) = world.stop().await;
    let world = next.start().await;
    assert_eq!(publish(&world.http_with(Some(new.text))).await, unauthenticated, "also after a restart");
}

#[tokio::test]
async fn a_request_with_a_key_that_is_repeated_is_carried_out_once() {
    let world = world().await;
    let http = world.http_with(Some(key(&world, &Scope::ALL).await.text));
    for _ in 0..2 {
        let request = http.request(reqwest::Method::POST, PUBLISH).header("idempotency-key", "once");
        http.send(request.json(&json!({"data": 1}))).await.is(200);
    }
    assert_eq!(http.get(HISTORY).await.is(200)["publications"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_command_line_makes_and_revokes_keys_beside_a_running_server() {
    let directory = tempfile::tempdir().unwrap();
    let launch = Launch::new(directory.path()).unwrap();
    let server = launch.start().await.unwrap();
    let tutti = |arguments: &[&str]| {
        let mut command = Command::new(launch.binary());
        command.env_clear().arg("key").args(arguments).arg("--data-dir").arg(directory.path());
        command.output().unwrap()
    };
    let made = said(&tutti(&["create", "--name", "shop", "--scope", "publish"]));
    let text = made.strip_suffix('\n').unwrap();
    assert!(text.starts_with("tutti_key_") && text.len() == 70 && !text.contains(char::is_whitespace), "{made:?}");
    let http = Http::new(server.address(), Some(text.to_owned()));
    let publish = async || http.post("/api/v1/channels/public:news/publish", &json!({"data": 1})).await.status;
    assert_eq!(publish().await, 200);

    let listed = said(&tutti(&["list"]));
    let [id, name, scopes, created] = listed.trim_end().split('\t').collect::<Vec<_>>()[..] else { panic!("{listed}") };
    assert_eq!((name, scopes), ("shop", "publish"));
    assert!(created.parse::<tutti_protocol::Timestamp>().is_ok() && !listed.contains(&text[27..]), "{listed}");
    assert_eq!(said(&tutti(&["revoke", id])), "");
    assert_eq!(publish().await, 401);
    assert_eq!(said(&tutti(&["list"])), "");
    let again = tutti(&["revoke", id]);
    assert!(!again.status.success());
    assert_eq!(String::from_utf8(again.stderr).unwrap(), "tutti: there is no API key with this id\n");
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}
