//! A conversation as a change works on it: read once, counted on, and written back once.

use rusqlite::{Connection, Row, params};
use tutti_chat::model::{Facts, Membership};
use tutti_chat::{Error, Event, Recorded, decide};
use tutti_protocol::chat::ConversationKind;
use tutti_protocol::{ConversationId, EventId, Timestamp, UserId};

use super::{Act, events};
use crate::fault::Fault;
use crate::sqlite::sql::{self, int};
use crate::sqlite::writer::Tx;

/// A conversation together with one user's membership. The plus keeps SQLite from going through `members_of_user`, for
/// the primary key leads straight to the row.
pub(super) const ROOM: &str = "SELECT c.kind, c.last_seq, c.last_offset, c.member_count, c.owner_count,
        m.role, m.joined_at, m.last_read_seq, m.own_after_read, c.active_id
    FROM conversations c JOIN members m ON m.conversation_id = c.id
    WHERE c.id = ?1 AND m.user_id = ?2 AND +m.left_event_id IS NULL";
const SAVE: &str = "UPDATE conversations
    SET last_seq = ?2, last_offset = ?3, last_event_id = ?4, updated_at = ?5, member_count = ?6, owner_count = ?7,
        active_id = ?8
    WHERE id = ?1";

/// The numbers of a conversation.
#[derive(Debug, Clone)]
pub(super) struct Room {
    pub(super) id: ConversationId,
    pub(super) kind: ConversationKind,
    pub(super) last_seq: u64,
    pub(super) last_offset: u64,
    /// Its newest message's id, or its own.
    pub(super) active_id: u64,
    pub(super) member_count: u64,
    pub(super) owner_count: u64,
}

impl Room {
    /// A conversation and a user's membership, without which it does not exist for them.
    pub(super) fn of(sql: &Connection, id: ConversationId, user: &UserId) -> Result<(Self, Membership), Fault> {
        let found = sql::first(sql, ROOM, params![id.as_i64(), user.as_str()], |row| {
            Ok((Self::from_row(id, row)?, membership(row)?))
        })?;
        let (room, membership) = found.unzip();
        let membership = decide::as_member(membership)?;
        Ok((room.ok_or(Error::NotFound("conversation"))?, membership))
    }

    fn from_row(id: ConversationId, row: &Row<'_>) -> Result<Self, Fault> {
        Ok(Self {
            id,
            kind: sql::kind(row, 0)?,
            last_seq: sql::uint(row, 1)?,
            last_offset: sql::uint(row, 2)?,
            active_id: sql::uint(row, 9)?,
            member_count: sql::uint(row, 3)?,
            owner_count: sql::uint(row, 4)?,
        })
    }

    /// What decisions need to know of it.
    pub(super) fn facts(&self) -> Facts {
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Facts { kind: self.kind, member_count: count(self.member_count), owner_count: count(self.owner_count) }
    }

    /// Puts an event into the log and on its way to the feed.
    pub(super) fn record(&mut self, tx: &mut Tx<'_>, act: &Act, event: Event) -> Result<EventId, Fault> {
        let id = EventId(tx.ids.next());
        self.last_offset += 1;
        let recorded =
            Recorded { id, conversation: self.id, offset: self.last_offset, at: act.at, origin: act.by.origin, event };
        events::insert(tx.sql, &recorded)?;
        tx.events.push(recorded);
        Ok(id)
    }

    /// Writes the numbers back, with the newest event and its time.
    pub(super) fn save(&self, tx: &Tx<'_>, newest: EventId, at: Timestamp) -> Result<(), Fault> {
        let params = params![
            self.id.as_i64(),
            int(self.last_seq),
            int(self.last_offset),
            newest.as_i64(),
            at.millis(),
            int(self.member_count),
            int(self.owner_count),
            int(self.active_id),
        ];
        sql::run(tx.sql, SAVE, params).map(drop)
    }
}

fn membership(row: &Row<'_>) -> Result<Membership, Fault> {
    Ok(Membership {
        role: sql::role(row, 5)?,
        joined_at: sql::time(row, 6)?,
        last_read_seq: sql::uint(row, 7)?,
        own_after_read: sql::uint(row, 8)?,
    })
}
