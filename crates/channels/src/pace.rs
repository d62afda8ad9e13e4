//! How fast something happens of late, in a few bytes: two counts that are moved along with the time.

use std::time::Duration;

use tutti_protocol::Timestamp;

/// The time that counts.
const WINDOW: Duration = Duration::from_secs(10);

/// Counts what happened in this stretch of ten seconds and in the one before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    began: Timestamp,
    window: Timestamp,
    before: u32,
    current: u32,
}

impl Pace {
    /// Nothing has happened yet.
    pub(crate) fn from(now: Timestamp) -> Self {
        Self { began: now, window: now, before: 0, current: 0 }
    }

    /// Counts one.
    pub(crate) fn count(&mut self, now: Timestamp) {
        self.move_to(now);
        self.current = self.current.saturating_add(1);
    }

    /// How many in a second: the mean of the last ten seconds, with what happened in the stretch before taken as evenly
    /// spread over it; of the time since the beginning while that is shorter, but of one second at least.
    pub(crate) fn per_second(mut self, now: Timestamp) -> f64 {
        self.move_to(now);
        let window = WINDOW.as_secs_f64();
        let left_of_before = (WINDOW.saturating_sub(now.since(self.window))).as_secs_f64() / window;
        let count = f64::from(self.current) + f64::from(self.before) * left_of_before;
        count / now.since(self.began).as_secs_f64().clamp(1.0, window)
    }

    fn move_to(&mut self, now: Timestamp) {
        let passed = now.since(self.window);
        if passed < WINDOW {
            return;
        }
        if passed < WINDOW * 2 {
            self.window = self.window + WINDOW;
            self.before = self.current;
        } else {
            self.window = now;
            self.before = 0;
        }
        self.current = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn counted(pace: &mut Pace, count: u32, now: Timestamp) {
        (0..count).for_each(|_| pace.count(now));
    }

    fn is(pace: Pace, now: Timestamp, expected: f64) {
        let found = pace.per_second(now);
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    #[test]
    fn a_young_one_is_measured_from_its_beginning() {
        let mut pace = Pace::from(at(100));
        is(pace, at(100), 0.0);
        counted(&mut pace, 6, at(100));
        is(pace, at(100), 6.0);
        is(pace, at(103), 2.0);
        is(pace, at(109), 6.0 / 9.0);
    }

    #[test]
    fn what_is_long_past_counts_no_more() {
        let mut pace = Pace::from(at(0));
        counted(&mut pace, 100, at(5));
        is(pace, at(10), 10.0);
        is(pace, at(15), 5.0);
        counted(&mut pace, 20, at(15));
        is(pace, at(15), 7.0);
        is(pace, at(25), 1.0);
        is(pace, at(30), 0.0);
        is(pace, at(1000), 0.0);
    }

    #[test]
    fn a_clock_that_goes_back_does_no_harm() {
        let mut pace = Pace::from(at(50));
        counted(&mut pace, 3, at(40));
        is(pace, at(40), 3.0);
    }
}
