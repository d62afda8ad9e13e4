//! Posting a message.

use rusqlite::{Connection, params};
use tutti_chat::model::{Draft, Posted, Target};
use tutti_chat::{Error, Event};
use tutti_protocol::chat::Message;
use tutti_protocol::{ConversationId, EventId, MessageId, UserId};

use super::room::Room;
use super::{Act, groups, members, messages};
use crate::fault::Fault;
use crate::sqlite::sql::{self, int};
use crate::sqlite::writer::Tx;

const HAS_MESSAGE: &str = "SELECT 1 FROM messages WHERE id = ?1 AND conversation_id = ?2";
/// A message that others can be under: of this conversation, and not itself in a thread.
const HAS_ROOT: &str = "SELECT 1 FROM messages WHERE id = ?1 AND conversation_id = ?2 AND thread_id IS NULL";
const COUNT_OWN: &str =
    "UPDATE members SET own_after_read = own_after_read + 1 WHERE conversation_id = ?1 AND user_id = ?2";
const COUNT_REPLY: &str = "UPDATE messages SET thread_count = thread_count + 1, thread_last_at = ?2 WHERE id = ?1";
const MENTION: &str = "INSERT OR IGNORE INTO mentions (user_id, conversation_id, seq) VALUES (?1, ?2, ?3)";

/// Stores a message, unless it was stored before.
pub(super) fn post(tx: &mut Tx<'_>, act: &Act, target: &Target, draft: &Draft) -> Result<Posted, Fault> {
    let by = &act.by.user;
    if let Some(message) = sent_before(tx.sql, by, draft.client_id.as_deref())? {
        return Ok(Posted { message, duplicate: true, offset: None });
    }
    match target {
        Target::Conversation(id) => {
            let (room, _) = Room::of(tx.sql, *id, by)?;
            check_references(tx.sql, draft, Some(*id))?;
            check_mentions(draft, |user| members::is_member(tx.sql, user, *id))?;
            store(tx, act, room, draft)
        }
        Target::Direct(other) => {
            let existing = groups::direct(tx.sql, by, other)?;
            check_references(tx.sql, draft, existing)?;
            check_mentions(draft, |user| Ok(user == by || user == other))?;
            let room = match existing {
                Some(id) => Room::of(tx.sql, id, by)?.0,
                None => groups::make_direct(tx, act, other)?,
            };
            store(tx, act, room, draft)
        }
    }
}

fn sent_before(sql: &Connection, by: &UserId, client_id: Option<&str>) -> Result<Option<Message>, Fault> {
    let Some(client_id) = client_id else { return Ok(None) };
    let mut found =
        sql::first(sql, messages::BY_CLIENT_ID, [by.as_str(), client_id], |row| messages::from_row(row, 0))?;
    messages::add_reactions(sql, &mut found, Some(by))?;
    Ok(found)
}

/// Whether what a draft refers to is there. A conversation that is not made yet has nothing to refer to.
fn check_references(sql: &Connection, draft: &Draft, conversation: Option<ConversationId>) -> Result<(), Fault> {
    let has = |query: &str, id: Option<MessageId>| {
        let Some(id) = id else { return Ok(true) };
        conversation.map_or(Ok(false), |room| sql::exists(sql, query, [id.as_i64(), room.as_i64()]))
    };
    if !has(HAS_MESSAGE, draft.reply_to)? {
        return Err(invalid("reply_to", "`reply_to` is no message of this conversation"));
    }
    if !has(HAS_ROOT, draft.thread_id)? {
        return Err(invalid("thread_id", "`thread_id` is no message of this conversation, or itself in a thread"));
    }
    Ok(())
}

fn check_mentions(draft: &Draft, is_member: impl Fn(&UserId) -> Result<bool, Fault>) -> Result<(), Fault> {
    for user in &draft.mentions {
        if !is_member(user)? {
            return Err(invalid("mentions", "only members can be mentioned"));
        }
    }
    Ok(())
}

fn invalid(field: &'static str, message: &str) -> Fault {
    Error::Invalid { field, message: message.into(), limit: None }.into()
}

/// Everything is decided by now.
fn store(tx: &mut Tx<'_>, act: &Act, mut room: Room, draft: &Draft) -> Result<Posted, Fault> {
    room.last_seq += 1;
    let message = message(MessageId(tx.ids.next()), &room, act, draft.clone());
    room.active_id = message.id.0;
    messages::insert(tx.sql, &message)?;
    let place = (room.id.as_i64(), int(room.last_seq));
    sql::run(tx.sql, COUNT_OWN, params![place.0, act.by.user.as_str()])?;
    for user in message.mentions.iter().filter(|user| **user != act.by.user) {
        sql::run(tx.sql, MENTION, params![user.as_str(), place.0, place.1])?;
    }
    if let Some(root) = message.thread_id {
        sql::run(tx.sql, COUNT_REPLY, params![root.as_i64(), act.at.millis()])?;
    }
    let newest: EventId = room.record(tx, act, Event::Posted(message.clone()))?;
    room.save(tx, newest, act.at)?;
    Ok(Posted { message, duplicate: false, offset: Some(room.last_offset) })
}

fn message(id: MessageId, room: &Room, act: &Act, draft: Draft) -> Message {
    Message {
        id,
        conversation_id: room.id,
        seq: room.last_seq,
        sender_id: act.by.user.clone(),
        message: draft.message,
        client_id: draft.client_id,
        created_at: act.at,
        edited_at: None,
        deleted: false,
        reply_to: draft.reply_to,
        thread_id: draft.thread_id,
        thread: None,
        mentions: draft.mentions,
        reactions: Vec::new(),
        attachments: draft.attachments,
        metadata: draft.metadata,
    }
}
