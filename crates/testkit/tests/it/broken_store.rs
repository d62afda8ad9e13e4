//! When the database itself fails: the documented errors, nothing of the cause in them, and life goes on afterwards.

use rusqlite::Connection;
use serde_json::{Value, json};
use tutti_testkit::World;

use crate::support::into;

/// The database of a server, opened by somebody else.
fn open(world: &World) -> Connection {
    Connection::open(world.data_dir().join("tutti.db")).unwrap()
}

fn assert_tells_nothing(error: &Value) {
    let text = error.to_string().to_lowercase();
    for word in ["sql", "table", "database", "tutti.db", "locked", "busy_timeout", "select"] {
        assert!(!text.contains(word), "{word} in {error}");
    }
    assert_eq!(error["retryable"], true);
}

#[tokio::test]
async fn a_fault_of_ours_is_internal_and_tells_nothing_but_where_to_look() {
    let world = World::builder().sqlite().start().await;
    let group = world.group("alice", &["bob"]).await;
    let mut alice = world.connect("alice").await;
    let database = open(&world);
    database.execute_batch("ALTER TABLE messages RENAME TO elsewhere").unwrap();
    let error = alice.request(into(&group, "lost")).await;
    assert_eq!(error["code"], "internal", "{error}");
    assert_tells_nothing(&error);
    let answer = world.http("alice").get("/api/v1/conversations").await;
    assert_eq!((answer.status, answer.error()), (500, "internal"));
    assert_tells_nothing(&answer.body["error"]);
    database.execute_batch("ALTER TABLE elsewhere RENAME TO messages").unwrap();
    alice.say(&group, "found").await;
    world.connect("bob").await;
}

#[tokio::test]
async fn what_fails_inside_can_be_found_in_the_log() {
    let world = World::builder().sqlite().start().await;
    let database = open(&world);
    database.execute_batch("ALTER TABLE members RENAME TO elsewhere").unwrap();
    let answer = world.http("alice").get("/api/v1/conversations").await;
    assert_eq!(answer.error(), "internal");
    assert!(answer.body["error"]["request_id"].is_string(), "{}", answer.body);
}

#[tokio::test]
async fn a_connection_that_cannot_be_opened_is_told_to_come_back() {
    let world = World::builder().sqlite().start().await;
    let database = open(&world);
    database.execute_batch("ALTER TABLE members RENAME TO elsewhere").unwrap();
    let (frames, code) = world.connecting("alice").refused().await;
    assert_eq!((frames.len(), &frames[0]["code"], code), (1, &json!("internal"), 1001));
    assert_tells_nothing(&frames[0]);
    database.execute_batch("ALTER TABLE elsewhere RENAME TO members").unwrap();
    world.connect("alice").await;
    world.connections(1).await;
}

/// SQLite waits five seconds of real time for a lock that somebody else holds; there is no way to hurry it.
#[tokio::test]
async fn a_database_that_somebody_else_has_locked_is_unavailable_and_nothing_is_half_done() {
    let world = World::builder().sqlite().start().await;
    let group = world.group("alice", &["bob"]).await;
    let (mut alice, mut bob) = (world.connect("alice").await, world.connect("bob").await);
    let database = open(&world);
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = alice.request(into(&group, "not now")).await;
    assert_eq!(error["code"], "unavailable", "{error}");
    assert!(error["retry_after_ms"].as_u64().is_some_and(|wait| wait > 0), "{error}");
    assert_tells_nothing(&error);
    database.execute_batch("ROLLBACK").unwrap();
    alice.say(&group, "now").await;
    bob.hears("now").await;
}
