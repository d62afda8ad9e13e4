//! The writer: one thread with the one connection that writes. It runs whatever jobs are waiting in one transaction
//! (group commit), and answers them only after the commit.
//!
//! A job that is refused before it wrote anything is simply passed over. One that fails after writing takes the
//! transaction with it: the batch is rolled back and run again without it, which is why jobs can be run more than
//! once. That is rarer than rare, and spares every job a savepoint. When the disk or the database is at fault, the
//! whole batch fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tutti_chat::{Config, Feed, Recorded};
use tutti_core::Snowflake;

use super::connection::Lock;
use crate::fault::{Fault, breaks_transaction};

/// What the writer has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Metrics {
    /// Jobs that were committed.
    pub jobs: u64,
    /// Transactions that were committed.
    pub commits: u64,
    /// Transactions that could not be.
    pub failed_commits: u64,
    /// Jobs that wait now.
    pub queued: u64,
}

#[derive(Default)]
struct Counters {
    jobs: AtomicU64,
    commits: AtomicU64,
    failed_commits: AtomicU64,
}

/// What a job works with: the open transaction, and what it takes to make events.
pub(crate) struct Tx<'a> {
    /// The connection inside the transaction.
    pub(crate) sql: &'a Connection,
    /// Makes ids; nobody but the writer does.
    pub(crate) ids: &'a Snowflake,
    /// The bounds of chat.
    pub(crate) config: &'a Config,
    /// Events for the feed, in the order of ids.
    pub(crate) events: &'a mut Vec<Recorded>,
}

/// How a job went.
enum Ran {
    Well,
    Refused,
    Broken(Arc<rusqlite::Error>),
}

/// A piece of work with somebody waiting for it.
trait Job: Send {
    /// Does the work and keeps its result.
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran;
    /// Hands the result over: what it wrote is durable, or it wrote nothing.
    fn answer(self: Box<Self>);
    /// Says that whatever it did is undone.
    fn undone(self: Box<Self>, cause: &Arc<rusqlite::Error>);
}

struct Waiting<F, T> {
    work: F,
    result: Result<T, Fault>,
    reply: oneshot::Sender<Result<T, Fault>>,
}

impl<F, T> Job for Waiting<F, T>
where
    F: Fn(&mut Tx<'_>) -> Result<T, Fault> + Send,
    T: Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran {
        let fault = match (self.work)(tx) {
            Ok(done) => {
                self.result = Ok(done);
                return Ran::Well;
            }
            Err(fault) => fault,
        };
        match fault {
            Fault::Sql(error) if breaks_transaction(&error) => Ran::Broken(Arc::new(error)),
            refusal => {
                self.result = Err(refusal);
                Ran::Refused
            }
        }
    }

    fn answer(self: Box<Self>) {
        // Somebody who no longer waits needs no answer; the work stands either way.
        let _ = self.reply.send(self.result);
    }

    fn undone(self: Box<Self>, cause: &Arc<rusqlite::Error>) {
        let _ = self.reply.send(Err(Fault::Lost(Arc::clone(cause))));
    }
}

enum Order {
    Run(Box<dyn Job>),
    Close,
}

/// The thread's other end.
pub(super) struct Writer {
    orders: mpsc::Sender<Order>,
    counters: Arc<Counters>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the thread is given.
pub(super) struct Equipment {
    /// The one connection that writes.
    pub(super) connection: Connection,
    /// Kept until the connection is closed.
    pub(super) lock: Lock,
    /// Makes ids.
    pub(super) ids: Arc<Snowflake>,
    /// The bounds of chat.
    pub(super) config: Arc<Config>,
    /// Where committed events go.
    pub(super) feed: Feed,
    /// How many jobs may wait.
    pub(super) queue: usize,
    /// How many jobs share one transaction at most.
    pub(super) batch: usize,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(equipment: Equipment) -> std::io::Result<Self> {
        let (orders, inbox) = mpsc::channel(equipment.queue.max(1));
        let counters = Arc::new(Counters::default());
        let desk = Desk { inbox, counters: Arc::clone(&counters), events: Vec::new(), equipment };
        let thread = std::thread::Builder::new().name("sqlite-writer".into()).spawn(move || desk.work())?;
        Ok(Self { orders, counters, thread: Mutex::new(Some(thread)) })
    }

    /// Does work inside a transaction, and returns when it is durable. Waits while the queue is full.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, Fault>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, Fault> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Waiting { work, result: Err(Fault::Closed), reply });
        self.orders.send(Order::Run(job)).await.map_err(|_| Fault::Closed)?;
        answer.await.unwrap_or(Err(Fault::Closed))
    }

    /// Finishes the jobs that wait, takes no more, and ends the thread.
    pub(super) async fn close(&self) {
        // An error means that the thread is gone already.
        let _ = self.orders.send(Order::Close).await;
        let thread = self.thread.lock().take();
        if let Some(thread) = thread {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the writer ended with a panic");
            }
        }
    }

    /// Whether the thread still takes jobs.
    pub(super) fn is_open(&self) -> bool {
        !self.orders.is_closed()
    }

    /// What it has done so far.
    pub(super) fn metrics(&self) -> Metrics {
        let waiting = self.orders.max_capacity() - self.orders.capacity();
        Metrics {
            jobs: self.counters.jobs.load(Ordering::Relaxed),
            commits: self.counters.commits.load(Ordering::Relaxed),
            failed_commits: self.counters.failed_commits.load(Ordering::Relaxed),
            queued: u64::try_from(waiting).unwrap_or(u64::MAX),
        }
    }
}

/// What a try at a batch came to.
enum Attempt {
    Committed,
    /// The job at this place failed after it had written.
    Spoiled(usize),
    Failed(Arc<rusqlite::Error>),
}

/// The thread itself.
struct Desk {
    equipment: Equipment,
    inbox: mpsc::Receiver<Order>,
    counters: Arc<Counters>,
    events: Vec<Recorded>,
}

impl Desk {
    fn work(mut self) {
        while let Some(order) = self.inbox.blocking_recv() {
            match order {
                Order::Run(job) => self.serve(vec![job]),
                Order::Close => self.inbox.close(),
            }
        }
        let Equipment { connection, lock, .. } = self.equipment;
        let tidied = connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);");
        if let Err(error) = tidied {
            tracing::warn!(%error, "the last checkpoint failed; the next start does it");
        }
        drop(connection);
        drop(lock);
    }

    /// Runs a batch, commits it, tells the feed, answers the callers.
    fn serve(&mut self, mut batch: Vec<Box<dyn Job>>) {
        loop {
            match self.attempt(&mut batch) {
                Attempt::Committed => return self.deliver(batch),
                Attempt::Spoiled(place) => {
                    self.roll_back();
                    batch.remove(place).answer();
                }
                Attempt::Failed(cause) => {
                    self.roll_back();
                    self.counters.failed_commits.fetch_add(1, Ordering::Relaxed);
                    tracing::error!(%cause, jobs = batch.len(), "a transaction failed");
                    return batch.into_iter().for_each(|job| job.undone(&cause));
                }
            }
        }
    }

    fn attempt(&mut self, batch: &mut Vec<Box<dyn Job>>) -> Attempt {
        self.events.clear();
        if let Err(error) = self.command("BEGIN IMMEDIATE") {
            return Attempt::Failed(Arc::new(error));
        }
        let mut place = 0;
        while self.refill(batch, place) {
            let (changes, events) = (self.equipment.connection.total_changes(), self.events.len());
            match self.run(batch[place].as_mut()) {
                Ran::Well => {}
                Ran::Broken(cause) => return Attempt::Failed(cause),
                Ran::Refused if self.equipment.connection.total_changes() != changes => {
                    return Attempt::Spoiled(place);
                }
                Ran::Refused => self.events.truncate(events),
            }
            place += 1;
        }
        match self.command("COMMIT") {
            Ok(()) => Attempt::Committed,
            Err(error) => Attempt::Failed(Arc::new(error)),
        }
    }

    /// Whether there is a job at this place, if need be after taking one from the inbox.
    fn refill(&mut self, batch: &mut Vec<Box<dyn Job>>, place: usize) -> bool {
        if place < batch.len() {
            return true;
        }
        if place >= self.equipment.batch {
            return false;
        }
        match self.inbox.try_recv() {
            Ok(Order::Run(job)) => {
                batch.push(job);
                true
            }
            Ok(Order::Close) => {
                self.inbox.close();
                self.refill(batch, place)
            }
            Err(_) => false,
        }
    }

    fn run(&mut self, job: &mut dyn Job) -> Ran {
        let Equipment { connection, ids, config, .. } = &self.equipment;
        job.run(&mut Tx { sql: connection, ids, config, events: &mut self.events })
    }

    fn deliver(&mut self, batch: Vec<Box<dyn Job>>) {
        self.counters.commits.fetch_add(1, Ordering::Relaxed);
        self.counters.jobs.fetch_add(u64::try_from(batch.len()).unwrap_or(0), Ordering::Relaxed);
        if !self.events.is_empty() {
            // A feed whose reader is gone is ignored: the log has it all.
            let _ = self.equipment.feed.blocking_send(std::mem::take(&mut self.events));
        }
        batch.into_iter().for_each(Job::answer);
    }

    fn roll_back(&self) {
        if self.equipment.connection.is_autocommit() {
            return;
        }
        if let Err(error) = self.command("ROLLBACK") {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    fn command(&self, sql: &str) -> rusqlite::Result<()> {
        self.equipment.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}
