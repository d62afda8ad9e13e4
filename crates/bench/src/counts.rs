//! What every workload counts while it runs.

use crate::check::Tally;
use crate::clock::SECOND;
use crate::figures::Times;
use crate::net::NEVER;

/// The sums of a run.
#[derive(Debug)]
pub(crate) struct Counts {
    pub(crate) messages: u64,
    pub(crate) deliveries: u64,
    /// Requests that were refused.
    pub(crate) errors: u64,
    pub(crate) lost_connections: u64,
    pub(crate) tally: Tally,
    pub(crate) times: Times,
    /// What was refused or lost first, for a person to read.
    pub(crate) first_trouble: Option<String>,
    /// Times count from here on.
    since: u64,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            messages: 0,
            deliveries: 0,
            errors: 0,
            lost_connections: 0,
            tally: Tally::default(),
            times: Times::default(),
            first_trouble: None,
            since: NEVER,
        }
    }
}

impl Counts {
    /// What is sent from now on is timed.
    pub(crate) fn time_from(&mut self, at: u64) {
        self.since = at;
    }

    /// From when on what is sent is timed; [`NEVER`] before that is known.
    pub(crate) fn timed_from(&self) -> u64 {
        self.since
    }

    /// Something that was sent then took until now, if it is timed.
    pub(crate) fn took(&mut self, sent: u64, at: u64) {
        if sent >= self.since {
            self.times.note(at.saturating_sub(sent));
        }
    }

    /// A request was refused.
    pub(crate) fn refused(&mut self, frame: &[u8]) {
        self.errors += 1;
        self.first_trouble.get_or_insert_with(|| String::from_utf8_lossy(frame).into_owned());
    }

    /// A connection was lost.
    pub(crate) fn lost_connection(&mut self, why: &str) {
        self.lost_connections += 1;
        self.first_trouble.get_or_insert_with(|| why.to_owned());
    }

    /// All that went wrong so far.
    pub(crate) fn troubles(&self) -> u64 {
        let Tally { lost, repeated, out_of_order, strange } = self.tally;
        self.errors + self.lost_connections + lost + repeated + out_of_order + strange
    }
}

/// Times at which something is due: so many a second from a moment on, whatever happens meanwhile.
#[derive(Debug)]
pub(crate) struct Schedule {
    begun: u64,
    rate: u64,
    done: u64,
}

impl Schedule {
    /// So many a second from a moment on.
    pub(crate) fn new(rate: u32, begun: u64) -> Self {
        Self { begun, rate: u64::from(rate.max(1)), done: 0 }
    }

    /// Begins at this moment, for one that was made before it was known.
    pub(crate) fn begin(&mut self, at: u64) {
        (self.begun, self.done) = (at, 0);
    }

    /// When the next one is due.
    pub(crate) fn due(&self) -> u64 {
        let passed = u128::from(self.done) * u128::from(SECOND) / u128::from(self.rate);
        self.begun.saturating_add(u64::try_from(passed).unwrap_or(u64::MAX))
    }

    /// Takes one that is due, with its number and its time.
    pub(crate) fn take(&mut self, now: u64) -> Option<(u64, u64)> {
        let due = self.due();
        (due <= now).then(|| {
            self.done += 1;
            (self.done - 1, due)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_before_the_measurement_is_not_timed() {
        let mut counts = Counts::default();
        counts.took(5, 10);
        counts.time_from(100);
        counts.took(99, 200);
        counts.took(100, 2_000_100);
        assert_eq!(counts.times.figures().max, 2.0);
    }

    #[test]
    fn a_schedule_falls_behind_but_forgets_nothing() {
        let mut schedule = Schedule::new(10, 1000);
        assert_eq!(schedule.take(999), None);
        assert_eq!(schedule.take(1000), Some((0, 1000)));
        assert_eq!(schedule.due(), 1000 + SECOND / 10);
        let late: Vec<u64> = std::iter::from_fn(|| schedule.take(1000 + SECOND)).map(|(number, _)| number).collect();
        assert_eq!(late, (1..=10).collect::<Vec<_>>());
    }
}
