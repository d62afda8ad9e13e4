//! Times as figures. A histogram of fixed size, for millions of deliveries a second are noted: each value is kept to
//! within two parts in a hundred, the largest exactly.

use serde::Serialize;

/// Values below this are kept exactly; each doubling above has so many places.
const PLACES: u64 = 64;
const SHIFT: u32 = PLACES.trailing_zeros();

/// How long things took, in nanoseconds.
#[derive(Debug, Default)]
pub(crate) struct Times {
    counts: Vec<u64>,
    total: u64,
    max: u64,
}

/// The figures of many times, in milliseconds.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(crate) struct Figures {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl Times {
    /// Notes one.
    pub(crate) fn note(&mut self, nanoseconds: u64) {
        let place = place(nanoseconds);
        if place >= self.counts.len() {
            self.counts.resize(place + 1, 0);
        }
        self.counts[place] += 1;
        self.total += 1;
        self.max = self.max.max(nanoseconds);
    }

    /// How many were noted.
    pub(crate) fn count(&self) -> u64 {
        self.total
    }

    /// The figures; nothing at all has zeros.
    pub(crate) fn figures(&self) -> Figures {
        let at = |percent| self.percentile(percent) as f64 / 1e6;
        Figures { p50: at(50), p95: at(95), p99: at(99), max: self.max as f64 / 1e6 }
    }

    fn percentile(&self, percent: u64) -> u64 {
        let wanted = (self.total * percent).div_ceil(100);
        let mut seen = 0;
        for (place, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return upper(place).min(self.max);
            }
        }
        self.max
    }
}

/// Which count a value belongs to.
fn place(value: u64) -> usize {
    let doublings = (u64::BITS - value.leading_zeros()).saturating_sub(SHIFT + 1);
    let place = u64::from(doublings) * PLACES + (value >> doublings);
    usize::try_from(place).unwrap_or(usize::MAX)
}

/// The largest value that belongs to a count.
fn upper(place: usize) -> u64 {
    let place = u64::try_from(place).unwrap_or(u64::MAX);
    let doublings = (place / PLACES).saturating_sub(1);
    let first = place - doublings * PLACES;
    ((first + 1) << doublings) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_its_place_and_close_to_its_end() {
        for value in (0..2000).chain([65_535, 1_000_000, 123_456_789, 60_000_000_000]) {
            let end = upper(place(value));
            assert!(end >= value && end - value <= value / 32, "{value} was kept as {end}");
        }
    }

    #[test]
    fn a_percentile_is_the_smallest_time_that_so_many_keep() {
        let mut times = Times::default();
        (1..=200).rev().for_each(|ms| times.note(ms * 1_000_000));
        let figures = times.figures();
        for (figure, exact) in [(figures.p50, 100.0), (figures.p95, 190.0), (figures.p99, 198.0)] {
            assert!((figure / exact - 1.0).abs() < 0.04, "{figure} for {exact}");
        }
        assert_eq!(figures.max, 200.0);
        assert_eq!(Times::default().figures().max, 0.0);
    }
}
