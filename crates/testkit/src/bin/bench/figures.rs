//! Times as figures, and reading the clock finely enough for them.

use std::time::{Duration, Instant};

use serde::Serialize;

/// The present moment. The project's clock counts milliseconds, which is too coarse here.
#[expect(clippy::disallowed_methods, reason = "measures a real server; nothing is decided by it")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// How long things took.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

/// The figures of many times, in milliseconds.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(crate) struct Figures {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl Times {
    pub(crate) fn note(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Nothing at all has figures of zero.
    pub(crate) fn figures(mut self) -> Figures {
        self.0.sort_unstable();
        let at = |percent: usize| {
            let place = (self.0.len() * percent).div_ceil(100).max(1) - 1;
            self.0.get(place).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
        };
        Figures { p50: at(50), p95: at(95), p99: at(99), max: at(100) }
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { p50, p95, p99, max } = self;
        write!(f, "p50 {p50:.1} ms, p95 {p95:.1} ms, p99 {p99:.1} ms, max {max:.1} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_smallest_time_that_so_many_keep() {
        let mut times = Times::default();
        (1..=200).rev().for_each(|ms| times.note(Duration::from_millis(ms)));
        let figures = times.figures();
        assert_eq!((figures.p50, figures.p95, figures.p99, figures.max), (100.0, 190.0, 198.0, 200.0));
        assert_eq!(Times::default().figures().max, 0.0);
    }
}
