//! Rows of messages, and the reactions on them.

use std::collections::HashMap;

use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};
use tutti_chat::config::MAX_REACTION_USERS;
use tutti_protocol::chat::{Attachment, Message, Metadata, Reaction, ThreadSummary};
use tutti_protocol::{ConversationId, MessageId, UserId};

use crate::fault::Fault;
use crate::sqlite::sql::{self, int};

/// The columns that [`from_row`] reads, of a table or alias `m`.
macro_rules! message_columns {
    () => {
        "m.id, m.conversation_id, m.seq, m.sender_id, m.client_id, m.created_at, m.edited_at, m.deleted, m.reply_to, \
         m.thread_id, m.thread_count, m.thread_last_at, m.extra, m.body"
    };
}

pub(super) const BY_ID: &str = concat!("SELECT ", message_columns!(), " FROM messages m WHERE m.id = ?1");
pub(super) const BY_CLIENT_ID: &str =
    concat!("SELECT ", message_columns!(), " FROM messages m WHERE m.sender_id = ?1 AND m.client_id = ?2");
pub(super) const BY_SEQ: &str =
    concat!("SELECT ", message_columns!(), " FROM messages m WHERE m.conversation_id = ?1 AND m.seq = ?2");
const INSERT: &str = "INSERT INTO messages
    (id, conversation_id, seq, sender_id, client_id, created_at, reply_to, thread_id, extra, body)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
/// All emoji of some messages, each with its first users and the viewer; the order is that of first appearance.
pub(super) const REACTIONS: &str = "SELECT message_id, emoji, user_id, total FROM (
        SELECT message_id, emoji, user_id,
            count(*) OVER emoji AS total,
            min(event_id) OVER emoji AS since,
            row_number() OVER (PARTITION BY message_id, emoji ORDER BY event_id) AS place
        FROM reactions WHERE message_id IN (SELECT value FROM json_each(?1))
        WINDOW emoji AS (PARTITION BY message_id, emoji))
    WHERE place <= ?2 OR user_id = ?3
    ORDER BY message_id, since, place";

/// What few messages have.
#[derive(Default, Serialize, Deserialize)]
struct Extra {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mentions: Vec<UserId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment>,
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
}

/// The same, borrowed from the message that is written.
#[derive(Serialize)]
struct ExtraOf<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    mentions: &'a [UserId],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    attachments: &'a [Attachment],
    #[serde(skip_serializing_if = "Metadata::is_empty")]
    metadata: &'a Metadata,
}

impl<'a> ExtraOf<'a> {
    fn json(message: &'a Message) -> Result<Option<String>, Fault> {
        let Message { mentions, attachments, metadata, .. } = message;
        if mentions.is_empty() && attachments.is_empty() && metadata.is_empty() {
            return Ok(None);
        }
        Ok(Some(serde_json::to_string(&Self { mentions, attachments, metadata })?))
    }
}

/// A message from a row whose [`message_columns`] start at this column. Its reactions are not in the row.
pub(super) fn from_row(row: &Row<'_>, start: usize) -> Result<Message, Fault> {
    let maybe_id = |column: usize| Ok::<_, Fault>(row.get::<_, Option<i64>>(start + column)?.map(MessageId::from_i64));
    let extra: Extra = match row.get_ref(start + 12)?.as_str_or_null().map_err(rusqlite::Error::from)? {
        Some(json) => serde_json::from_str(json)?,
        None => Extra::default(),
    };
    let last_reply_at = sql::maybe_time(row, start + 11)?;
    let reply_count = sql::uint(row, start + 10)?;
    Ok(Message {
        id: MessageId(sql::uint(row, start)?),
        conversation_id: ConversationId(sql::uint(row, start + 1)?),
        seq: sql::uint(row, start + 2)?,
        sender_id: sql::user(row, start + 3)?,
        client_id: row.get(start + 4)?,
        created_at: sql::time(row, start + 5)?,
        edited_at: sql::maybe_time(row, start + 6)?,
        deleted: row.get(start + 7)?,
        reply_to: maybe_id(8)?,
        thread_id: maybe_id(9)?,
        thread: last_reply_at.map(|last_reply_at| ThreadSummary { reply_count, last_reply_at }),
        mentions: extra.mentions,
        reactions: Vec::new(),
        attachments: extra.attachments,
        metadata: extra.metadata,
        message: row.get(start + 13)?,
    })
}

/// Stores a message that is new.
pub(super) fn insert(sql: &Connection, message: &Message) -> Result<(), Fault> {
    let params = params![
        message.id.as_i64(),
        message.conversation_id.as_i64(),
        int(message.seq),
        message.sender_id.as_str(),
        message.client_id,
        message.created_at.millis(),
        message.reply_to.map(MessageId::as_i64),
        message.thread_id.map(MessageId::as_i64),
        ExtraOf::json(message)?,
        message.message,
    ];
    sql::run(sql, INSERT, params).map(drop)
}

/// One message without its reactions.
pub(super) fn by_id(sql: &Connection, id: MessageId) -> Result<Option<Message>, Fault> {
    sql::first(sql, BY_ID, [id.as_i64()], |row| from_row(row, 0))
}

/// Fills in the reactions on messages, as a viewer or everybody sees them.
pub(super) fn add_reactions<'a>(
    sql: &Connection,
    messages: impl IntoIterator<Item = &'a mut Message>,
    viewer: Option<&UserId>,
) -> Result<(), Fault> {
    let messages: Vec<&mut Message> = messages.into_iter().collect();
    if messages.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = messages.iter().map(|message| message.id.as_i64()).collect();
    let mut reactions = reactions(sql, &ids, viewer)?;
    for message in messages {
        // Cloned, for a list of events can have a message more than once.
        if let Some(found) = reactions.get_mut(&message.id) {
            message.reactions.clone_from(found);
        }
    }
    Ok(())
}

fn reactions(
    sql: &Connection,
    ids: &[i64],
    viewer: Option<&UserId>,
) -> Result<HashMap<MessageId, Vec<Reaction>>, Fault> {
    let mut found: HashMap<MessageId, Vec<Reaction>> = HashMap::new();
    let params = params![sql::json(ids)?, sql::limit(MAX_REACTION_USERS), viewer.map(UserId::as_str)];
    sql::all(sql, REACTIONS, params, |row| {
        let (emoji, user): (String, UserId) = (row.get(1)?, sql::user(row, 2)?);
        let list = found.entry(MessageId(sql::uint(row, 0)?)).or_default();
        if list.last().is_none_or(|reaction| reaction.emoji != emoji) {
            list.push(Reaction { emoji, count: sql::uint(row, 3)?, user_ids: Vec::new() });
        }
        if let Some(reaction) = list.last_mut() {
            let place = if viewer == Some(&user) { 0 } else { reaction.user_ids.len() };
            reaction.user_ids.insert(place, user);
            reaction.user_ids.truncate(MAX_REACTION_USERS);
        }
        Ok(())
    })?;
    Ok(found)
}
