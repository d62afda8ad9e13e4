//! The tail: what happens on a server, told live to operators who watch it. Whoever watches too slowly is told how much
//! went by. It never carries what users say; that is up to those who tell.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tutti_protocol::operator::{OperatorEvent, OperatorEventKind};

use crate::clock::Clock;

/// How many events are held for whoever watches; with more the oldest go by untold.
pub const CAPACITY: usize = 1024;
/// Most who watch at the same time.
pub const MAX_WATCHERS: usize = 32;

/// Tells what happens. While nobody watches, telling costs one look at a number.
pub struct Tail {
    watchers: AtomicUsize,
    ring: broadcast::Sender<Arc<OperatorEvent>>,
    clock: Arc<dyn Clock>,
}

impl Tail {
    /// A tail that nobody watches yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        let (ring, _) = broadcast::channel(CAPACITY);
        Arc::new(Self { watchers: AtomicUsize::new(0), ring, clock })
    }

    /// Tells that something happened. `complete` adds the particulars; it is called only when somebody watches.
    pub fn tell(&self, kind: OperatorEventKind, complete: impl FnOnce(&mut OperatorEvent)) {
        if self.watchers.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut event = OperatorEvent::new(kind, self.clock.now());
        complete(&mut event);
        // The last one who watched may have gone just now.
        let _ = self.ring.send(Arc::new(event));
    }

    /// Watches from now on; none when too many do.
    #[must_use]
    pub fn watch(self: &Arc<Self>) -> Option<Watch> {
        let counted = self.watchers.fetch_update(Ordering::AcqRel, Ordering::Acquire, |watchers| {
            (watchers < MAX_WATCHERS).then_some(watchers + 1)
        });
        counted.is_ok().then(|| Watch { events: self.ring.subscribe(), tail: Arc::clone(self) })
    }
}

/// Somebody who watches.
pub struct Watch {
    events: broadcast::Receiver<Arc<OperatorEvent>>,
    tail: Arc<Tail>,
}

impl Watch {
    /// What happened next, or how much was missed. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Arc<OperatorEvent> {
        match self.events.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(count)) => {
                let missed = OperatorEvent::new(OperatorEventKind::Missed, self.tail.clock.now());
                Arc::new(OperatorEvent { count: Some(count), ..missed })
            }
            // The tail, which this holds, has the sender.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.tail.watchers.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use tutti_protocol::Timestamp;

    use super::*;
    use crate::clock::ManualClock;

    fn tail() -> Arc<Tail> {
        Tail::new(Arc::new(ManualClock::at(Timestamp::from_millis(5))))
    }

    fn tell(tail: &Tail, number: u64) {
        tail.tell(OperatorEventKind::Published, |event| event.count = Some(number));
    }

    #[tokio::test]
    async fn who_watches_is_told_what_happens_from_then_on() {
        let tail = tail();
        tail.tell(OperatorEventKind::Published, |_| panic!("nobody watches"));
        let (mut one, mut other) = (tail.watch().unwrap(), tail.watch().unwrap());
        tell(&tail, 1);
        for watch in [&mut one, &mut other] {
            let event = watch.next().await;
            assert_eq!((event.kind, event.count), (OperatorEventKind::Published, Some(1)));
            assert_eq!(event.at, Timestamp::from_millis(5));
        }
        drop((one, other));
        tail.tell(OperatorEventKind::Published, |_| panic!("nobody watches any more"));
    }

    #[tokio::test]
    async fn who_is_too_slow_is_told_how_much_went_by() {
        let tail = tail();
        let mut watch = tail.watch().unwrap();
        let told = CAPACITY as u64 + 7;
        for number in 1..=told {
            tell(&tail, number);
        }
        let missed = watch.next().await;
        assert_eq!((missed.kind, missed.count), (OperatorEventKind::Missed, Some(7)));
        for number in 8..=told {
            assert_eq!(watch.next().await.count, Some(number));
        }
    }

    #[test]
    fn so_many_watch_and_no_more() {
        let tail = tail();
        let mut watching: Vec<Watch> = (0..MAX_WATCHERS).map(|_| tail.watch().unwrap()).collect();
        assert!(tail.watch().is_none());
        watching.pop();
        assert!(tail.watch().is_some());
    }
}
