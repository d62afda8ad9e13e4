//! The hub: who listens to what on this node, and the fan-out to them. In a single-node server it is the bus.
//!
//! There is one shard per core. A shard owns its connections and their topics outright, so nothing is locked while it
//! writes; everything reaches it through one bounded inbox, in order. That order is the guarantee: a frame published
//! after a `Join` is delivered to the one who joined, and one published after a `Leave` is not.

mod gathering;
mod shard;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore, oneshot};
use tutti_core::{Bus, Clock, Signal, Tasks, Topic};
use tutti_protocol::{CloseCode, ConnectionId, Timestamp, UserId};

use crate::application::Application;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::peer::Peer;
use crate::wire::Frame;
pub(crate) use shard::KEEP_ALIVE;
use shard::Shard;

/// What an inbox entry weighs beside its bytes.
const ENTRY_OVERHEAD: usize = 128;

/// How often connections are looked over for pings and expiry.
const TICK: Duration = Duration::from_secs(1);

/// Delivers frames to the connections of this node.
pub struct Hub {
    inboxes: Vec<Arc<Inbox>>,
}

/// What a shard is told.
pub(crate) enum Entry {
    Deliver(Arc<Frame>),
    Signal(Arc<Signal>),
    Register(Arc<Peer>),
    Unregister { connection: ConnectionId, done: oneshot::Sender<()> },
    Reply { connection: ConnectionId, bytes: Bytes },
    Subscribe { connection: ConnectionId, topics: Vec<Topic>, opening: bool, done: oneshot::Sender<()> },
    Attach { connection: ConnectionId, topic: Topic, greeting: Bytes, done: oneshot::Sender<()> },
    Unsubscribe { connection: ConnectionId, topics: Vec<Topic> },
    CloseSome { code: CloseCode, share: usize },
    Tick { now: Timestamp, app: Arc<dyn Application>, heard: oneshot::Sender<Vec<(UserId, ConnectionId)>> },
}

impl Entry {
    fn weight(&self) -> usize {
        let bytes = match self {
            Self::Deliver(frame) => frame.len(),
            Self::Attach { greeting, .. } => greeting.len(),
            Self::Reply { bytes, .. } => bytes.len(),
            Self::Subscribe { topics, .. } | Self::Unsubscribe { topics, .. } => topics.len() * size_of::<Topic>(),
            _ => 0,
        };
        bytes + ENTRY_OVERHEAD
    }
}

/// A shard's bounded inbox. Who has something for a full one waits.
pub(crate) struct Inbox {
    entries: Mutex<Vec<Entry>>,
    space: Semaphore,
    capacity: usize,
    wake: Notify,
}

impl Inbox {
    fn new(capacity: usize) -> Self {
        Self { entries: Mutex::new(Vec::new()), space: Semaphore::new(capacity), capacity, wake: Notify::new() }
    }

    async fn put(&self, entry: Entry) {
        let weight = u32::try_from(entry.weight().min(self.capacity)).unwrap_or(u32::MAX);
        // The semaphore is never closed; a shard that has ended takes nothing, and its process with it.
        if let Ok(permit) = self.space.acquire_many(weight).await {
            permit.forget();
            self.entries.lock().push(entry);
            self.wake.notify_one();
        }
    }

    /// Resolves when something is there.
    async fn filled(&self) {
        while self.entries.lock().is_empty() {
            self.wake.notified().await;
        }
    }

    /// Everything that has come, in order.
    fn take(&self) -> Vec<Entry> {
        let entries = std::mem::take(&mut *self.entries.lock());
        let weight: usize = entries.iter().map(|entry| entry.weight().min(self.capacity)).sum();
        self.space.add_permits(weight);
        entries
    }
}

impl Hub {
    /// A hub whose shards run until the server stops.
    #[must_use]
    pub fn start(config: &Config, tasks: &Tasks, metrics: &Arc<Metrics>, clock: &Arc<dyn Clock>) -> Arc<Self> {
        let inboxes: Vec<Arc<Inbox>> =
            (0..config.shards.max(1)).map(|_| Arc::new(Inbox::new(config.max_inbox_bytes))).collect();
        for inbox in &inboxes {
            let mut shard = Shard::new(Arc::clone(metrics), config.heartbeat, config.pong_timeout);
            let (inbox, stop, clock) = (Arc::clone(inbox), tasks.clone(), Arc::clone(clock));
            tasks.spawn(async move {
                loop {
                    let gathered = shard.gathered_at();
                    tokio::select! {
                        biased;
                        () = inbox.filled() => {}
                        () = due(&clock, gathered) => {}
                        () = stop.stopping() => return,
                    }
                    // Whoever can run now runs first, so that what arrives together is delivered together: a pass for
                    // each publication would cost a write for each.
                    tokio::task::yield_now().await;
                    shard.pass(inbox.take(), clock.now());
                }
            });
        }
        Arc::new(Self { inboxes })
    }

    /// How many fan-out tasks there are.
    #[must_use]
    pub fn shards(&self) -> usize {
        self.inboxes.len()
    }

    /// Sends pings, and ends connections that do not answer or whose token has run out. Runs until the server stops.
    pub async fn keep_alive(&self, app: Arc<dyn Application>, clock: Arc<dyn Clock>, tasks: Tasks) {
        loop {
            tokio::select! {
                () = tasks.stopping() => return,
                () = clock.sleep(TICK) => {}
            }
            for inbox in &self.inboxes {
                let (heard, connections) = oneshot::channel();
                inbox.put(Entry::Tick { now: clock.now(), app: Arc::clone(&app), heard }).await;
                let connections = tokio::select! {
                    connections = connections => connections,
                    // A shard that has ended leaves what it was told.
                    () = tasks.stopping() => return,
                };
                app.heard(&connections.unwrap_or_default()).await;
            }
        }
    }

    /// Takes a connection in. It gets what is addressed to its user from now on, and holds it back until it goes live.
    pub async fn register(&self, peer: Arc<Peer>) {
        self.inbox_of(peer.id).put(Entry::Register(peer)).await;
    }

    /// Lets a connection go. Resolves when everything that came for it before has been handed to it.
    pub async fn unregister(&self, connection: ConnectionId) {
        let (done, gone) = oneshot::channel();
        self.inbox_of(connection).put(Entry::Unregister { connection, done }).await;
        // A shard drops the sender only when the server stops.
        let _ = gone.await;
    }

    /// Writes a reply, in one go with what has come for the connection before.
    pub(crate) async fn reply(&self, peer: &Peer, bytes: Bytes) {
        peer.reply_is_under_way();
        self.inbox_of(peer.id).put(Entry::Reply { connection: peer.id, bytes }).await;
    }

    /// Lets a connection that is just opening listen to the topics its user had when they were looked up. Topics that
    /// the user has left meanwhile are passed over. Resolves when it listens.
    pub async fn open_topics(&self, connection: ConnectionId, topics: Vec<Topic>) {
        self.subscribe_as(connection, topics, true).await;
    }

    /// Resolves when a connection has been handed what was published before.
    pub async fn catch_up(&self, connection: ConnectionId) {
        self.subscribe(connection, Vec::new()).await;
    }

    /// Lets a connection listen to more topics. Resolves when it listens, and has been handed what came for it before.
    pub async fn subscribe(&self, connection: ConnectionId, topics: Vec<Topic>) {
        self.subscribe_as(connection, topics, false).await;
    }

    /// Greets a connection with bytes of its own encoding and lets it listen to a topic, in one step: what is published
    /// after this returns comes after the greeting, and what was published before does not come at all. What is returned
    /// resolves when the greeting is on its way.
    pub async fn attach(&self, connection: ConnectionId, topic: Topic, greeting: Bytes) -> oneshot::Receiver<()> {
        let (done, greeted) = oneshot::channel();
        self.inbox_of(connection).put(Entry::Attach { connection, topic, greeting, done }).await;
        greeted
    }

    async fn subscribe_as(&self, connection: ConnectionId, topics: Vec<Topic>, opening: bool) {
        let (done, listening) = oneshot::channel();
        self.inbox_of(connection).put(Entry::Subscribe { connection, topics, opening, done }).await;
        // A shard drops the sender only when the server stops; then nobody listens to anything.
        let _ = listening.await;
    }

    /// Lets a connection stop listening to topics.
    pub async fn unsubscribe(&self, connection: ConnectionId, topics: Vec<Topic>) {
        self.inbox_of(connection).put(Entry::Unsubscribe { connection, topics }).await;
    }

    /// Ends a part of the connections: one in `share`. With `share` 1, all of them.
    pub async fn close_some(&self, code: CloseCode, share: usize) {
        self.to_all(|| Entry::CloseSome { code, share }).await;
    }

    async fn to_all(&self, entry: impl Fn() -> Entry) {
        for inbox in &self.inboxes {
            inbox.put(entry()).await;
        }
    }

    fn inbox_of(&self, connection: ConnectionId) -> &Inbox {
        // Ids made in different milliseconds often share their low bits; multiplying spreads them.
        let spread = connection.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let shard = usize::try_from(spread).unwrap_or(0) % self.inboxes.len();
        &self.inboxes[shard]
    }
}

/// Resolves at a time, or never.
async fn due(clock: &Arc<dyn Clock>, at: Option<Timestamp>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[async_trait]
impl Bus for Hub {
    async fn send(&self, signal: Signal) {
        match signal {
            Signal::Push(push) => {
                let frame = Arc::new(Frame::from(push));
                self.to_all(|| Entry::Deliver(Arc::clone(&frame))).await;
            }
            other => {
                let signal = Arc::new(other);
                self.to_all(|| Entry::Signal(Arc::clone(&signal))).await;
            }
        }
    }
}
