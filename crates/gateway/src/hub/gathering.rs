//! Frames that wait a little for others, so that a busy channel costs fewer writes. Bounded in time by what each frame allows, and in bytes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tutti_protocol::Timestamp;

use crate::wire::Frame;

/// Most bytes that wait together; with more they go at once.
const MAX_BYTES: usize = 1_048_576;

/// Frames by how long they may wait. Those of one topic have the same time, so they keep their order.
#[derive(Default)]
pub(crate) struct Gathering {
    groups: BTreeMap<Duration, Group>,
}

struct Group {
    due: Timestamp,
    bytes: usize,
    frames: Vec<Arc<Frame>>,
}

impl Gathering {
    /// Lets a frame wait.
    pub(crate) fn add(&mut self, frame: Arc<Frame>, now: Timestamp) {
        let due = now + frame.gather;
        let group = self.groups.entry(frame.gather).or_insert(Group { due, bytes: 0, frames: Vec::new() });
        group.bytes += frame.len();
        group.frames.push(frame);
        if group.bytes > MAX_BYTES {
            group.due = now;
        }
    }

    /// When something is due next.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.groups.values().map(|group| group.due).min()
    }

    /// What is due by now, in the order in which it came.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Vec<Arc<Frame>> {
        let mut due = Vec::new();
        self.groups.retain(|_, group| {
            let waits = group.due > now;
            if !waits {
                due.append(&mut group.frames);
            }
            waits
        });
        due
    }

    /// Everything, due or not.
    pub(crate) fn take_all(&mut self) -> Vec<Arc<Frame>> {
        std::mem::take(&mut self.groups).into_values().flat_map(|group| group.frames).collect()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tutti_core::Topic;
    use tutti_core::bus::{Push, WhenSlow};
    use tutti_protocol::ConversationId;

    use super::*;

    fn frame(gather: u64, bytes: usize) -> Arc<Frame> {
        Arc::new(Frame::from(Push {
            topic: Topic::Conversation(ConversationId(1)),
            frame: Bytes::from(vec![b'x'; bytes]),
            except: None,
            event: None,
            when_slow: WhenSlow::Drop,
            gather: Duration::from_millis(gather),
        }))
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn what_came_first_decides_when_all_go() {
        let mut gathering = Gathering::default();
        gathering.add(frame(50, 1), at(0));
        gathering.add(frame(50, 2), at(49));
        gathering.add(frame(10, 3), at(45));
        assert_eq!(gathering.next(), Some(at(50)));
        assert!(gathering.take_due(at(49)).is_empty());
        let lengths: Vec<usize> = gathering.take_due(at(50)).iter().map(|frame| frame.len()).collect();
        assert_eq!(lengths, [1, 2]);
        assert_eq!(gathering.next(), Some(at(55)));
    }

    #[test]
    fn too_much_does_not_wait() {
        let mut gathering = Gathering::default();
        gathering.add(frame(1000, MAX_BYTES), at(0));
        assert!(gathering.take_due(at(1)).is_empty());
        gathering.add(frame(1000, 1), at(1));
        assert_eq!(gathering.take_due(at(1)).len(), 2);
    }
}
