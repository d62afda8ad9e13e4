//! Pages of messages.

use rusqlite::{Connection, params};
use tutti_chat::Error;
use tutti_chat::model::{Anchor, HistoryQuery};
use tutti_protocol::chat::{Message, MessagePage};
use tutti_protocol::{ConversationId, MessageId, UserId};

use super::{members, messages};
use crate::fault::Fault;
use crate::sqlite::sql::{self, int};

/// A select of messages.
macro_rules! select_messages {
    ($rest:literal) => {
        concat!("SELECT ", message_columns!(), " FROM messages m ", $rest)
    };
}

pub(super) const OLDER: &str =
    select_messages!("WHERE m.conversation_id = ?1 AND m.seq < ?2 ORDER BY m.seq DESC LIMIT ?3");
pub(super) const NEWER: &str = select_messages!("WHERE m.conversation_id = ?1 AND m.seq > ?2 ORDER BY m.seq LIMIT ?3");
pub(super) const OLDER_REPLIES: &str =
    select_messages!("WHERE m.thread_id = ?1 AND m.seq < ?2 ORDER BY m.seq DESC LIMIT ?3");
pub(super) const NEWER_REPLIES: &str =
    select_messages!("WHERE m.thread_id = ?1 AND m.seq > ?2 ORDER BY m.seq LIMIT ?3");

/// The messages that are paged through, in the order of their positions.
enum Line {
    /// All of a conversation.
    All(ConversationId),
    /// The first message of a thread, and its replies.
    Thread(Box<Message>),
}

impl Line {
    fn of(sql: &Connection, query: &HistoryQuery) -> Result<Self, Fault> {
        let Some(id) = query.thread else { return Ok(Self::All(query.conversation)) };
        let root = messages::by_id(sql, id)?
            .filter(|root| root.conversation_id == query.conversation && root.thread_id.is_none());
        Ok(Self::Thread(Box::new(root.ok_or(Error::NotFound("message"))?)))
    }

    /// A message that is in the line.
    fn find(&self, sql: &Connection, id: MessageId) -> Result<Message, Fault> {
        let found = messages::by_id(sql, id)?.filter(|message| match self {
            Self::All(conversation) => message.conversation_id == *conversation,
            Self::Thread(root) => message.id == root.id || message.thread_id == Some(root.id),
        });
        Ok(found.ok_or(Error::NotFound("message"))?)
    }

    /// The messages before a position, the latest first.
    fn older(&self, sql: &Connection, seq: u64, limit: usize) -> Result<Vec<Message>, Fault> {
        match self {
            Self::All(id) => select(sql, OLDER, id.as_i64(), seq, limit),
            Self::Thread(root) => {
                let mut messages = select(sql, OLDER_REPLIES, root.id.as_i64(), seq, limit)?;
                // The first one is older than any reply.
                if root.seq < seq && messages.len() < limit {
                    messages.push(root.as_ref().clone());
                }
                Ok(messages)
            }
        }
    }

    /// The messages after a position of the line, the earliest first.
    fn newer(&self, sql: &Connection, seq: u64, limit: usize) -> Result<Vec<Message>, Fault> {
        match self {
            Self::All(id) => select(sql, NEWER, id.as_i64(), seq, limit),
            Self::Thread(root) => select(sql, NEWER_REPLIES, root.id.as_i64(), seq, limit),
        }
    }
}

fn select(sql: &Connection, query: &str, scope: i64, seq: u64, limit: usize) -> Result<Vec<Message>, Fault> {
    sql::all(sql, query, params![scope, int(seq), sql::limit(limit)], |row| messages::from_row(row, 0))
}

/// A page of messages, newest first.
pub(super) fn page(sql: &Connection, viewer: &UserId, query: &HistoryQuery) -> Result<MessagePage, Fault> {
    if !members::is_member(sql, viewer, query.conversation)? {
        return Err(Error::NotFound("conversation").into());
    }
    let line = Line::of(sql, query)?;
    let mut page = match query.anchor {
        Anchor::Newest => before(sql, &line, u64::MAX, query.limit)?,
        Anchor::Before(id) => before(sql, &line, line.find(sql, id)?.seq, query.limit)?,
        Anchor::After(id) => after(sql, &line, line.find(sql, id)?.seq, query.limit)?,
        Anchor::Around(id) => around(sql, &line, line.find(sql, id)?, query.limit)?,
    };
    messages::add_reactions(sql, &mut page.messages, Some(viewer))?;
    Ok(page)
}

fn before(sql: &Connection, line: &Line, seq: u64, limit: usize) -> Result<MessagePage, Fault> {
    let mut messages = line.older(sql, seq, limit.saturating_add(1))?;
    let has_more = messages.len() > limit;
    messages.truncate(limit);
    Ok(MessagePage { messages, has_more })
}

fn after(sql: &Connection, line: &Line, seq: u64, limit: usize) -> Result<MessagePage, Fault> {
    let mut messages = line.newer(sql, seq, limit.saturating_add(1))?;
    let has_more = messages.len() > limit;
    messages.truncate(limit);
    messages.reverse();
    Ok(MessagePage { messages, has_more })
}

/// Up to half the page newer than the anchor, the rest older; where one side is short, the other fills the page.
fn around(sql: &Connection, line: &Line, anchor: Message, limit: usize) -> Result<MessagePage, Fault> {
    let others = limit.saturating_sub(1);
    let mut newer = line.newer(sql, anchor.seq, others)?;
    // One more than can be shown tells whether there are more.
    let mut older = line.older(sql, anchor.seq, others + 1)?;
    let half = (limit / 2).min(newer.len());
    let older_kept = older.len().min(others.saturating_sub(half));
    newer.truncate(others - older_kept);
    let has_more = older.len() > older_kept;
    older.truncate(older_kept);
    let messages = newer.into_iter().rev().chain([anchor]).chain(older).collect();
    Ok(MessagePage { messages, has_more })
}
