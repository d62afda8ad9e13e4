//! Pages of messages, from memory.

use std::ops::Range;

use tutti_protocol::chat::MessagePage;
use tutti_protocol::{MessageId, UserId};

use super::state::{Room, State, Stored, count, index};
use crate::error::Error;
use crate::model::{Anchor, HistoryQuery};

/// The messages that are paged through: all of a conversation, or one thread.
enum Line {
    All(usize),
    Thread(Vec<u64>),
}

impl Line {
    fn of(room: &Room, thread: Option<MessageId>) -> Result<Self, Error> {
        let Some(id) = thread else { return Ok(Self::All(room.messages.len())) };
        let root = room.find(id).filter(|stored| stored.message.thread_id.is_none());
        let root = root.ok_or(Error::NotFound("message"))?;
        let mut seqs = vec![root.message.seq];
        seqs.extend(&root.replies);
        Ok(Self::Thread(seqs))
    }

    fn len(&self) -> usize {
        match self {
            Self::All(len) => *len,
            Self::Thread(seqs) => seqs.len(),
        }
    }

    fn seq(&self, position: usize) -> u64 {
        match self {
            Self::All(_) => count(position) + 1,
            Self::Thread(seqs) => seqs[position],
        }
    }

    /// Where a message stands in the line.
    fn position(&self, room: &Room, id: MessageId) -> Result<usize, Error> {
        let missing = Error::NotFound("message");
        let Some(Stored { message, .. }) = room.find(id) else { return Err(missing) };
        match self {
            Self::All(_) => Ok(index(message.seq)),
            Self::Thread(seqs) => seqs.binary_search(&message.seq).map_err(|_| missing),
        }
    }

    /// Which positions are on the page, and whether more lie beyond it.
    fn window(&self, room: &Room, anchor: Anchor, limit: usize) -> Result<(Range<usize>, bool), Error> {
        let len = self.len();
        let before = |end: usize| end.saturating_sub(limit)..end;
        let range = match anchor {
            Anchor::Newest => before(len),
            Anchor::Before(id) => before(self.position(room, id)?),
            Anchor::Around(id) => around(self.position(room, id)?, len, limit),
            Anchor::After(id) => {
                let start = self.position(room, id)? + 1;
                let end = (start + limit).min(len);
                return Ok((start..end, end < len));
            }
        };
        let more = range.start > 0;
        Ok((range, more))
    }
}

/// Up to half the page newer, the rest older; where one side is short, the other fills the page.
fn around(position: usize, len: usize, limit: usize) -> Range<usize> {
    let (newer, older) = (len - 1 - position, position);
    let half = (limit / 2).min(newer);
    let older = older.min(limit.saturating_sub(1).saturating_sub(half));
    let newer = newer.min(limit.saturating_sub(1).saturating_sub(older));
    position - older..position + 1 + newer
}

impl State {
    /// A page of messages, newest first.
    pub(super) fn history(&self, viewer: &UserId, query: &HistoryQuery) -> Result<MessagePage, Error> {
        let room = self.room(viewer, query.conversation)?;
        let line = Line::of(room, query.thread)?;
        let (range, has_more) = line.window(room, query.anchor, query.limit)?;
        let stored = range.rev().filter_map(|position| room.at_seq(line.seq(position)));
        Ok(MessagePage { messages: stored.map(|stored| room.view(stored, Some(viewer))).collect(), has_more })
    }
}
