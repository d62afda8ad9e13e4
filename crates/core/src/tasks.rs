//! The supervisor: the only place that spawns. It knows every task by name, restarts workers that panic, and at the
//! end tells all of them to stop and waits.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;

/// How long a worker that panicked rests before it is started again.
const RESTART_DELAY: Duration = Duration::from_secs(1);

/// Owner of all tasks of one server. Clones share them.
#[derive(Clone)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
    clock: Arc<dyn Clock>,
}

impl Tasks {
    /// A supervisor with nothing to do yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { tracker: TaskTracker::new(), stop: CancellationToken::new(), clock }
    }

    /// Runs a task to its end. It must end soon after [`Tasks::stopping`] resolves.
    #[expect(clippy::disallowed_methods, reason = "this is the supervisor")]
    pub fn spawn<F>(&self, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(tokio::spawn(self.tracker.track_future(future)));
    }

    /// Runs a worker for the life of the server: `make` is called for each start, and again after a panic.
    #[expect(clippy::disallowed_methods, reason = "this is the supervisor")]
    pub fn worker<F, W>(&self, name: &'static str, make: F)
    where
        F: Fn() -> W + Send + 'static,
        W: Future<Output = ()> + Send + 'static,
    {
        let (stop, clock, tracker) = (self.stop.clone(), Arc::clone(&self.clock), self.tracker.clone());
        self.spawn(async move {
            while let Err(panic) = tokio::spawn(tracker.track_future(make())).await {
                tracing::error!(worker = name, %panic, "worker panicked, starting it again");
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = clock.sleep(RESTART_DELAY) => {}
                }
            }
        });
    }

    /// How many tasks have not ended yet.
    #[must_use]
    pub fn live(&self) -> usize {
        self.tracker.len()
    }

    /// Resolves when the server stops.
    pub async fn stopping(&self) {
        self.stop.cancelled().await;
    }

    /// Whether the server is stopping.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Tells every task to stop, and does not wait.
    pub fn begin_stop(&self) {
        self.stop.cancel();
    }

    /// Tells every task to stop and waits for all of them, for at most `deadline`. Returns whether all ended in time.
    pub async fn stop(&self, deadline: Duration) -> bool {
        self.begin_stop();
        self.tracker.close();
        self.clock.timeout(deadline, self.tracker.wait()).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tutti_protocol::Timestamp;

    use super::*;
    use crate::clock::ManualClock;

    #[tokio::test]
    async fn a_worker_that_panics_is_started_again_and_stop_joins_it() {
        let clock = ManualClock::at(Timestamp::from_millis(0));
        let tasks = Tasks::new(Arc::new(clock.clone()));
        let starts = Arc::new(AtomicUsize::new(0));
        let (again, mut started) = tokio::sync::mpsc::channel(4);
        let (counted, owner) = (Arc::clone(&starts), tasks.clone());
        tasks.worker("test", move || {
            let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
            let (owner, again) = (owner.clone(), again.clone());
            async move {
                again.send(()).await.unwrap();
                assert!(!first, "the first start fails on purpose");
                owner.stopping().await;
            }
        });
        started.recv().await.unwrap();
        while clock.sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        clock.advance(RESTART_DELAY);
        started.recv().await.unwrap();
        assert_eq!(tasks.live(), 2, "the worker and who watches over it");
        assert!(tasks.stop(Duration::from_secs(1)).await);
        assert_eq!((starts.load(Ordering::SeqCst), tasks.live()), (2, 0));
    }
}
