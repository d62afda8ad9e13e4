//! Stores in directories of their own.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc;
use tutti_chat::model::Draft;
use tutti_chat::{Config, Recorded};
use tutti_core::Snowflake;
use tutti_core::caller::Actor;
use tutti_core::clock::ManualClock;
use tutti_protocol::{Timestamp, UserId};
use tutti_store::{OpenError, Options, SqliteStore};

/// When the tests take place.
pub(crate) fn start() -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000)
}

pub(crate) fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

pub(crate) fn by(name: &str) -> Actor {
    Actor::of(user(name))
}

pub(crate) fn text(message: &str) -> Draft {
    Draft { message: message.into(), ..Draft::default() }
}

/// Opens the database of a directory; the feed is large enough for any test.
pub(crate) fn open_in(
    directory: &Path,
    clock: &ManualClock,
    chat: Config,
) -> Result<(SqliteStore, mpsc::Receiver<Vec<Recorded>>), OpenError> {
    let (feed, events) = mpsc::channel(8192);
    let ids = Arc::new(Snowflake::new(Arc::new(clock.clone()), 1));
    let options = Options { chat, ..Options::new(ids, feed) };
    Ok((SqliteStore::open(&directory.join("tutti.db"), options)?, events))
}

/// A store in a new directory, which is kept until the test ends.
pub(crate) fn fresh() -> (tempfile::TempDir, SqliteStore, mpsc::Receiver<Vec<Recorded>>) {
    let directory = tempfile::tempdir().unwrap();
    let (store, events) = open_in(directory.path(), &ManualClock::at(start()), Config::default()).unwrap();
    (directory, store, events)
}
