//! A manual clock that also tells who is waiting for what, so that a test moves the time only when the timers it is
//! about are set.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tutti_core::Clock;
use tutti_core::clock::{ManualClock, Sleep};
use tutti_protocol::Timestamp;

/// A clock that stands still until it is moved. Clones share the time.
#[derive(Debug, Clone)]
pub struct WatchedClock {
    time: ManualClock,
    timers: Arc<Mutex<Timers>>,
}

#[derive(Debug, Default)]
struct Timers {
    next: u64,
    deadlines: HashMap<u64, Timestamp>,
}

/// One timer; it is forgotten when whoever waited for it has woken or given up.
struct Timer {
    number: u64,
    timers: Arc<Mutex<Timers>>,
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.timers.lock().deadlines.remove(&self.number);
    }
}

impl WatchedClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn at(start: Timestamp) -> Self {
        Self { time: ManualClock::at(start), timers: Arc::default() }
    }

    /// Moves the time on.
    pub fn advance(&self, span: Duration) {
        self.time.advance(span);
    }

    /// Whether somebody waits for exactly this point in time.
    #[must_use]
    pub fn awaited(&self, deadline: Timestamp) -> bool {
        self.timers.lock().deadlines.values().any(|waiting| *waiting == deadline)
    }

    fn note(&self, deadline: Timestamp) -> Timer {
        let mut timers = self.timers.lock();
        let number = timers.next;
        timers.next += 1;
        timers.deadlines.insert(number, deadline);
        Timer { number, timers: Arc::clone(&self.timers) }
    }
}

impl Clock for WatchedClock {
    fn now(&self) -> Timestamp {
        self.time.now()
    }

    fn sleep_until(&self, deadline: Timestamp) -> Sleep {
        let sleep = self.time.sleep_until(deadline);
        let timer = self.note(deadline);
        Box::pin(async move {
            sleep.await;
            drop(timer);
        })
    }
}
