//! Admission: how many sessions are opened at the same time, and when to come back for those who have to wait too long.
//!
//! After a restart everybody comes back at once. Opening a session costs a look into the store; a few at a time are
//! opened faster than all together, and those that are open already are served meanwhile.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tutti_core::random::Random;
use tutti_core::{Clock, Failure};

/// How many clients a second are expected back.
const RETURNS_PER_SECOND: u64 = 1000;
/// The times within which clients are told to come back.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// The places for sessions that are being opened.
pub struct Openings {
    places: Semaphore,
    patience: Duration,
    random: Random,
}

impl Openings {
    /// So many places, for which a client waits so long.
    #[must_use]
    pub fn new(places: usize, patience: Duration, random: Random) -> Self {
        Self { places: Semaphore::new(places.clamp(1, Semaphore::MAX_PERMITS)), patience, random }
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// `unavailable` after the patience is over, with a time to come back at that differs from client to client.
    pub async fn enter(&self, clock: &Arc<dyn Clock>, connections: usize) -> Result<SemaphorePermit<'_>, Failure> {
        if let Ok(place) = self.places.try_acquire() {
            return Ok(place);
        }
        match clock.timeout(self.patience, self.places.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(Failure::unavailable(self.when_to_return(connections))),
        }
    }

    /// When one of so many clients should come back: they are spread evenly over the time that so many take.
    #[must_use]
    pub fn when_to_return(&self, connections: usize) -> Duration {
        let seconds = u64::try_from(connections).unwrap_or(u64::MAX) / RETURNS_PER_SECOND;
        let spread = Duration::from_secs(seconds).clamp(SHORTEST, LONGEST);
        Duration::from_millis(self.random.below(u64::try_from(spread.as_millis()).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use tutti_core::clock::ManualClock;
    use tutti_protocol::{ErrorCode, Timestamp};

    use super::*;

    #[tokio::test]
    async fn who_waits_too_long_is_told_when_to_come_back() {
        let manual = ManualClock::at(Timestamp::from_millis(0));
        let clock: Arc<dyn Clock> = Arc::new(manual.clone());
        let openings = Openings::new(1, Duration::from_secs(5), Random::seeded(1));
        let place = openings.enter(&clock, 1).await.unwrap();
        let waiting = openings.enter(&clock, 20_000);
        let late = async {
            tokio::task::yield_now().await;
            manual.advance(Duration::from_secs(5));
        };
        let (refused, ()) = tokio::join!(waiting, late);
        let failure = refused.unwrap_err();
        assert_eq!(failure.code, ErrorCode::Unavailable);
        assert!(failure.retry_after.unwrap() < Duration::from_secs(20));
        drop(place);
        assert!(openings.enter(&clock, 1).await.is_ok());
    }

    #[test]
    fn the_more_there_are_the_longer_they_are_spread() {
        let openings = Openings::new(1, Duration::ZERO, Random::seeded(7));
        let latest = |connections| (0..1000).map(|_| openings.when_to_return(connections)).max().unwrap();
        assert!(latest(10) <= SHORTEST);
        assert!(latest(10_000) > Duration::from_secs(9) && latest(10_000) <= Duration::from_secs(10));
        assert!(latest(10_000_000) <= LONGEST);
    }
}
