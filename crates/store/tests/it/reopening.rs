//! What outlives a restart, and which files cannot be opened.

use std::time::Duration;

use tutti_chat::Config;
use tutti_chat::model::{Anchor, HistoryQuery, Target};
use tutti_chat::store::Store;
use tutti_core::clock::{Clock, ManualClock};
use tutti_core::outbox::Log;
use tutti_core::snowflake;
use tutti_protocol::EventId;
use tutti_store::OpenError;

use crate::support::{by, fresh, open_in, start, text, user};

#[tokio::test]
async fn everything_is_there_after_a_restart_and_ids_go_on_even_when_the_clock_was_set_back() {
    let directory = tempfile::tempdir().unwrap();
    let clock = ManualClock::at(start());
    let (store, _events) = open_in(directory.path(), &clock, Config::default()).unwrap();
    let target = Target::Direct(user("bob"));
    let first = store.post(by("ann"), target.clone(), text("before"), clock.now()).await.unwrap().message;
    let latest = store.latest_event().await.unwrap();
    store.advance("consumer", latest).await.unwrap();
    store.close().await;

    let earlier = ManualClock::at(start() - Duration::from_secs(3600));
    let (store, _events) = open_in(directory.path(), &earlier, Config::default()).unwrap();
    assert_eq!(store.latest_event().await.unwrap(), latest);
    assert_eq!(store.cursor("consumer").await.unwrap(), latest);
    let second = store.post(by("bob"), Target::Direct(user("ann")), text("after"), clock.now()).await.unwrap().message;
    assert!(second.id > first.id && second.conversation_id == first.conversation_id && second.seq == 2);
    let query = HistoryQuery { conversation: first.conversation_id, thread: None, anchor: Anchor::Newest, limit: 10 };
    assert_eq!(store.history(&user("ann"), query).await.unwrap().messages, [second, first]);
    assert_eq!(store.after(latest, 10).await.unwrap().len(), 1);
    store.close().await;
}

#[tokio::test]
async fn ids_go_on_after_events_that_were_pruned() {
    let directory = tempfile::tempdir().unwrap();
    let clock = ManualClock::at(start());
    let (store, _events) = open_in(directory.path(), &clock, Config::default()).unwrap();
    store.open_direct(by("ann"), user("bob"), clock.now()).await.unwrap();
    let latest = store.latest_event().await.unwrap();
    let future = snowflake::first_at(start() + Duration::from_secs(60));
    store.prune(EventId(future)).await.unwrap();
    store.close().await;
    let (store, _events) = open_in(directory.path(), &clock, Config::default()).unwrap();
    assert_eq!(store.latest_event().await.unwrap(), latest, "an emptied log is not a younger log");
    store.open_direct(by("ann"), user("eve"), clock.now()).await.unwrap();
    assert!(store.latest_event().await.unwrap() > latest);
    store.close().await;
}

#[tokio::test]
async fn a_database_that_is_in_use_is_refused_and_one_that_was_closed_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let clock = ManualClock::at(start());
    let (store, _events) = open_in(directory.path(), &clock, Config::default()).unwrap();
    let again = open_in(directory.path(), &clock, Config::default());
    let refusal = again.err().unwrap();
    assert!(matches!(&refusal, OpenError::InUse(path) if path.ends_with("tutti.db")), "{refusal}");
    store.close().await;
    open_in(directory.path(), &clock, Config::default()).unwrap().0.close().await;
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused_and_not_touched() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tutti.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 999).unwrap();
    let refused = open_in(directory.path(), &ManualClock::at(start()), Config::default()).err().unwrap();
    assert!(matches!(refused, OpenError::TooNew { found: 999, known: 2 }), "{refused}");
    assert!(refused.to_string().contains("use a newer one"));
    let connection = rusqlite::Connection::open(&path).unwrap();
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(tables, 0);
}

#[tokio::test]
async fn a_backup_is_a_database_of_its_own() {
    let (directory, store, _events) = fresh();
    let target = Target::Direct(user("bob"));
    let posted = store.post(by("ann"), target.clone(), text("kept"), start()).await.unwrap().message;
    let copy = directory.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    store.backup(&copy.join("tutti.db")).await.unwrap();
    assert!(store.backup(&copy.join("tutti.db")).await.is_err(), "an old backup is not overwritten");
    store.post(by("ann"), target, text("later"), start()).await.unwrap();
    let (restored, _events) = open_in(&copy, &ManualClock::at(start()), Config::default()).unwrap();
    let seen = restored.conversation(&user("bob"), posted.conversation_id).await.unwrap();
    assert_eq!((seen.last_seq, seen.last_message), (1, Some(posted)));
    // Somebody who saw more than the backup knows is told to load afresh.
    let newer = store.latest_event().await.unwrap();
    assert!(!restored.replay(&user("bob"), newer).await.unwrap().resumed);
    restored.close().await;
    store.close().await;
}

#[tokio::test]
async fn a_closed_store_answers_at_once_that_it_is_not_there() {
    let (_directory, store, _events) = fresh();
    assert_eq!(store.health().await.unwrap().writer.queued, 0);
    store.close().await;
    let wrote = store.open_direct(by("ann"), user("bob"), start()).await;
    assert_eq!(wrote, Err(tutti_chat::Error::Busy));
    assert_eq!(store.latest_event().await, Err(tutti_chat::Error::Busy));
    assert!(store.health().await.is_err());
    store.close().await;
}
