//! What waits to be written to one connection: bounded in bytes, and with a stated result when the bound is crossed.
//! What may be dropped is dropped, oldest first; if that is not enough, the reader is too slow and is told to resume.
//!
//! Pure data: who writes, and when, is the peer's business.

use std::collections::VecDeque;

use bytes::{Buf, Bytes};

/// Bytes that wait, in order.
#[derive(Debug)]
pub struct Outbound {
    queue: VecDeque<Waiting>,
    bytes: usize,
    max_bytes: usize,
}

#[derive(Debug)]
struct Waiting {
    bytes: Bytes,
    /// [`Keep::Always`] once its first byte is written.
    keep: Keep,
}

/// Whether bytes may be dropped when too much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// They must reach the client.
    Always,
    /// They may be dropped.
    IfRoom,
    /// They may be dropped, and replace what waits under the same key.
    Latest(u64),
}

/// What became of bytes that were to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// They wait.
    Queued,
    /// They wait, or were dropped themselves; so many frames were dropped in all.
    Dropped(usize),
    /// They do not fit: the reader is too slow.
    Overflow,
}

impl Outbound {
    /// An empty queue for at most so many bytes.
    #[must_use]
    pub fn new(max_bytes: usize) -> Self {
        Self { queue: VecDeque::new(), bytes: 0, max_bytes }
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// How many bytes wait.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds bytes behind what waits already.
    pub fn push(&mut self, bytes: Bytes, keep: Keep) -> Pushed {
        let mut dropped = 0;
        if let Keep::Latest(_) = keep {
            dropped += self.drop_where(usize::MAX, |waiting| waiting.keep == keep);
        }
        let excess = (self.bytes + bytes.len()).saturating_sub(self.max_bytes);
        if excess > 0 {
            dropped += self.drop_where(excess, |waiting| waiting.keep != Keep::Always);
        }
        if self.bytes + bytes.len() <= self.max_bytes {
            self.bytes += bytes.len();
            self.queue.push_back(Waiting { bytes, keep });
        } else if keep == Keep::Always {
            return Pushed::Overflow;
        } else {
            dropped += 1;
        }
        if dropped == 0 { Pushed::Queued } else { Pushed::Dropped(dropped) }
    }

    /// Drops what may be dropped, oldest first, until at least so many bytes are free of it. Returns how many frames.
    fn drop_where(&mut self, wanted: usize, may_go: impl Fn(&Waiting) -> bool) -> usize {
        let before = self.queue.len();
        let mut freed = 0;
        self.queue.retain(|waiting| {
            let goes = freed < wanted && may_go(waiting);
            if goes {
                freed += waiting.bytes.len();
            }
            !goes
        });
        self.bytes -= freed;
        before - self.queue.len()
    }

    /// The bytes to write next.
    #[must_use]
    pub fn front(&self) -> Option<&Bytes> {
        self.queue.front().map(|waiting| &waiting.bytes)
    }

    /// Takes note that so many bytes of the front were written.
    pub fn advance(&mut self, written: usize) {
        let Some(front) = self.queue.front_mut() else { return };
        let written = written.min(front.bytes.len());
        self.bytes -= written;
        if written == front.bytes.len() {
            self.queue.pop_front();
        } else {
            front.bytes.advance(written);
            front.keep = Keep::Always;
        }
        if self.queue.is_empty() {
            self.queue = VecDeque::new();
        }
    }

    /// Takes everything.
    pub fn take(&mut self) -> Vec<Bytes> {
        self.bytes = 0;
        std::mem::take(&mut self.queue).into_iter().map(|waiting| waiting.bytes).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(n: usize) -> Bytes {
        Bytes::from(vec![b'x'; n])
    }

    #[test]
    fn what_may_be_dropped_goes_first_then_the_reader_is_too_slow() {
        let mut outbound = Outbound::new(10);
        assert_eq!(outbound.push(bytes(4), Keep::Always), Pushed::Queued);
        assert_eq!(outbound.push(bytes(4), Keep::IfRoom), Pushed::Queued);
        assert_eq!(outbound.push(bytes(4), Keep::Always), Pushed::Dropped(1));
        assert_eq!(outbound.bytes(), 8);
        assert_eq!(outbound.push(bytes(4), Keep::IfRoom), Pushed::Dropped(1), "it is dropped itself");
        assert_eq!(outbound.push(bytes(4), Keep::Always), Pushed::Overflow);
        assert_eq!(outbound.bytes(), 8);
    }

    #[test]
    fn the_oldest_goes_first_and_no_more_than_is_needed() {
        let mut outbound = Outbound::new(10);
        for byte in [b'a', b'b', b'c'] {
            outbound.push(Bytes::from(vec![byte; 3]), Keep::IfRoom);
        }
        assert_eq!(outbound.push(bytes(3), Keep::IfRoom), Pushed::Dropped(1));
        let left: Vec<u8> = outbound.take().iter().map(|bytes| bytes[0]).collect();
        assert_eq!(left, b"bcx");
    }

    #[test]
    fn the_latest_of_a_key_takes_the_place_of_the_one_before() {
        let mut outbound = Outbound::new(100);
        outbound.push(Bytes::from_static(b"1"), Keep::Latest(7));
        outbound.push(Bytes::from_static(b"other"), Keep::Latest(8));
        assert_eq!(outbound.push(Bytes::from_static(b"2"), Keep::Latest(7)), Pushed::Dropped(1));
        assert_eq!(outbound.take(), [&b"other"[..], b"2"]);
    }

    #[test]
    fn a_frame_that_has_begun_is_never_dropped() {
        let mut outbound = Outbound::new(10);
        outbound.push(bytes(6), Keep::IfRoom);
        outbound.advance(2);
        assert_eq!(outbound.push(bytes(8), Keep::Always), Pushed::Overflow, "half a frame must stay");
        assert_eq!(outbound.bytes(), 4);
        outbound.advance(4);
        assert!(outbound.is_empty());
    }
}
