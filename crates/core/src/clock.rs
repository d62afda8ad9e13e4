//! Time, passed in. Everything that waits or stamps takes a [`Clock`]; this is the one file that reads the real one.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use tutti_protocol::Timestamp;

/// A future that resolves when a point in time is reached.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What time it is, and waiting for a later one.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Resolves at `deadline`, or at once if it has passed.
    fn sleep_until(&self, deadline: Timestamp) -> Sleep;
}

impl dyn Clock {
    /// Resolves after `span`.
    pub fn sleep(&self, span: Duration) -> Sleep {
        self.sleep_until(self.now() + span)
    }

    /// Runs `work` for at most `span`.
    ///
    /// # Errors
    /// [`Elapsed`] when the time is over first; `work` is dropped.
    pub async fn timeout<F: Future>(&self, span: Duration, work: F) -> Result<F::Output, Elapsed> {
        let sleep = self.sleep(span);
        tokio::select! {
            biased;
            output = work => Ok(output),
            () = sleep => Err(Elapsed),
        }
    }
}

/// The time allowed was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed;

impl std::fmt::Display for Elapsed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the time allowed was over")
    }
}

impl std::error::Error for Elapsed {}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
    fn sleep_until(&self, deadline: Timestamp) -> Sleep {
        Box::pin(tokio::time::sleep(deadline.since(self.now())))
    }
}

/// A clock that stands still until a test moves it. Clones share the time.
#[derive(Debug, Clone)]
pub struct ManualClock {
    inner: Arc<Mutex<Manual>>,
}

#[derive(Debug)]
struct Manual {
    now: Timestamp,
    /// Sleepers by deadline; the number keeps equal deadlines apart and in order.
    sleepers: BTreeMap<(Timestamp, u64), oneshot::Sender<()>>,
    next: u64,
}

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn at(start: Timestamp) -> Self {
        Self { inner: Arc::new(Mutex::new(Manual { now: start, sleepers: BTreeMap::new(), next: 0 })) }
    }

    /// Moves the time on and wakes everybody whose deadline has come, the earliest first.
    pub fn advance(&self, span: Duration) {
        let woken = {
            let mut inner = self.inner.lock();
            inner.now = inner.now + span;
            let now = inner.now;
            let later = inner.sleepers.split_off(&(now, u64::MAX));
            std::mem::replace(&mut inner.sleepers, later)
        };
        for waker in woken.into_values() {
            // A sleeper that was dropped has nobody to wake.
            let _ = waker.send(());
        }
    }

    /// How many sleepers wait, so that a test can tell that a timer was set before it moves the time.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        let mut inner = self.inner.lock();
        inner.sleepers.retain(|_, waker| !waker.is_closed());
        inner.sleepers.len()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.inner.lock().now
    }

    fn sleep_until(&self, deadline: Timestamp) -> Sleep {
        let mut inner = self.inner.lock();
        if deadline <= inner.now {
            return Box::pin(std::future::ready(()));
        }
        let (waker, woken) = oneshot::channel();
        let number = inner.next;
        inner.next += 1;
        inner.sleepers.insert((deadline, number), waker);
        Box::pin(async move {
            // The clock drops a waker only by firing it, or when the whole clock is gone and time has ended.
            let _ = woken.await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleepers_wake_when_their_time_has_come_and_not_before() {
        let clock = ManualClock::at(Timestamp::from_millis(1_000));
        let mut late = clock.sleep_until(Timestamp::from_millis(3_000));
        clock.advance(Duration::from_millis(1_999));
        assert!(futures_poll(&mut late).await.is_none(), "one millisecond early");
        clock.advance(Duration::from_millis(1));
        late.await;
        assert_eq!(clock.now(), Timestamp::from_millis(3_000));
    }

    async fn futures_poll(sleep: &mut Sleep) -> Option<()> {
        std::future::poll_fn(|cx| {
            std::task::Poll::Ready(match sleep.as_mut().poll(cx) {
                std::task::Poll::Ready(()) => Some(()),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
