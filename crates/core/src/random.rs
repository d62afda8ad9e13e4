//! Randomness, passed in: seeded from the system in a server, from a number in a test.

use parking_lot::Mutex;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// A source of random numbers that many tasks share. Not for secrets.
#[derive(Debug)]
pub struct Random {
    source: Mutex<SmallRng>,
}

impl Random {
    /// Seeded by the operating system.
    #[must_use]
    pub fn from_system() -> Self {
        Self { source: Mutex::new(SmallRng::from_os_rng()) }
    }

    /// Gives the same numbers for the same seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { source: Mutex::new(SmallRng::seed_from_u64(seed)) }
    }

    /// A number from zero up to, not including, `end`; zero when `end` is zero.
    #[must_use]
    pub fn below(&self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.source.lock().random_range(0..end) }
    }
}
