//! The relay: takes committed events from the store's feed, in the order of commits, and puts them on the bus.
//!
//! It is what makes pushes prompt. It may lose events with the process: whoever missed one finds it in the log.

use std::sync::Arc;

use tokio::sync::{Mutex, Notify, mpsc, watch};
use tutti_api::{operator, push};
use tutti_chat::Recorded;
use tutti_core::{Bus, Tail, Tasks};
use tutti_protocol::EventId;

/// How many batches of committed events may wait for the relay; then the store's writer waits.
pub const FEED_CAPACITY: usize = 256;

/// Carries events from the feed to the bus.
pub struct Relay {
    feed: Mutex<mpsc::Receiver<Vec<Recorded>>>,
    bus: Arc<dyn Bus>,
    /// Told of every event.
    tail: Arc<Tail>,
    /// Told after every batch, so that the consumers of the log look at it.
    committed: Arc<Notify>,
    /// The newest event that is on the bus.
    relayed: watch::Sender<EventId>,
}

impl Relay {
    /// A relay from this feed to this bus.
    #[must_use]
    pub fn new(
        feed: mpsc::Receiver<Vec<Recorded>>,
        bus: Arc<dyn Bus>,
        tail: Arc<Tail>,
        committed: Arc<Notify>,
        relayed: watch::Sender<EventId>,
    ) -> Arc<Self> {
        Arc::new(Self { feed: Mutex::new(feed), bus, tail, committed, relayed })
    }

    /// Runs until the server stops or the store is gone.
    pub async fn run(&self, tasks: &Tasks) {
        let mut feed = self.feed.lock().await;
        loop {
            let batch = tokio::select! {
                biased;
                batch = feed.recv() => batch,
                () = tasks.stopping() => return,
            };
            let Some(batch) = batch else { return };
            let newest = batch.last().map(|recorded| recorded.id);
            batch.iter().for_each(|recorded| operator::tell(&self.tail, recorded));
            for signal in batch.into_iter().flat_map(push::signals) {
                self.bus.send(signal).await;
            }
            if let Some(newest) = newest {
                self.relayed.send_replace(newest);
            }
            self.committed.notify_one();
        }
    }
}
