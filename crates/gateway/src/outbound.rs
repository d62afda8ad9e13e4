//! What waits to be written to one connection: bounded in bytes, and with a stated result when the bound is crossed.
//! Ephemeral frames are dropped first; if that is not enough, the reader is too slow and is told to resume.
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
    /// Whether it may be dropped. Never so once its first byte is written.
    droppable: bool,
}

/// What became of bytes that were to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// They wait.
    Queued,
    /// They wait, or were themselves dropped, and so many ephemeral frames with them.
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
    pub fn push(&mut self, bytes: Bytes, droppable: bool) -> Pushed {
        let length = bytes.len();
        if self.bytes + length <= self.max_bytes {
            self.append(bytes, droppable);
            return Pushed::Queued;
        }
        let mut dropped = self.drop_ephemeral();
        if self.bytes + length <= self.max_bytes {
            self.append(bytes, droppable);
        } else if droppable {
            dropped += 1;
        } else {
            return Pushed::Overflow;
        }
        Pushed::Dropped(dropped)
    }

    fn append(&mut self, bytes: Bytes, droppable: bool) {
        self.bytes += bytes.len();
        self.queue.push_back(Waiting { bytes, droppable });
    }

    fn drop_ephemeral(&mut self) -> usize {
        let before = self.queue.len();
        let mut freed = 0;
        self.queue.retain(|waiting| {
            if waiting.droppable {
                freed += waiting.bytes.len();
            }
            !waiting.droppable
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
            front.droppable = false;
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
    fn ephemeral_frames_go_first_then_the_reader_is_too_slow() {
        let mut outbound = Outbound::new(10);
        assert_eq!(outbound.push(bytes(4), false), Pushed::Queued);
        assert_eq!(outbound.push(bytes(4), true), Pushed::Queued);
        assert_eq!(outbound.push(bytes(4), false), Pushed::Dropped(1));
        assert_eq!(outbound.bytes(), 8);
        assert_eq!(outbound.push(bytes(4), true), Pushed::Dropped(1), "it is dropped itself");
        assert_eq!(outbound.push(bytes(4), false), Pushed::Overflow);
        assert_eq!(outbound.bytes(), 8);
    }

    #[test]
    fn a_frame_that_has_begun_is_never_dropped() {
        let mut outbound = Outbound::new(10);
        outbound.push(bytes(6), true);
        outbound.advance(2);
        assert_eq!(outbound.push(bytes(8), false), Pushed::Overflow, "half a frame must stay");
        assert_eq!(outbound.bytes(), 4);
        outbound.advance(4);
        assert!(outbound.is_empty());
    }
}
