//! Editing and deleting messages, and reacting to them.

use rusqlite::{Connection, params};
use tutti_chat::model::{Changed, Membership, MessageFacts};
use tutti_chat::{Error, Event, decide};
use tutti_protocol::chat::{Message, MessageDeleted, ReactionChanged};
use tutti_protocol::{MessageId, UserId};

use super::room::Room;
use super::{Act, messages};
use crate::fault::Fault;
use crate::sqlite::sql::{self, int};
use crate::sqlite::writer::Tx;

const EDIT: &str = "UPDATE messages SET body = ?2, edited_at = ?3 WHERE id = ?1";
const BLANK: &str = "UPDATE messages SET body = '', extra = NULL, deleted = 1 WHERE id = ?1";
const UNMENTION: &str = "DELETE FROM mentions WHERE user_id = ?1 AND conversation_id = ?2 AND seq = ?3";
const CLEAR_REACTIONS: &str = "DELETE FROM reactions WHERE message_id = ?1";
const HAS_REACTION: &str = "SELECT 1 FROM reactions WHERE message_id = ?1 AND emoji = ?2 AND user_id = ?3";
const COUNT_REACTION: &str = "SELECT count(*) FROM reactions WHERE message_id = ?1 AND emoji = ?2";
const OTHER_EMOJI: &str = "SELECT count(DISTINCT emoji) FROM reactions WHERE message_id = ?1 AND emoji <> ?2";
const REACT: &str = "INSERT INTO reactions (message_id, emoji, user_id, event_id) VALUES (?1, ?2, ?3, ?4)";
const UNREACT: &str = "DELETE FROM reactions WHERE message_id = ?1 AND emoji = ?2 AND user_id = ?3";

/// A message as a change works on it.
struct Found {
    message: Message,
    room: Room,
    membership: Membership,
}

impl Found {
    /// A message and its conversation, for one of its members; for others there is no such message.
    fn of(sql: &Connection, id: MessageId, user: &UserId) -> Result<Self, Fault> {
        let missing = || Fault::from(Error::NotFound("message"));
        let message = messages::by_id(sql, id)?.ok_or_else(missing)?;
        match Room::of(sql, message.conversation_id, user) {
            Ok((room, membership)) => Ok(Self { message, room, membership }),
            Err(Fault::Chat(Error::NotFound(_))) => Err(missing()),
            Err(fault) => Err(fault),
        }
    }

    fn facts(&self) -> MessageFacts {
        MessageFacts { sender: self.message.sender_id.clone(), deleted: self.message.deleted }
    }
}

/// Replaces the text of an own message.
pub(super) fn edit(tx: &mut Tx<'_>, act: &Act, id: MessageId, text: &str) -> Result<Changed<Message>, Fault> {
    let by = &act.by.user;
    let found = Found::of(tx.sql, id, by)?;
    decide::edit(found.message.sender_id == *by, &found.facts())?;
    sql::run(tx.sql, EDIT, params![id.as_i64(), text, act.at.millis()])?;
    let Found { message, mut room, .. } = found;
    let mut for_all = Message { message: text.to_owned(), edited_at: Some(act.at), ..message };
    let mut value = for_all.clone();
    messages::add_reactions(tx.sql, [&mut for_all], None)?;
    messages::add_reactions(tx.sql, [&mut value], Some(by))?;
    let newest = room.record(tx, act, Event::Edited(for_all))?;
    room.save(tx, newest, act.at)?;
    Ok(Changed { value, offset: Some(room.last_offset) })
}

/// Empties a message.
pub(super) fn delete(tx: &mut Tx<'_>, act: &Act, id: MessageId) -> Result<Changed<MessageDeleted>, Fault> {
    let by = &act.by.user;
    let Found { message, mut room, membership } = Found::of(tx.sql, id, by)?;
    decide::delete(message.sender_id == *by, membership.role, &room.facts())?;
    let value = MessageDeleted { message_id: id, conversation_id: room.id };
    if message.deleted {
        return Ok(Changed { value, offset: None });
    }
    sql::run(tx.sql, BLANK, [id.as_i64()])?;
    sql::run(tx.sql, CLEAR_REACTIONS, [id.as_i64()])?;
    for user in &message.mentions {
        sql::run(tx.sql, UNMENTION, params![user.as_str(), room.id.as_i64(), int(message.seq)])?;
    }
    let newest = room.record(tx, act, Event::MessageDeleted(id))?;
    room.save(tx, newest, act.at)?;
    Ok(Changed { value, offset: Some(room.last_offset) })
}

/// Adds or takes back a reaction.
pub(super) fn react(
    tx: &mut Tx<'_>,
    act: &Act,
    id: MessageId,
    emoji: &str,
    on: bool,
) -> Result<Changed<ReactionChanged>, Fault> {
    let user = act.by.user.as_str();
    let found = Found::of(tx.sql, id, &act.by.user)?;
    let changes = sql::exists(tx.sql, HAS_REACTION, params![id.as_i64(), emoji, user])? != on;
    let count = sql::number(tx.sql, COUNT_REACTION, params![id.as_i64(), emoji])?;
    let mut value = ReactionChanged {
        conversation_id: found.room.id,
        message_id: id,
        user_id: act.by.user.clone(),
        emoji: emoji.to_owned(),
        count,
    };
    if !changes {
        return Ok(Changed { value, offset: None });
    }
    if on {
        let others = sql::number(tx.sql, OTHER_EMOJI, params![id.as_i64(), emoji])?;
        decide::react(&found.facts(), usize::try_from(others).unwrap_or(usize::MAX), tx.config)?;
    }
    value.count = if on { count + 1 } else { count.saturating_sub(1) };
    let mut room = found.room;
    let event = if on { Event::ReactionAdded } else { Event::ReactionRemoved };
    let newest = room.record(tx, act, event(value.clone()))?;
    if on {
        sql::run(tx.sql, REACT, params![id.as_i64(), emoji, user, newest.as_i64()])?;
    } else {
        sql::run(tx.sql, UNREACT, params![id.as_i64(), emoji, user])?;
    }
    room.save(tx, newest, act.at)?;
    Ok(Changed { value, offset: Some(room.last_offset) })
}
