//! The gap buffer: holds live frames while history is read, and lets through those that history did not contain.
//!
//! A connection that resumes first listens, then reads what it missed, then goes live. Whatever arrives in between is
//! held here. Because listening began before the reading, every event is in the history, in the buffer, or in both; the
//! buffer drops what is in both. So nothing is lost, nothing comes out of order, and nothing comes twice.

use std::collections::HashMap;
use std::sync::Arc;

use tutti_core::Topic;

use crate::wire::Frame;

/// Live frames on hold.
#[derive(Debug)]
pub struct GapBuffer {
    held: Vec<Arc<Frame>>,
    bytes: usize,
    max_bytes: usize,
}

/// More arrived than may be held. The connection is closed as a slow consumer and resumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overflow;

/// The newest offset that history contained, by topic.
#[derive(Debug, Default)]
pub struct Replayed {
    newest: HashMap<Topic, u64>,
}

impl Replayed {
    /// Takes note of a frame that was read from history.
    pub fn note(&mut self, topic: &Topic, offset: u64) {
        match self.newest.get_mut(topic) {
            Some(newest) => *newest = offset.max(*newest),
            None => {
                self.newest.insert(topic.clone(), offset);
            }
        }
    }

    fn contains(&self, frame: &Frame) -> bool {
        frame
            .position
            .is_some_and(|position| self.newest.get(&frame.topic).is_some_and(|newest| position.offset <= *newest))
    }
}

impl GapBuffer {
    /// An empty buffer for at most so many bytes.
    #[must_use]
    pub fn new(max_bytes: usize) -> Self {
        Self { held: Vec::new(), bytes: 0, max_bytes }
    }

    /// Holds a live frame. Ephemeral ones are let go at once: by the time history is read they say nothing any more.
    ///
    /// # Errors
    /// [`Overflow`] when it does not fit.
    pub fn hold(&mut self, frame: &Arc<Frame>) -> Result<(), Overflow> {
        if frame.position.is_none() {
            return Ok(());
        }
        self.bytes += frame.len();
        if self.bytes > self.max_bytes {
            return Err(Overflow);
        }
        self.held.push(Arc::clone(frame));
        Ok(())
    }

    /// The held frames that history did not contain, in the order in which they came.
    pub fn release(self, replayed: &Replayed) -> impl Iterator<Item = Arc<Frame>> {
        self.held.into_iter().filter(|frame| !replayed.contains(frame))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use proptest::prelude::*;
    use tutti_core::bus::{Position, Push, WhenSlow};
    use tutti_protocol::{ConversationId, EventId};

    use super::*;

    fn topic(n: u64) -> Topic {
        Topic::Conversation(ConversationId(n))
    }

    fn frame(topic_number: u64, offset: u64, event: u64) -> Arc<Frame> {
        Arc::new(Frame::from(Push {
            topic: topic(topic_number),
            frame: Bytes::from(format!("{{\"type\":\"test\",\"n\":{event}}}")),
            except: None,
            position: Some(Position { event: EventId(event), offset }),
            when_slow: WhenSlow::Disconnect,
            gather: Duration::ZERO,
        }))
    }

    #[test]
    fn a_buffer_that_is_full_says_so() {
        let mut gap = GapBuffer::new(frame(1, 1, 1).len() * 2);
        assert_eq!(gap.hold(&frame(1, 1, 1)), Ok(()));
        assert_eq!(gap.hold(&frame(1, 2, 2)), Ok(()));
        assert_eq!(gap.hold(&frame(1, 3, 3)), Err(Overflow));
    }

    proptest! {
        /// Events are committed one after another; the hub delivers them later, in order. History is read at some
        /// moment after listening began. However these three interleave, the client gets every event after `since`
        /// once, in order.
        #[test]
        fn nothing_is_lost_doubled_or_reordered(
            topics in prop::collection::vec(0_u64..3, 1..60),
            since in 0_usize..60,
            listen_after in 0_usize..60,
            read_after in 0_usize..60,
        ) {
            let mut offsets = [0_u64; 3];
            let log: Vec<(u64, u64, u64)> = topics
                .iter()
                .zip(1_u64..)
                .map(|(t, event)| {
                    let slot = &mut offsets[usize::try_from(*t).unwrap()];
                    *slot += 1;
                    (*t, *slot, event)
                })
                .collect();
            let since = since.min(log.len());
            // The hub has delivered `listen_after` events when the connection begins to listen; history is read when
            // `read_after` are committed, which is not before those were delivered.
            let listen_after = listen_after.min(log.len()).max(since);
            let read_after = read_after.min(log.len()).max(listen_after);

            let mut replayed = Replayed::default();
            let mut got: Vec<u64> = Vec::new();
            for (t, offset, event) in &log[since..read_after] {
                replayed.note(&topic(*t), *offset);
                got.push(*event);
            }
            let mut gap = GapBuffer::new(usize::MAX);
            for (t, offset, event) in &log[listen_after..] {
                gap.hold(&frame(*t, *offset, *event)).unwrap();
            }
            got.extend(gap.release(&replayed).map(|frame| frame.position.unwrap().event.0));

            let expected: Vec<u64> = log[since..].iter().map(|(_, _, event)| *event).collect();
            prop_assert_eq!(got, expected);
        }
    }
}
