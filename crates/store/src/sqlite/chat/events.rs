//! Rows of events. Those about a message keep only its id and are filled in from its row, as it is when they are read.

use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};
use tutti_chat::{Event, Recorded};
use tutti_protocol::chat::{ConversationInfo, Message};
use tutti_protocol::{ConversationId, EventId, MessageId, UserId};

use super::messages;
use crate::fault::Fault;
use crate::sqlite::sql::{self, int};

/// Events with the messages they are about, for [`from_row`].
macro_rules! select_events {
    ($rest:literal) => {
        concat!(
            "SELECT e.event_id, e.conversation_id, e.position, e.kind, e.at, e.message_id, e.payload, ",
            message_columns!(),
            " FROM events e LEFT JOIN messages m ON m.id = e.message_id ",
            $rest
        )
    };
}

const INSERT: &str = "INSERT INTO events (event_id, conversation_id, position, kind, at, message_id, payload)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
/// Pruned events count too: the log does not go back because its old end is cut off.
pub(super) const LATEST: &str = "SELECT max(
    coalesce((SELECT max(event_id) FROM events), 0),
    coalesce((SELECT value FROM meta WHERE name = 'pruned_event_id'), 0))";

/// Where the columns of the message start in a row of [`select_events`].
const MESSAGE: usize = 7;

#[derive(Serialize, Deserialize)]
struct Created {
    info: ConversationInfo,
    members: Vec<UserId>,
}

/// An event taken apart: its kind, the message it is about, and the rest.
struct Parts {
    kind: &'static str,
    message: Option<MessageId>,
    payload: Option<String>,
}

impl Parts {
    fn about(kind: &'static str, message: MessageId) -> Self {
        Self { kind, message: Some(message), payload: None }
    }

    fn with(kind: &'static str, payload: &impl Serialize) -> Result<Self, Fault> {
        Ok(Self { kind, message: None, payload: Some(serde_json::to_string(payload)?) })
    }

    fn of(event: &Event) -> Result<Self, Fault> {
        match event {
            Event::Created { info, members } => {
                Self::with("created", &Created { info: info.clone(), members: members.clone() })
            }
            Event::Updated(info) => Self::with("updated", info),
            Event::Deleted => Ok(Self { kind: "deleted", message: None, payload: None }),
            Event::MemberAdded(member) => Self::with("member_added", member),
            Event::MemberUpdated(member) => Self::with("member_updated", member),
            Event::MemberRemoved(user) => Self::with("member_removed", user),
            Event::Posted(message) => Ok(Self::about("posted", message.id)),
            Event::Edited(message) => Ok(Self::about("edited", message.id)),
            Event::MessageDeleted(id) => Ok(Self::about("message_deleted", *id)),
            Event::ReactionAdded(reaction) => Self::with("reaction_added", reaction),
            Event::ReactionRemoved(reaction) => Self::with("reaction_removed", reaction),
            Event::Read(position) => Self::with("read", position),
        }
    }
}

/// Puts an event into the log.
pub(super) fn insert(sql: &Connection, recorded: &Recorded) -> Result<(), Fault> {
    let parts = Parts::of(&recorded.event)?;
    let params = params![
        recorded.id.as_i64(),
        recorded.conversation.as_i64(),
        int(recorded.offset),
        parts.kind,
        recorded.at.millis(),
        parts.message.map(MessageId::as_i64),
        parts.payload,
    ];
    sql::run(sql, INSERT, params).map(drop)
}

/// The newest event there ever was.
pub(super) fn latest(sql: &Connection) -> Result<EventId, Fault> {
    sql::number(sql, LATEST, []).map(EventId)
}

/// An event from a row of [`select_events`]. A message in it has its reactions only after [`complete`].
pub(super) fn from_row(row: &Row<'_>) -> Result<Recorded, Fault> {
    Ok(Recorded {
        id: EventId(sql::uint(row, 0)?),
        conversation: ConversationId(sql::uint(row, 1)?),
        offset: sql::uint(row, 2)?,
        at: sql::time(row, 4)?,
        origin: None,
        event: event(row)?,
    })
}

fn event(row: &Row<'_>) -> Result<Event, Fault> {
    let json = row.get_ref(6)?.as_str_or_null().map_err(rusqlite::Error::from)?.unwrap_or("null");
    Ok(match row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)? {
        "created" => {
            let Created { info, members } = serde_json::from_str(json)?;
            Event::Created { info, members }
        }
        "updated" => Event::Updated(serde_json::from_str(json)?),
        "deleted" => Event::Deleted,
        "member_added" => Event::MemberAdded(serde_json::from_str(json)?),
        "member_updated" => Event::MemberUpdated(serde_json::from_str(json)?),
        "member_removed" => Event::MemberRemoved(serde_json::from_str(json)?),
        "posted" => Event::Posted(messages::from_row(row, MESSAGE)?),
        "edited" => Event::Edited(messages::from_row(row, MESSAGE)?),
        "message_deleted" => Event::MessageDeleted(MessageId(sql::uint(row, 5)?)),
        "reaction_added" => Event::ReactionAdded(serde_json::from_str(json)?),
        "reaction_removed" => Event::ReactionRemoved(serde_json::from_str(json)?),
        "read" => Event::Read(serde_json::from_str(json)?),
        _ => return Err(Fault::Corrupt("event kind")),
    })
}

/// Fills in the reactions on the messages in events.
pub(super) fn complete(sql: &Connection, events: &mut [Recorded]) -> Result<(), Fault> {
    let messages = events.iter_mut().filter_map(|recorded| message_in(&mut recorded.event));
    messages::add_reactions(sql, messages, None)
}

fn message_in(event: &mut Event) -> Option<&mut Message> {
    match event {
        Event::Posted(message) | Event::Edited(message) => Some(message),
        _ => None,
    }
}
