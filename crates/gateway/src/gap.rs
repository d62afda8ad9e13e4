//! The gap buffer: holds live frames while history is read, and lets through those that history did not contain.
//!
//! A connection first listens, then learns what it missed up to some event of the log, then waits until the bus has
//! come that far, then goes live. Whatever arrives in between is held here. Because listening began before the reading,
//! every event is in the history, in the buffer, or in both; the buffer drops what is in both. So nothing is lost,
//! nothing comes out of order, and nothing comes twice.

use std::sync::Arc;

use tutti_protocol::EventId;

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
        if frame.event.is_none() {
            return Ok(());
        }
        self.bytes += frame.len();
        if self.bytes > self.max_bytes {
            return Err(Overflow);
        }
        self.held.push(Arc::clone(frame));
        Ok(())
    }

    /// The held frames that history up to `latest` did not contain, in the order in which they came.
    pub fn release(self, latest: EventId) -> impl Iterator<Item = Arc<Frame>> {
        self.held.into_iter().filter(move |frame| frame.event.is_some_and(|event| event > latest))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use proptest::prelude::*;
    use tutti_core::Topic;
    use tutti_core::bus::{Push, WhenSlow};
    use tutti_protocol::ConversationId;

    use super::*;

    fn frame(event: u64) -> Arc<Frame> {
        Arc::new(Frame::from(Push {
            topic: Topic::Conversation(ConversationId(1)),
            frame: Bytes::from(format!("{{\"type\":\"test\",\"n\":{event}}}")),
            except: None,
            event: Some(EventId(event)),
            when_slow: WhenSlow::Disconnect,
            gather: Duration::ZERO,
        }))
    }

    #[test]
    fn a_buffer_that_is_full_says_so() {
        let mut gap = GapBuffer::new(frame(1).len() * 2);
        assert_eq!(gap.hold(&frame(1)), Ok(()));
        assert_eq!(gap.hold(&frame(2)), Ok(()));
        assert_eq!(gap.hold(&frame(3)), Err(Overflow));
    }

    proptest! {
        /// Events are committed one after another; the hub delivers them later, in order. The connection begins to
        /// listen, history is read, and when the hub has come as far as history the connection goes live. However these
        /// interleave, the client gets every event after `since` once, in order.
        #[test]
        fn nothing_is_lost_doubled_or_reordered(mut moments in prop::array::uniform5(0_u64..60)) {
            moments.sort_unstable();
            let [since, listening, read, live, all] = moments;
            let mut got: Vec<u64> = (since + 1..=read).collect();
            let mut gap = GapBuffer::new(usize::MAX);
            for event in listening + 1..=live {
                gap.hold(&frame(event)).unwrap();
            }
            got.extend(gap.release(EventId(read)).filter_map(|frame| Some(frame.event?.0)));
            got.extend(live + 1..=all);
            prop_assert_eq!(got, (since + 1..=all).collect::<Vec<_>>());
        }
    }
}
