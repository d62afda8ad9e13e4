//! One state and the way out of it, in one order: what changes come out of the state leave in the order in which they
//! were made, also when many tasks change it at once.
//!
//! How: a change and its place in the queue are decided under one lock, held without waiting. Sending waits, so it has
//! a lock of its own: whoever holds it takes changes from the front until none is left. A change leaves the queue only
//! after it was sent; if the task that sends is dropped on the way, the next to send sends it again rather than never.
//!
//! The queue is bounded by its callers: each waits until its own change was sent before it can make the next.

use std::collections::VecDeque;

use parking_lot::Mutex;

/// Most changes that are taken from the queue at once.
const BATCH: usize = 256;

/// A state with an ordered way out.
pub(crate) struct Lane<S, T> {
    inner: Mutex<Inner<S, T>>,
    sending: tokio::sync::Mutex<()>,
}

struct Inner<S, T> {
    state: S,
    waiting: VecDeque<T>,
}

impl<S, T: Clone> Lane<S, T> {
    pub(crate) fn new(state: S) -> Self {
        Self { inner: Mutex::new(Inner { state, waiting: VecDeque::new() }), sending: tokio::sync::Mutex::default() }
    }

    /// Looks at the state, or changes it without anybody seeing.
    pub(crate) fn with<R>(&self, look: impl FnOnce(&mut S) -> R) -> R {
        look(&mut self.inner.lock().state)
    }

    /// Changes the state and queues what comes out. Returns whether anything did; then a [`Turn`] must follow.
    pub(crate) fn change<I: IntoIterator<Item = T>>(&self, change: impl FnOnce(&mut S) -> I) -> bool {
        let mut inner = self.inner.lock();
        let before = inner.waiting.len();
        let made = change(&mut inner.state);
        inner.waiting.extend(made);
        inner.waiting.len() > before
    }

    /// Waits for the right to send. Whoever has it takes batches until there is none; then everything that waited when
    /// they asked has been sent.
    pub(crate) async fn turn(&self) -> Turn<'_, S, T> {
        Turn { lane: self, _sending: self.sending.lock().await }
    }
}

/// The right to send.
pub(crate) struct Turn<'a, S, T> {
    lane: &'a Lane<S, T>,
    _sending: tokio::sync::MutexGuard<'a, ()>,
}

impl<S, T: Clone> Turn<'_, S, T> {
    /// The changes at the front; they stay in the queue until they were [`Turn::sent`].
    pub(crate) fn batch(&self) -> Option<Vec<T>> {
        let batch: Vec<T> = self.lane.inner.lock().waiting.iter().take(BATCH).cloned().collect();
        (!batch.is_empty()).then_some(batch)
    }

    /// The change at the front was sent.
    pub(crate) fn sent(&self) {
        self.lane.inner.lock().waiting.pop_front();
    }
}
