//! The outbox: durable events, read in order by consumers that each remember how far they came.
//!
//! A consumer sees every event at least once and must be idempotent by event id. What consumers do with events stands
//! in the server's `reactions`; where events are kept is the store's.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use tutti_protocol::EventId;

use crate::clock::Clock;
use crate::failure::Failure;
use crate::tasks::Tasks;

/// How many events a consumer is handed at once.
const BATCH: usize = 256;
/// How long to rest after a failure.
const RETRY: Duration = Duration::from_secs(1);

/// A log of events with a cursor per consumer.
#[async_trait]
pub trait Log<E>: Send + Sync {
    /// Up to `limit` events after one, oldest first.
    async fn after(&self, event: EventId, limit: usize) -> Result<Vec<E>, Failure>;

    /// How far a consumer has come; zero for one that never ran.
    async fn cursor(&self, consumer: &str) -> Result<EventId, Failure>;

    /// Remembers how far a consumer has come.
    async fn advance(&self, consumer: &str, event: EventId) -> Result<(), Failure>;
}

/// Something that reacts to events.
#[async_trait]
pub trait Consumer<E>: Send + Sync {
    /// The name under which its progress is kept. Never change it.
    fn name(&self) -> &'static str;

    /// Reacts to events, in order. An error means that the whole batch comes again.
    async fn consume(&self, events: &[E]) -> Result<(), Failure>;
}

/// Feeds one consumer from a log.
pub struct Dispatcher<E> {
    log: Arc<dyn Log<E>>,
    consumer: Arc<dyn Consumer<E>>,
    id_of: fn(&E) -> EventId,
    wake: Arc<Notify>,
    clock: Arc<dyn Clock>,
}

impl<E: Send + Sync + 'static> Dispatcher<E> {
    /// A dispatcher that looks at the log whenever `wake` is notified.
    pub fn new(
        log: Arc<dyn Log<E>>,
        consumer: Arc<dyn Consumer<E>>,
        id_of: fn(&E) -> EventId,
        wake: Arc<Notify>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { log, consumer, id_of, wake, clock }
    }

    /// Runs until the server stops.
    pub async fn run(&self, tasks: &Tasks) {
        while !tasks.is_stopping() {
            match self.step().await {
                Ok(true) => {}
                Ok(false) => tokio::select! {
                    () = tasks.stopping() => {}
                    () = self.wake.notified() => {}
                },
                Err(failure) => {
                    tracing::warn!(consumer = self.consumer.name(), %failure, "outbox consumer failed, trying again");
                    tokio::select! {
                        () = tasks.stopping() => {}
                        () = self.clock.sleep(RETRY) => {}
                    }
                }
            }
        }
    }

    /// Hands over one batch. Returns whether there was anything.
    ///
    /// # Errors
    /// Whatever the log or the consumer failed with; nothing was skipped.
    pub async fn step(&self) -> Result<bool, Failure> {
        let from = self.log.cursor(self.consumer.name()).await?;
        let events = self.log.after(from, BATCH).await?;
        let Some(last) = events.last() else { return Ok(false) };
        let last = (self.id_of)(last);
        self.consumer.consume(&events).await?;
        self.log.advance(self.consumer.name(), last).await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;
    use tutti_protocol::{ErrorCode, Timestamp};

    use super::*;
    use crate::clock::ManualClock;

    #[derive(Default)]
    struct Numbers {
        cursor: Mutex<u64>,
    }

    #[async_trait]
    impl Log<u64> for Numbers {
        async fn after(&self, event: EventId, limit: usize) -> Result<Vec<u64>, Failure> {
            Ok((event.0 + 1..=600).take(limit).collect())
        }

        async fn cursor(&self, _: &str) -> Result<EventId, Failure> {
            Ok(EventId(*self.cursor.lock()))
        }

        async fn advance(&self, _: &str, event: EventId) -> Result<(), Failure> {
            *self.cursor.lock() = event.0;
            Ok(())
        }
    }

    #[derive(Default)]
    struct FailsOnce {
        seen: Mutex<Vec<u64>>,
        failed: Mutex<bool>,
    }

    #[async_trait]
    impl Consumer<u64> for FailsOnce {
        fn name(&self) -> &'static str {
            "test"
        }

        async fn consume(&self, events: &[u64]) -> Result<(), Failure> {
            let mut failed = self.failed.lock();
            if events.contains(&300) && !*failed {
                *failed = true;
                return Err(Failure::new(ErrorCode::Unavailable, "on purpose"));
            }
            self.seen.lock().extend(events);
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_consumer_that_fails_gets_the_batch_again_and_misses_nothing() {
        let consumer = Arc::new(FailsOnce::default());
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(0)));
        let dispatcher =
            Dispatcher::new(Arc::new(Numbers::default()), consumer.clone(), |n| EventId(*n), Arc::default(), clock);
        let mut failures = 0;
        loop {
            match dispatcher.step().await {
                Ok(true) => {}
                Ok(false) => break,
                Err(_) => failures += 1,
            }
        }
        assert_eq!(failures, 1);
        assert_eq!(*consumer.seen.lock(), (1..=600).collect::<Vec<u64>>());
    }
}
