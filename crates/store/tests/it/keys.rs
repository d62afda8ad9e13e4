//! API keys in the database: over a migration, over a restart, and when the command line changes them beside a server.

use std::path::Path;

use rusqlite::Connection;
use tutti_access::{KeyId, NewKey, Scope, Store as _};
use tutti_chat::Config;
use tutti_core::clock::ManualClock;
use tutti_protocol::session::User;
use tutti_store::sqlite::OfflineKeys;
use tutti_store::{OpenError, SqliteStore};

use crate::support::{fresh, open_in, start, user};

fn open(directory: &Path) -> SqliteStore {
    open_in(directory, &ManualClock::at(start()), Config::default()).unwrap().0
}

fn minted() -> NewKey {
    NewKey::mint("shop", &[Scope::Publish], start()).unwrap()
}

/// A database as the first version left it, with somebody in it.
fn version_one(directory: &Path) {
    let sql = Connection::open(directory.join("tutti.db")).unwrap();
    sql.execute_batch(include_str!("../../migrations/0001_initial.sql")).unwrap();
    sql.execute("INSERT INTO users (id, name, folded_id, folded_name) VALUES ('ann', 'Ann', 'ann', 'ann')", [])
        .unwrap();
    sql.execute("INSERT INTO revocations (user_id, at) VALUES ('bob', ?1)", [start().millis()]).unwrap();
    sql.pragma_update(None, "user_version", 1).unwrap();
}

fn version(directory: &Path) -> u32 {
    let sql = Connection::open(directory.join("tutti.db")).unwrap();
    sql.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_database_of_version_one_is_migrated_with_all_that_is_in_it() {
    let directory = tempfile::tempdir().unwrap();
    version_one(directory.path());
    let store = open(directory.path());
    assert_eq!(version(directory.path()), 2);
    assert_eq!(store.users("", 10).await.unwrap(), [User { id: user("ann"), name: Some("Ann".into()) }]);
    assert_eq!(store.revocations().await.unwrap(), [(user("bob"), start())]);
    assert_eq!(store.keys().await.unwrap(), []);
    let new = minted();
    store.save_key(&new.stored).await.unwrap();
    store.close().await;

    let store = open(directory.path());
    assert_eq!(store.key(&new.stored.key.id).await.unwrap(), Some(new.stored), "a second start migrates nothing");
    store.close().await;
}

#[tokio::test]
async fn a_running_server_sees_what_the_command_line_changes() {
    let (directory, store, _events) = fresh();
    let offline = OfflineKeys::open(&directory.path().join("tutti.db")).unwrap();
    let (one, two) = (minted().stored, minted().stored);
    let id: &KeyId = &one.key.id;
    assert_eq!(store.key(id).await.unwrap(), None);
    offline.save(&one).unwrap();
    assert!(offline.save(&one).is_err(), "an id is taken once");
    assert_eq!(store.key(id).await.unwrap(), Some(one.clone()));
    store.save_key(&two).await.unwrap();
    assert_eq!(offline.list().unwrap().len(), 2, "and the other way round");
    assert_eq!(offline.list().unwrap(), store.keys().await.unwrap());
    assert!(offline.remove(id).unwrap());
    assert!(!offline.remove(id).unwrap());
    assert_eq!(store.key(id).await.unwrap(), None);
    assert_eq!(store.keys().await.unwrap(), [two.key]);
    store.close().await;
}

#[tokio::test]
async fn what_was_changed_without_a_server_is_there_at_the_next_start() {
    let (directory, store, _events) = fresh();
    store.close().await;
    let new = minted();
    OfflineKeys::open(&directory.path().join("tutti.db")).unwrap().save(&new.stored).unwrap();
    let store = open(directory.path());
    assert_eq!(store.key(&new.stored.key.id).await.unwrap(), Some(new.stored));
    store.close().await;
}

#[test]
fn the_command_line_neither_makes_nor_migrates_a_database() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tutti.db");
    assert!(matches!(OfflineKeys::open(&path), Err(OpenError::Database(_))));
    assert!(!path.exists());
    version_one(directory.path());
    let refused = OfflineKeys::open(&path).err().unwrap();
    assert!(matches!(refused, OpenError::TooOld { found: 1, known: 2 }), "{refused}");
    assert!(refused.to_string().contains("start the server"), "{refused}");
    assert_eq!(version(directory.path()), 1);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 999).unwrap();
    assert!(matches!(OfflineKeys::open(&path), Err(OpenError::TooNew { found: 999, known: 2 })));
}

#[tokio::test]
async fn no_secret_is_in_the_files() {
    let (directory, store, _events) = fresh();
    let new = minted();
    store.save_key(&new.stored).await.unwrap();
    let (id, secret) = new.text.strip_prefix("tutti_key_").unwrap().split_once('_').unwrap();
    let files = std::fs::read_dir(directory.path()).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    let bytes: Vec<u8> = files.flatten().collect();
    let found = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(found(id) && !found(secret));
    store.close().await;
}
