//! Admission: how many sessions are opened at the same time, and when to come back for those who have to wait too long.
//!
//! After a restart everybody comes back at once. Opening a session costs a look into the store; a few at a time are
//! opened faster than all together, and those that are open already are served meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tutti_core::random::Random;
use tutti_core::{Clock, Failure};
use tutti_protocol::Timestamp;

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
    /// Before this nobody is let in, in milliseconds since the epoch.
    shut_until: AtomicI64,
}

impl Openings {
    /// So many places, for which a client waits so long.
    #[must_use]
    pub fn new(places: usize, patience: Duration, random: Random) -> Self {
        let places = Semaphore::new(places.clamp(1, Semaphore::MAX_PERMITS));
        Self { places, patience, random, shut_until: AtomicI64::new(0) }
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
            _ => Err(Failure::unavailable(self.when_to_return(connections, clock.now()))),
        }
    }

    /// Takes note that the server goes away, and that who comes before this finds the door shut.
    pub fn shut_until(&self, at: Timestamp) {
        self.shut_until.store(at.millis(), Ordering::Relaxed);
    }

    /// In what time so many clients can come back.
    #[must_use]
    pub fn time_to_return(connections: usize) -> Duration {
        Duration::from_millis(u64::try_from(connections).unwrap_or(u64::MAX).saturating_mul(1000) / RETURNS_PER_SECOND)
    }

    /// When one of so many clients should come back: they are spread evenly over the time that so many take.
    #[must_use]
    pub fn when_to_return(&self, connections: usize, now: Timestamp) -> Duration {
        let spread = Self::time_to_return(connections).clamp(SHORTEST, LONGEST);
        let shut = Timestamp::from_millis(self.shut_until.load(Ordering::Relaxed)).since(now);
        shut + Duration::from_millis(self.random.below(u64::try_from(spread.as_millis()).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use tutti_core::clock::ManualClock;
    use tutti_protocol::ErrorCode;

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
        let now = Timestamp::from_millis(5000);
        let latest = |connections| (0..1000).map(|_| openings.when_to_return(connections, now)).max().unwrap();
        assert!(latest(10) <= SHORTEST);
        assert!(latest(10_000) > Duration::from_secs(9) && latest(10_000) <= Duration::from_secs(10));
        assert!(latest(10_000_000) <= LONGEST);
    }

    #[test]
    fn nobody_is_told_to_come_back_before_the_door_opens() {
        let openings = Openings::new(1, Duration::ZERO, Random::seeded(7));
        openings.shut_until(Timestamp::from_millis(9000));
        let wait = |now| openings.when_to_return(10, Timestamp::from_millis(now));
        assert!((0..1000).all(|_| wait(5000) >= Duration::from_secs(4)));
        assert!((0..1000).all(|_| wait(9000) <= SHORTEST));
    }
}
