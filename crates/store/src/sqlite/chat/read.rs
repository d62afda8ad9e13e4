//! Read positions, and what is unread.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use tutti_chat::model::{Membership, ReadMark};
use tutti_chat::{Error, Event, decide};
use tutti_protocol::chat::ReadPosition;
use tutti_protocol::http::{ConversationUnread, Unread};
use tutti_protocol::{ConversationId, MessageId, UserId};

use super::Act;
use super::room::Room;
use crate::fault::Fault;
use crate::sqlite::sql::{self, int};
use crate::sqlite::writer::Tx;

const PLACE: &str = "SELECT conversation_id, seq FROM messages WHERE id = ?1";
const ID_AT: &str = "SELECT id FROM messages WHERE conversation_id = ?1 AND seq = ?2";
pub(super) const OWN_AFTER: &str =
    "SELECT count(*) FROM messages WHERE conversation_id = ?1 AND seq > ?2 AND sender_id = ?3";
const MOVE: &str =
    "UPDATE members SET last_read_seq = ?3, own_after_read = ?4 WHERE conversation_id = ?1 AND user_id = ?2";
pub(super) const OTHERS_DELETED: &str =
    "SELECT count(*) FROM messages WHERE conversation_id = ?1 AND seq > ?2 AND deleted = 1 AND sender_id <> ?3";
pub(super) const MENTIONS: &str =
    "SELECT count(*) FROM mentions WHERE user_id = ?1 AND conversation_id = ?2 AND seq > ?3";
/// The user's conversations with messages of others, deleted ones perhaps, after the read position.
pub(super) const UNREAD: &str = "SELECT c.id, c.last_seq, m.role, m.joined_at, m.last_read_seq, m.own_after_read
    FROM members m JOIN conversations c ON c.id = m.conversation_id
    WHERE m.user_id = ?1 AND m.left_event_id IS NULL AND c.last_seq > m.last_read_seq + m.own_after_read
    ORDER BY c.active_id DESC";

/// Moves read positions forward and says where they stand.
pub(super) fn mark(tx: &mut Tx<'_>, act: &Act, mark: &ReadMark) -> Result<Vec<ReadPosition>, Fault> {
    let by = &act.by.user;
    match mark {
        ReadMark::Messages(ids) => {
            let newest = newest_of(tx.sql, by, ids)?;
            newest.into_values().map(|(wanted, found)| read_upto(tx, act, found, wanted)).collect()
        }
        ReadMark::Upto(id, message) => {
            let found = Room::of(tx.sql, *id, by)?;
            let place = place_of(tx.sql, *message)?.filter(|(conversation, _)| conversation == id);
            let (_, seq) = place.ok_or(Error::NotFound("message"))?;
            Ok(vec![read_upto(tx, act, found, seq)?])
        }
        ReadMark::All(id) => {
            let found = Room::of(tx.sql, *id, by)?;
            let last_seq = found.0.last_seq;
            Ok(vec![read_upto(tx, act, found, last_seq)?])
        }
    }
}

fn place_of(sql: &Connection, id: MessageId) -> Result<Option<(ConversationId, u64)>, Fault> {
    sql::first(sql, PLACE, [id.as_i64()], |row| Ok((ConversationId(sql::uint(row, 0)?), sql::uint(row, 1)?)))
}

type Wanted = BTreeMap<ConversationId, (u64, (Room, Membership))>;

/// The greatest position among these messages in each conversation that the user is in.
fn newest_of(sql: &Connection, user: &UserId, ids: &[MessageId]) -> Result<Wanted, Fault> {
    let mut newest: BTreeMap<ConversationId, u64> = BTreeMap::new();
    for id in ids {
        if let Some((conversation, seq)) = place_of(sql, *id)? {
            let greatest = newest.entry(conversation).or_default();
            *greatest = seq.max(*greatest);
        }
    }
    let mut wanted = Wanted::new();
    for (id, seq) in newest {
        match Room::of(sql, id, user) {
            Ok(found) => drop(wanted.insert(id, (seq, found))),
            Err(Fault::Chat(Error::NotFound(_))) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(wanted)
}

fn read_upto(
    tx: &mut Tx<'_>,
    act: &Act,
    (mut room, membership): (Room, Membership),
    wanted: u64,
) -> Result<ReadPosition, Fault> {
    let user = &act.by.user;
    let moved = decide::advance_read(membership.last_read_seq, wanted, room.last_seq);
    let position = position(tx.sql, room.id, user, moved.unwrap_or(membership.last_read_seq))?;
    let Some(reached) = moved else { return Ok(position) };
    let own = own_after(tx.sql, &room, user, reached)?;
    sql::run(tx.sql, MOVE, params![room.id.as_i64(), user.as_str(), int(reached), int(own)])?;
    let newest = room.record(tx, act, Event::Read(position.clone()))?;
    room.save(tx, newest, act.at)?;
    Ok(position)
}

fn own_after(sql: &Connection, room: &Room, user: &UserId, seq: u64) -> Result<u64, Fault> {
    if seq == room.last_seq {
        return Ok(0);
    }
    sql::number(sql, OWN_AFTER, params![room.id.as_i64(), int(seq), user.as_str()])
}

fn position(sql: &Connection, id: ConversationId, user: &UserId, seq: u64) -> Result<ReadPosition, Fault> {
    let last_read_id = if seq == 0 { 0 } else { sql::number(sql, ID_AT, [id.as_i64(), int(seq)])? };
    Ok(ReadPosition {
        conversation_id: id,
        user_id: user.clone(),
        last_read_id: MessageId(last_read_id),
        last_read_seq: seq,
    })
}

/// What a member has not read of one conversation.
pub(super) fn missed(
    sql: &Connection,
    user: &UserId,
    id: ConversationId,
    last_seq: u64,
    membership: &Membership,
) -> Result<ConversationUnread, Fault> {
    let (room, after) = (id.as_i64(), int(membership.last_read_seq));
    let mut missed =
        ConversationUnread { conversation_id: id, unread: 0, mentions: 0, last_read_seq: membership.last_read_seq };
    if decide::unread(last_seq, membership, 0) > 0 {
        let deleted = sql::number(sql, OTHERS_DELETED, params![room, after, user.as_str()])?;
        missed.unread = decide::unread(last_seq, membership, deleted);
        missed.mentions = sql::number(sql, MENTIONS, params![user.as_str(), room, after])?;
    }
    Ok(missed)
}

/// What a user has not read.
pub(super) fn unread(sql: &Connection, user: &UserId) -> Result<Unread, Fault> {
    let all = sql::all(sql, UNREAD, [user.as_str()], |row| {
        let membership = Membership {
            role: sql::role(row, 2)?,
            joined_at: sql::time(row, 3)?,
            last_read_seq: sql::uint(row, 4)?,
            own_after_read: sql::uint(row, 5)?,
        };
        missed(sql, user, ConversationId(sql::uint(row, 0)?), sql::uint(row, 1)?, &membership)
    })?;
    let conversations: Vec<ConversationUnread> = all.into_iter().filter(|missed| missed.unread > 0).collect();
    Ok(Unread {
        total: conversations.iter().map(|missed| missed.unread).sum(),
        mentions: conversations.iter().map(|missed| missed.mentions).sum(),
        conversations,
    })
}
