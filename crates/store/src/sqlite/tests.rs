//! The writer's promises, tested from inside, where jobs can be made to fail: what is answered is durable, what failed
//! left nothing, and waiting jobs share a commit.

use std::sync::mpsc::{SyncSender, sync_channel};

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tutti_chat::model::{Draft, Target};
use tutti_chat::store::Store;
use tutti_chat::{Error, Recorded};
use tutti_core::caller::Actor;
use tutti_core::clock::ManualClock;
use tutti_core::outbox::Log;
use tutti_protocol::{EventId, Timestamp, UserId};

use super::*;

struct Fixture {
    _directory: tempfile::TempDir,
    store: SqliteStore,
    events: mpsc::Receiver<Vec<Recorded>>,
}

fn fixture() -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    let (feed, events) = mpsc::channel(8192);
    let ids = Arc::new(Snowflake::new(Arc::new(ManualClock::at(at())), 1));
    let store = SqliteStore::open(&directory.path().join("test.db"), Options::new(ids, feed)).unwrap();
    Fixture { _directory: directory, store, events }
}

fn at() -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000)
}

fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

impl Fixture {
    async fn post(&self, message: &str) -> Result<tutti_chat::model::Posted, Error> {
        let draft = Draft { message: message.into(), ..Draft::default() };
        self.store.post(Actor::of(user("ann")), Target::Direct(user("bob")), draft, at()).await
    }

    fn fed(&mut self) -> Vec<Recorded> {
        std::iter::from_fn(|| self.events.try_recv().ok()).flatten().collect()
    }

    async fn logged(&self) -> Vec<EventId> {
        self.store.after(EventId(0), 100_000).await.unwrap().iter().map(|recorded| recorded.id).collect()
    }

    /// Occupies the writer until the sender is dropped or used. What is queued meanwhile makes one batch with it.
    async fn occupy(&self) -> SyncSender<()> {
        let (release, released) = sync_channel(1);
        let (entered, inside) = tokio::sync::oneshot::channel();
        let gate = parking_lot::Mutex::new((Some(entered), released));
        let store = self.store.clone();
        let mut running = JoinSet::new();
        running.spawn(async move {
            let work = move |_: &mut Tx<'_>| {
                let mut gate = gate.lock();
                if let Some(entered) = gate.0.take() {
                    entered.send(()).unwrap();
                    // Dropped is as good as sent.
                    let _ = gate.1.recv();
                }
                Ok(())
            };
            store.write(work).await
        });
        inside.await.unwrap();
        running.detach_all();
        release
    }

    async fn queued(&self, count: u64) {
        while self.store.metrics().queued < count {
            tokio::task::yield_now().await;
        }
    }
}

/// Writes, and then is refused.
fn spoil(tx: &mut Tx<'_>) -> Result<(), Fault> {
    sql::run(tx.sql, "INSERT INTO meta (name, value) VALUES ('spoiled', 1)", [])?;
    Err(Error::Conflict("changed my mind").into())
}

async fn has_meta(store: &SqliteStore, name: &'static str) -> bool {
    store.read(move |sql| sql::exists(sql, "SELECT 1 FROM meta WHERE name = ?1", [name])).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_jobs_share_one_commit_and_are_fed_in_order() {
    let mut fixture = fixture();
    fixture.post("first").await.unwrap();
    let before = fixture.store.metrics();
    let release = fixture.occupy().await;
    let mut posts = JoinSet::new();
    for number in 0..100 {
        let store = fixture.store.clone();
        let draft = Draft { message: format!("{number}"), ..Draft::default() };
        posts.spawn(async move { store.post(Actor::of(user("ann")), Target::Direct(user("bob")), draft, at()).await });
    }
    fixture.queued(100).await;
    drop(release);
    let posted = posts.join_all().await;
    assert!(posted.iter().all(Result::is_ok));
    let after = fixture.store.metrics();
    assert_eq!((after.jobs - before.jobs, after.commits - before.commits), (101, 1));
    let fed: Vec<EventId> = fixture.fed().iter().map(|recorded| recorded.id).collect();
    assert!(fed.is_sorted());
    assert_eq!(fed, fixture.logged().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_fails_leaves_nothing_and_spares_the_others_of_its_batch() {
    let mut fixture = fixture();
    fixture.post("first").await.unwrap();
    let before = fixture.store.metrics();
    let release = fixture.occupy().await;
    let (ahead, spoiled, refused, behind) = tokio::join!(
        biased;
        fixture.post("ahead"),
        fixture.store.write(spoil),
        fixture.store.open_direct(Actor::of(user("ann")), user("bob"), at()),
        async {
            fixture.queued(3).await;
            drop(release);
            fixture.post("behind").await
        },
    );
    assert!(matches!(spoiled, Err(Fault::Chat(Error::Conflict("changed my mind")))));
    assert_eq!(refused, Ok(ahead.as_ref().unwrap().message.conversation_id));
    assert_eq!((ahead.unwrap().message.seq, behind.unwrap().message.seq), (2, 3), "positions stay dense");
    assert!(!has_meta(&fixture.store, "spoiled").await);
    assert!(fixture.store.metrics().commits - before.commits <= 2);
    let fed: Vec<EventId> = fixture.fed().iter().map(|recorded| recorded.id).collect();
    assert_eq!(fed, fixture.logged().await, "what was tried twice is fed once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_fails_acknowledges_and_feeds_nothing() {
    let mut fixture = fixture();
    fixture.post("first").await.unwrap();
    let (fed, logged) = (fixture.fed().len(), fixture.logged().await);
    let release = fixture.occupy().await;
    // A constraint that is looked at only when the transaction ends.
    let poison = fixture.store.write(|tx| {
        tx.sql.execute_batch("PRAGMA defer_foreign_keys = ON")?;
        sql::run(tx.sql, "INSERT INTO direct_pairs (low, high, conversation_id) VALUES ('x', 'y', 404)", [])
    });
    let (post, poisoned, ()) = tokio::join!(biased; fixture.post("lost"), poison, async {
        fixture.queued(2).await;
        drop(release);
    });
    assert!(matches!(post, Err(Error::Store(_))), "{post:?}");
    assert!(matches!(poisoned, Err(Fault::Lost(_))));
    assert_eq!(fixture.store.metrics().failed_commits, 1);
    assert_eq!((fixture.fed().len(), fixture.logged().await), (0, logged));
    assert_eq!(fed, 2);
    assert_eq!(fixture.post("next").await.unwrap().message.seq, 2, "as if nothing had happened");
}

#[tokio::test]
async fn a_full_disk_is_reported_and_what_was_acknowledged_is_there() {
    let mut fixture = fixture();
    fixture.post("first").await.unwrap();
    let full = |tx: &mut Tx<'_>| {
        let pages: i64 = tx.sql.pragma_query_value(None, "page_count", |row| row.get(0))?;
        tx.sql.pragma_update_and_check(None, "max_page_count", pages + 3, |_| Ok(()))?;
        Ok(())
    };
    fixture.store.write(full).await.unwrap();
    let mut stored = 1;
    let failed = loop {
        match fixture.post(&"x".repeat(4000)).await {
            Ok(posted) => stored = posted.message.seq,
            Err(error) => break error,
        }
    };
    assert_eq!(failed, Error::Busy, "a full disk may pass");
    let fed: Vec<EventId> = fixture.fed().iter().map(|recorded| recorded.id).collect();
    assert_eq!(fed, fixture.logged().await);
    assert_eq!(u64::try_from(fed.len()).unwrap(), stored + 1, "the conversation and its messages");
    let room = |tx: &mut Tx<'_>| Ok(tx.sql.pragma_update_and_check(None, "max_page_count", 100_000, |_| Ok(()))?);
    fixture.store.write(room).await.unwrap();
    assert_eq!(fixture.post("again").await.unwrap().message.seq, stored + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_writer_panics_nobody_hangs() {
    let fixture = fixture();
    fixture.post("first").await.unwrap();
    let release = fixture.occupy().await;
    let broken = fixture.store.write(|_| -> Result<(), Fault> { panic!("on purpose") });
    let (post, broken, ()) = tokio::join!(biased; fixture.post("lost"), broken, async {
        fixture.queued(2).await;
        drop(release);
    });
    assert_eq!(post.err(), Some(Error::Busy));
    assert!(matches!(broken, Err(Fault::Closed)));
    assert_eq!(fixture.post("later").await.err(), Some(Error::Busy));
    assert!(fixture.store.health().await.is_err());
    assert_eq!(fixture.logged().await.len(), 2, "reading still works");
    fixture.store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_finishes_what_waits_and_takes_no_more() {
    let fixture = fixture();
    let release = fixture.occupy().await;
    let (post, (), ()) = tokio::join!(biased; fixture.post("just in time"), fixture.store.close(), async {
        fixture.queued(2).await;
        drop(release);
    });
    assert_eq!(post.unwrap().message.seq, 1);
    assert_eq!(fixture.post("too late").await.err(), Some(Error::Busy));
}

#[tokio::test]
async fn a_read_sees_one_state_and_cannot_write() {
    let fixture = fixture();
    let refused = fixture.store.read(|sql| sql::run(sql, "DELETE FROM meta", [])).await;
    assert!(matches!(refused, Err(Fault::Sql(_))), "{refused:?}");
    let panicked = fixture.store.read(|_| -> Result<(), Fault> { panic!("on purpose") }).await;
    assert!(matches!(panicked, Err(Fault::Closed)));
    for _ in 0..10 {
        // No connection was lost to the panic.
        fixture.store.latest_event().await.unwrap();
    }
}
