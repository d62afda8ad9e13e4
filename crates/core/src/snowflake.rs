//! Snowflake ids: 41 bits of milliseconds since 2025-01-01, 10 bits of node, 12 bits of counter. Time-ordered, unique
//! without asking anybody, and below 2^63 so that databases can hold them (a seed's choice for paging and resuming).

use std::sync::Arc;

use parking_lot::Mutex;
use tutti_protocol::Timestamp;

use crate::clock::Clock;

/// 2025-01-01T00:00:00Z in milliseconds since the Unix epoch.
const EPOCH_MILLIS: i64 = 1_735_689_600_000;
const NODE_BITS: u32 = 10;
const COUNTER_BITS: u32 = 12;

/// Makes ids, each greater than the one before, also when the clock goes back.
pub struct Snowflake {
    clock: Arc<dyn Clock>,
    node: u64,
    last: Mutex<Last>,
}

#[derive(Default)]
struct Last {
    millis: u64,
    counter: u64,
}

impl Snowflake {
    /// A generator for a node; only the lower 10 bits of the number count.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, node: u16) -> Self {
        Self { clock, node: u64::from(node) & ((1 << NODE_BITS) - 1), last: Mutex::new(Last::default()) }
    }

    /// The next id.
    #[must_use]
    pub fn next(&self) -> u64 {
        let now = millis_since_epoch(self.clock.now());
        let mut last = self.last.lock();
        if now > last.millis {
            *last = Last { millis: now, counter: 0 };
        } else if last.counter + 1 < 1 << COUNTER_BITS {
            last.counter += 1;
        } else {
            *last = Last { millis: last.millis + 1, counter: 0 };
        }
        (last.millis << (NODE_BITS + COUNTER_BITS)) | (self.node << COUNTER_BITS) | last.counter
    }

    /// Makes sure that every id from now on is greater than one that is already in use, whatever the clock says.
    pub fn start_after(&self, id: u64) {
        let mut last = self.last.lock();
        let millis = id >> (NODE_BITS + COUNTER_BITS);
        if millis >= last.millis {
            *last = Last { millis: millis + 1, counter: 0 };
        }
    }
}

/// The smallest id that could have been made at this time.
#[must_use]
pub fn first_at(time: Timestamp) -> u64 {
    millis_since_epoch(time) << (NODE_BITS + COUNTER_BITS)
}

/// When an id was made.
#[must_use]
pub fn time_of(id: u64) -> Timestamp {
    let millis = i64::try_from(id >> (NODE_BITS + COUNTER_BITS)).unwrap_or(0);
    Timestamp::from_millis(EPOCH_MILLIS + millis)
}

fn millis_since_epoch(time: Timestamp) -> u64 {
    u64::try_from(time.millis() - EPOCH_MILLIS).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn ids_ascend_even_within_one_millisecond_and_past_the_counter() {
        let clock = ManualClock::at(Timestamp::from_millis(EPOCH_MILLIS + 5));
        let ids = Snowflake::new(Arc::new(clock.clone()), 3);
        let mut last = 0;
        for step in 0..10_000 {
            let id = ids.next();
            assert!(id > last, "step {step}");
            last = id;
        }
        clock.advance(Duration::from_secs(1));
        assert_eq!(time_of(ids.next()), clock.now());
    }

    #[test]
    fn ids_go_on_after_what_is_stored_when_the_clock_was_set_back() {
        let ids = Snowflake::new(Arc::new(ManualClock::at(Timestamp::from_millis(EPOCH_MILLIS + 5))), 0);
        let stored = first_at(Timestamp::from_millis(EPOCH_MILLIS + 5_000)) + 77;
        ids.start_after(stored);
        assert!(ids.next() > stored);
    }
}
