//! SQLite: one file, one writer with group commit, some readers. This module opens and closes it; what is stored
//! stands in one module per domain.

mod access;
mod chat;
mod connection;
mod idempotency;
mod keys;
mod migrations;
mod offline;
mod presence;
mod readers;
mod sql;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use tutti_chat::Feed;
use tutti_core::{Failure, Snowflake};

pub use self::offline::{KeysError, OfflineKeys, backup, check};
pub use self::writer::Metrics;

use self::connection::Lock;
use self::readers::Readers;
use self::writer::{Equipment, Tx, Writer};
use crate::fault::Fault;

/// How the store is set up.
pub struct Options {
    /// How many connections read.
    pub readers: u32,
    /// How many writes may wait; beyond, callers wait before they are queued.
    pub queue: usize,
    /// How many writes share one transaction at most.
    pub batch: usize,
    /// The bounds of chat.
    pub chat: tutti_chat::Config,
    /// Makes ids. Nobody else may use it for what is stored here.
    pub ids: Arc<Snowflake>,
    /// Where committed chat events go.
    pub feed: Feed,
}

impl Options {
    /// The usual sizes.
    #[must_use]
    pub fn new(ids: Arc<Snowflake>, feed: Feed) -> Self {
        Self { readers: 4, queue: 1024, batch: 1024, chat: tutti_chat::Config::default(), ids, feed }
    }
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another server has it open.
    #[error("{} is in use by another server", .0.display())]
    InUse(PathBuf),
    /// A newer program has written it.
    #[error("the database has schema {found}, and this program knows only up to {known}: use a newer one")]
    TooNew {
        /// The schema's version.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// An older program has written it, and only a server migrates.
    #[error("the database has schema {found}, and this program needs {known}: start the server of this version on it")]
    TooOld {
        /// The schema's version.
        found: u32,
        /// The version this program needs.
        known: u32,
    },
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// A file or the thread could not be had.
    #[error("{0}")]
    System(#[from] std::io::Error),
}

/// How the store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// What the writer has done, and how much waits for it.
    pub writer: Metrics,
}

/// The store. Clones share it.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    writer: Writer,
    readers: Readers,
    config: Arc<tutti_chat::Config>,
}

impl SqliteStore {
    /// Opens a database, or makes one, and brings it to this program's schema. Blocks while it does.
    ///
    /// # Errors
    /// Another server has it open, a newer program has written it, or the disk or database fails.
    pub fn open(path: &Path, options: Options) -> Result<Self, OpenError> {
        let lock = Lock::take(path)?;
        let mut connection = connection::writing(path)?;
        migrations::migrate(&mut connection)?;
        options.ids.start_after(greatest_id(&connection)?);
        let readers = Readers::open(path, options.readers)?;
        let config = Arc::new(options.chat);
        let writer = Writer::start(Equipment {
            connection,
            lock,
            ids: options.ids,
            config: Arc::clone(&config),
            feed: options.feed,
            queue: options.queue,
            batch: options.batch,
        })?;
        Ok(Self { inner: Arc::new(Inner { path: path.to_owned(), writer, readers, config }) })
    }

    /// Finishes what was begun and closes the file. From then on, everything is answered with "unavailable". Until it
    /// returns, the feed has to be read, or its reader dropped.
    pub async fn close(&self) {
        self.inner.readers.close().await;
        self.inner.writer.close().await;
    }

    /// Whether it can read and write, and how much waits.
    ///
    /// # Errors
    /// The writer is gone, or the database cannot be read.
    pub async fn health(&self) -> Result<Health, Failure> {
        if !self.inner.writer.is_open() {
            return Err(Fault::Closed.into());
        }
        self.read(|sql| sql::number(sql, "SELECT count(*) FROM sqlite_schema", [])).await?;
        Ok(Health { writer: self.metrics() })
    }

    /// What the writer has done so far.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        self.inner.writer.metrics()
    }

    /// Writes a copy of the database, as it is at one moment, to a file that must not exist yet. Others go on working.
    ///
    /// # Errors
    /// The file exists, or the disk or database fails.
    pub async fn backup(&self, to: &Path) -> Result<(), Failure> {
        let (from, to) = (self.inner.path.clone(), to.to_owned());
        let copied = tokio::task::spawn_blocking(move || copy(&from, &to)).await;
        Ok(copied.unwrap_or(Err(Fault::Closed))?)
    }

    async fn write<T, F>(&self, work: F) -> Result<T, Fault>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, Fault> + Send + 'static,
        T: Send + 'static,
    {
        self.inner.writer.run(work).await
    }

    async fn read<T, F>(&self, work: F) -> Result<T, Fault>
    where
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
        T: Send + 'static,
    {
        self.inner.readers.read(work).await
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), Fault> {
    if to.exists() {
        return Err(std::io::Error::new(std::io::ErrorKind::AlreadyExists, "the backup file exists already").into());
    }
    let target = to.to_str().ok_or(Fault::Corrupt("path"))?;
    connection::open(from)?.execute("VACUUM INTO ?1", [target])?;
    Ok(())
}

/// The greatest id that any row has: later ones must be greater. Pruned events had ids too.
fn greatest_id(connection: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT max(
        coalesce((SELECT max(event_id) FROM events), 0),
        coalesce((SELECT max(id) FROM messages), 0),
        coalesce((SELECT max(id) FROM conversations), 0),
        coalesce((SELECT value FROM meta WHERE name = 'pruned_event_id'), 0))";
    let found: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(u64::try_from(found).unwrap_or(0))
}
