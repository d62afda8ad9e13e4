//! Conversations as their members see them.

use rusqlite::{Connection, Row, params};
use tutti_chat::Error;
use tutti_chat::config::MAX_LISTED_MEMBERS;
use tutti_chat::model::Membership;
use tutti_core::pages::Page;
use tutti_protocol::chat::{Conversation, Message};
use tutti_protocol::{ConversationId, UserId};

use super::{groups, members, messages, read};
use crate::fault::Fault;
use crate::sqlite::sql::{self, int};

macro_rules! select_views {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.kind, c.title, c.metadata, c.created_by, c.created_at, c.updated_at, c.last_seq, \
             c.last_offset, c.member_count, c.active_id, m.role, m.joined_at, m.last_read_seq, m.own_after_read \
             FROM members m JOIN conversations c ON c.id = m.conversation_id \
             WHERE m.user_id = ?1 AND m.left_event_id IS NULL ",
            $rest
        )
    };
}

pub(super) const ONE: &str = select_views!("AND m.conversation_id = ?2");
pub(super) const PAGE: &str = select_views!("AND c.active_id < ?2 ORDER BY c.active_id DESC LIMIT ?3");

/// A conversation's place in the order of newest messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place(i64);

impl Place {
    /// The place that a cursor names; without one, before everything.
    pub(super) fn parse(cursor: Option<&str>) -> Result<Self, Error> {
        let Some(cursor) = cursor else { return Ok(Self(i64::MAX)) };
        cursor.parse().map(|active_id| Self(sql::int(active_id))).map_err(|_| members::bad_cursor())
    }
}

/// A row with what is not shown of it.
struct View {
    conversation: Conversation,
    membership: Membership,
    active_id: u64,
}

fn view(row: &Row<'_>) -> Result<View, Fault> {
    let metadata = row.get_ref(3)?.as_str_or_null().map_err(rusqlite::Error::from)?;
    let membership = Membership {
        role: sql::role(row, 11)?,
        joined_at: sql::time(row, 12)?,
        last_read_seq: sql::uint(row, 13)?,
        own_after_read: sql::uint(row, 14)?,
    };
    let conversation = Conversation {
        id: ConversationId(sql::uint(row, 0)?),
        kind: sql::kind(row, 1)?,
        title: row.get(2)?,
        created_by: sql::user(row, 4)?,
        created_at: sql::time(row, 5)?,
        updated_at: sql::time(row, 6)?,
        last_seq: sql::uint(row, 7)?,
        offset: sql::uint(row, 8)?,
        last_message: None,
        member_count: sql::uint(row, 9)?,
        members: Vec::new(),
        role: membership.role,
        last_read_seq: membership.last_read_seq,
        unread: 0,
        unread_mentions: 0,
        metadata: groups::metadata_from(metadata)?,
    };
    Ok(View { conversation, membership, active_id: sql::uint(row, 10)? })
}

/// Fills in what other tables have.
fn complete(sql: &Connection, viewer: &UserId, view: View) -> Result<Conversation, Fault> {
    let View { mut conversation, membership, .. } = view;
    let missed = read::missed(sql, viewer, conversation.id, conversation.last_seq, &membership)?;
    conversation.unread = missed.unread;
    conversation.unread_mentions = missed.mentions;
    conversation.members = members::longest_standing(sql, conversation.id, MAX_LISTED_MEMBERS)?;
    conversation.last_message = last_message(sql, viewer, &conversation)?;
    Ok(conversation)
}

fn last_message(sql: &Connection, viewer: &UserId, conversation: &Conversation) -> Result<Option<Message>, Fault> {
    let params = params![conversation.id.as_i64(), int(conversation.last_seq)];
    let mut message = sql::first(sql, messages::BY_SEQ, params, |row| messages::from_row(row, 0))?;
    messages::add_reactions(sql, &mut message, Some(viewer))?;
    Ok(message)
}

/// One conversation.
pub(super) fn one(sql: &Connection, viewer: &UserId, id: ConversationId) -> Result<Conversation, Fault> {
    let found = sql::first(sql, ONE, params![viewer.as_str(), id.as_i64()], view)?;
    complete(sql, viewer, found.ok_or(Error::NotFound("conversation"))?)
}

/// A page of conversations, the newest message first.
pub(super) fn page(sql: &Connection, viewer: &UserId, start: Place, limit: usize) -> Result<Page<Conversation>, Fault> {
    let params = params![viewer.as_str(), start.0, sql::limit(limit.saturating_add(1))];
    let views = sql::all(sql, PAGE, params, view)?;
    let page = Page::cut(views, limit, |view| view.active_id.to_string());
    let items = page.items.into_iter().map(|view| complete(sql, viewer, view)).collect::<Result<_, _>>()?;
    Ok(Page { items, next: page.next })
}
