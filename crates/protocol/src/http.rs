//! Bodies and queries of the HTTP routes that have no frame of the same shape.

use serde::{Deserialize, Serialize};

use crate::chat::{Attachment, Conversation, ConversationKind, Member, Metadata, Role};
use crate::ids::{ConversationId, EventId, MessageId, UserId};
use crate::session::{ErrorBody, User};
use crate::time::Timestamp;

/// The body of every HTTP error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ErrorReply {
    /// What went wrong.
    pub error: ErrorBody,
}

/// `POST /conversations`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct NewConversation {
    /// `group` unless said otherwise; a direct conversation that exists already is returned as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub kind: Option<ConversationKind>,
    /// The name of a group, 1 to 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub title: Option<String>,
    /// The others. The caller becomes the owner of a group.
    #[serde(default)]
    #[ts(type = "Array<string>")]
    pub member_ids: Vec<UserId>,
    /// The application's own data, at most 4096 bytes as JSON.
    #[serde(default, deserialize_with = "crate::codec::null_as_default", skip_serializing_if = "Metadata::is_empty")]
    #[schema(value_type = Object)]
    #[ts(optional, type = "Record<string, unknown>")]
    pub metadata: Metadata,
}

/// `PATCH /conversations/{id}`: what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ConversationPatch {
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub title: Option<String>,
    /// The new data, replacing the old as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    #[ts(optional, type = "Record<string, unknown>")]
    pub metadata: Option<Metadata>,
}

/// A page of the caller's conversations, the most recently active first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ConversationPage {
    /// The conversations.
    pub conversations: Vec<Conversation>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

/// A page of members, the longest-standing first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct MemberPage {
    /// The members.
    pub members: Vec<Member>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

/// Where a page starts and how long it is.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, utoipa::IntoParams, ts_rs::TS,
)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The `next_cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub cursor: Option<String>,
    /// How many, 1 to 100; 20 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub limit: Option<u32>,
}

/// `POST /conversations/{id}/members`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct NewMember {
    /// Who joins.
    #[ts(type = "string")]
    pub user_id: UserId,
    /// As what; `member` when left out. For one who is a member already: the new role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub role: Option<Role>,
}

/// `POST /conversations/{id}/messages`: as the `message` frame, the conversation being in the path.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct NewMessage {
    /// The text, 1 to 5000 characters; may be empty only beside an attachment.
    pub message: String,
    /// The sender's own id for it; the `Idempotency-Key` stands in when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub client_id: Option<String>,
    /// The message it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub reply_to: Option<MessageId>,
    /// The first message of the thread it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub thread_id: Option<MessageId>,
    /// Members whom it mentions, at most 100.
    #[serde(default, deserialize_with = "crate::codec::null_as_default", skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub mentions: Vec<UserId>,
    /// Files and links, at most 30.
    #[serde(default, deserialize_with = "crate::codec::objects", skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Attachment>>")]
    pub attachments: Vec<Attachment>,
    /// The application's own data, at most 4096 bytes as JSON.
    #[serde(default, deserialize_with = "crate::codec::null_as_default", skip_serializing_if = "Metadata::is_empty")]
    #[schema(value_type = Object)]
    #[ts(optional, type = "Record<string, unknown>")]
    pub metadata: Metadata,
}

/// `PATCH /messages/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct MessagePatch {
    /// The new text, 1 to 5000 characters.
    pub message: String,
}

/// `GET /conversations/{id}/messages`: at most one anchor; none asks for the newest.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, utoipa::IntoParams, ts_rs::TS,
)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// Only messages of this thread, its first included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub thread_id: Option<MessageId>,
    /// Messages older than this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub before_id: Option<MessageId>,
    /// Messages newer than this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub after_id: Option<MessageId>,
    /// This message and those around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub around_id: Option<MessageId>,
    /// How many, 1 to 100; 20 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub limit: Option<u32>,
}

/// `POST /conversations/{id}/read`: everything up to this message; left out, everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct MarkRead {
    /// The last message read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub message_id: Option<MessageId>,
}

/// Unread messages of one conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ConversationUnread {
    /// Which conversation.
    #[ts(type = "string")]
    pub conversation_id: ConversationId,
    /// Messages of others after the read position, deleted ones left out.
    #[ts(type = "number")]
    pub unread: u64,
    /// How many of those mention the caller.
    #[ts(type = "number")]
    pub mentions: u64,
    /// The caller's read position.
    #[ts(type = "number")]
    pub last_read_seq: u64,
}

/// `GET /unread`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Unread {
    /// All unread messages.
    #[ts(type = "number")]
    pub total: u64,
    /// All unread mentions.
    #[ts(type = "number")]
    pub mentions: u64,
    /// Conversations with at least one unread message, the most recently active first.
    pub conversations: Vec<ConversationUnread>,
}

/// `GET /events` and `GET /events/poll`.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, utoipa::IntoParams, ts_rs::TS,
)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// The last event the client has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub since: Option<EventId>,
    /// Long poll only: how many seconds to wait for something, 0 to 60; 25 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub timeout: Option<u32>,
}

/// `GET /events/poll`: what happened, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct PolledEvents {
    /// The frames, as a WebSocket would have carried them.
    #[schema(value_type = Vec<Object>)]
    #[ts(type = "Array<ServerFrame>")]
    pub events: Vec<serde_json::Value>,
    /// What to hand back as `since` in the next poll.
    #[ts(type = "string")]
    pub since: EventId,
    /// Whether the events continue from the `since` that was asked for; if not, load everything afresh.
    pub resumed: bool,
    /// Conversations of which too much was missed: load them afresh.
    #[ts(type = "Array<string>")]
    pub reset: Vec<ConversationId>,
}

/// `POST /dev/token`, only with `--dev`: sign in by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct DevSignIn {
    /// The display name; the user id is made from it.
    pub name: String,
    /// Roles that the token shall carry, `operator` for one; at most 16.
    #[serde(default, deserialize_with = "crate::codec::null_as_default", skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub roles: Vec<String>,
}

/// A token and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct IssuedToken {
    /// The token.
    pub token: String,
    /// Whose it is.
    pub user: User,
    /// When it expires.
    #[ts(type = "string")]
    pub expires_at: Timestamp,
}

/// `GET /info`: what a client may know before it signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ServerInfo {
    /// The server's version.
    pub version: String,
    /// Version of the wire contract.
    pub protocol: u32,
    /// Whether `POST /dev/token` signs anyone in by name.
    pub dev: bool,
}

/// `GET /users`: people who have signed in, by the start of their name or id.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, utoipa::IntoParams, ts_rs::TS,
)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    /// How the name or id starts; left out, everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub query: Option<String>,
    /// How many, 1 to 100; 20 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub limit: Option<u32>,
}

/// `GET /users`, the reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct UserList {
    /// The users, by name.
    pub users: Vec<User>,
}
