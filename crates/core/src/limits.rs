//! How often a user may do a thing: one limiter per operation, keyed by user, GCRA (a leaky bucket without timers).

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::clock::Clock;

/// So many in so long. All of them may come at once; then they grow back one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: NonZeroU32,
    /// In how long.
    pub per: Duration,
}

/// A limiter for one operation, keyed by user or address.
pub struct Limiter<K: Hash + Eq + Clone> {
    inner: RateLimiter<K, DefaultKeyedStateStore<K>, Ticks, NoOpMiddleware<Nanos>>,
    clock: Ticks,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// A limiter with nothing used up.
    #[must_use]
    pub fn new(rate: Rate, clock: Arc<dyn Clock>) -> Self {
        let step = (rate.per / rate.count.get()).max(Duration::from_nanos(1));
        let quota =
            Quota::with_period(step).map_or_else(|| Quota::per_second(rate.count), |q| q.allow_burst(rate.count));
        let clock = Ticks(clock);
        Self { inner: RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock.clone()), clock }
    }

    /// Counts one.
    ///
    /// # Errors
    /// How long to wait, when it is one too many.
    pub fn check(&self, key: &K) -> Result<(), Duration> {
        self.inner.check_key(key).map_err(|refused| refused.wait_time_from(self.clock.now()))
    }

    /// Forgets keys that have their whole allowance again; call it from time to time so that memory stays bounded.
    pub fn forget_idle(&self) {
        self.inner.retain_recent();
        self.inner.shrink_to_fit();
    }
}

/// Our clock, as the limiter wants to read it.
#[derive(Clone)]
struct Ticks(Arc<dyn Clock>);

impl GovernorClock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(Duration::from_millis(u64::try_from(self.0.now().millis()).unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests {
    use tutti_protocol::Timestamp;

    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn a_whole_allowance_at_once_then_one_by_one() {
        let clock = ManualClock::at(Timestamp::from_millis(1_000_000));
        let rate = Rate { count: NonZeroU32::new(100).unwrap(), per: Duration::from_secs(60) };
        let limiter = Limiter::new(rate, Arc::new(clock.clone()));
        for n in 0..100 {
            assert!(limiter.check(&"alice").is_ok(), "request {n}");
        }
        let wait = limiter.check(&"alice").unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_millis(600), "{wait:?}");
        assert!(limiter.check(&"bob").is_ok(), "another user's allowance is untouched");
        clock.advance(wait);
        assert!(limiter.check(&"alice").is_ok());
        assert!(limiter.check(&"alice").is_err());
    }
}
