//! Chat on the wire: conversations, members, messages, reactions, read positions.

use serde::{Deserialize, Serialize};

use crate::ids::{ConversationId, MessageId, UserId};
use crate::time::Timestamp;

/// Free JSON that the application attaches and the server keeps as it came.
pub type Metadata = serde_json::Map<String, serde_json::Value>;

/// What kind of conversation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum ConversationKind {
    /// Two users, found by the pair, created on the first send.
    Direct,
    /// Any number of users, created on purpose.
    Group,
}

/// What a member may do: an owner everything, an admin all but unmake owners, a member take part.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads, writes, reacts; edits and deletes own messages.
    Member,
    /// Also manages members and deletes anybody's messages.
    Admin,
    /// Also changes roles and deletes the conversation.
    Owner,
}

/// One user's place in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Member {
    /// Who.
    #[ts(type = "string")]
    pub user_id: UserId,
    /// The display name the user's latest token carried, if any.
    pub name: Option<String>,
    /// What this member may do.
    pub role: Role,
    /// Since when.
    #[ts(type = "string")]
    pub joined_at: Timestamp,
    /// Position of the last message this member has read; 0 before the first.
    #[ts(type = "number")]
    pub last_read_seq: u64,
}

/// A conversation as one of its members sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Conversation {
    /// Its id.
    #[ts(type = "string")]
    pub id: ConversationId,
    /// Direct or group.
    pub kind: ConversationKind,
    /// The name of a group; none for a direct conversation.
    pub title: Option<String>,
    /// Who created it.
    #[ts(type = "string")]
    pub created_by: UserId,
    /// When.
    #[ts(type = "string")]
    pub created_at: Timestamp,
    /// Time of the latest event in it.
    #[ts(type = "string")]
    pub updated_at: Timestamp,
    /// Position of the newest message; 0 when there is none.
    #[ts(type = "number")]
    pub last_seq: u64,
    /// Position of the newest event; pushes continue after it.
    #[ts(type = "number")]
    pub offset: u64,
    /// The newest message, for a preview.
    pub last_message: Option<Message>,
    /// How many members there are.
    #[ts(type = "number")]
    pub member_count: u64,
    /// The longest-standing members, at most 20; `GET .../members` pages through all.
    pub members: Vec<Member>,
    /// The caller's own role.
    pub role: Role,
    /// Position up to which the caller has read.
    #[ts(type = "number")]
    pub last_read_seq: u64,
    /// Messages of others after that position, deleted ones left out.
    #[ts(type = "number")]
    pub unread: u64,
    /// How many of the unread ones mention the caller.
    #[ts(type = "number")]
    pub unread_mentions: u64,
    /// The application's own data.
    #[schema(value_type = Object)]
    #[ts(type = "Record<string, unknown>")]
    pub metadata: Metadata,
}

/// A file or link that a message carries: its description and where it lies, never its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Attachment {
    /// Where it can be fetched: an `https`, `http` or site-relative address, at most 2048 bytes.
    pub url: String,
    /// File name or title, at most 255 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub name: Option<String>,
    /// Media type (RFC 6838), at most 127 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub mime_type: Option<String>,
    /// Size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub size: Option<u64>,
    /// Width in pixels, for a picture or video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub width: Option<u32>,
    /// Height in pixels, for a picture or video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub height: Option<u32>,
}

/// All reactions with one emoji on one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Reaction {
    /// The emoji, or any short text the application uses as one.
    pub emoji: String,
    /// How many users reacted with it.
    #[ts(type = "number")]
    pub count: u64,
    /// Who did: at most 100 of them, the reader of the page first when among them.
    #[ts(type = "Array<string>")]
    pub user_ids: Vec<UserId>,
}

/// What a thread's first message says of the replies under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ThreadSummary {
    /// How many messages the thread has, its first not counted.
    #[ts(type = "number")]
    pub reply_count: u64,
    /// When the latest of them was sent.
    #[ts(type = "string")]
    pub last_reply_at: Timestamp,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Message {
    /// Its id, unique on the server.
    #[ts(type = "string")]
    pub id: MessageId,
    /// Where it was sent.
    #[ts(type = "string")]
    pub conversation_id: ConversationId,
    /// Its position among the conversation's messages: 1, 2, 3, without gaps.
    #[ts(type = "number")]
    pub seq: u64,
    /// Who sent it.
    #[ts(type = "string")]
    pub sender_id: UserId,
    /// The text as it was sent. Never HTML: show it as text. Empty once deleted.
    pub message: String,
    /// The sender's own id for it, if one was given.
    pub client_id: Option<String>,
    /// When the server took it.
    #[ts(type = "string")]
    pub created_at: Timestamp,
    /// When it was last edited.
    #[ts(type = "string | null")]
    pub edited_at: Option<Timestamp>,
    /// Whether it was deleted; it keeps its place without its content.
    pub deleted: bool,
    /// The message this one answers.
    #[ts(type = "string | null")]
    pub reply_to: Option<MessageId>,
    /// The first message of the thread this one belongs to.
    #[ts(type = "string | null")]
    pub thread_id: Option<MessageId>,
    /// On the first message of a thread: what lies under it.
    pub thread: Option<ThreadSummary>,
    /// Users whom the message mentions.
    #[ts(type = "Array<string>")]
    pub mentions: Vec<UserId>,
    /// Reactions in the order in which their emoji first appeared.
    pub reactions: Vec<Reaction>,
    /// Files and links.
    pub attachments: Vec<Attachment>,
    /// The application's own data.
    #[schema(value_type = Object)]
    #[ts(type = "Record<string, unknown>")]
    pub metadata: Metadata,
}

/// `message`: send one. Exactly one of `receiver_id` and `conversation_id` says where.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct SendMessage {
    /// The other user of a direct conversation, which is created if there is none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub receiver_id: Option<UserId>,
    /// An existing conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub conversation_id: Option<ConversationId>,
    /// The text, 1 to 5000 characters; may be empty only beside an attachment.
    pub message: String,
    /// The sender's own id for it, at most 128 bytes: sent twice with the same one, it is stored once.
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

/// `message_edit`: replace the text of an own message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct EditMessage {
    /// Which message.
    #[ts(type = "string")]
    pub message_id: MessageId,
    /// The new text, 1 to 5000 characters.
    pub message: String,
}

/// `message_delete`: empty a message; its place stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct DeleteMessage {
    /// Which message.
    #[ts(type = "string")]
    pub message_id: MessageId,
}

/// `reaction_add` and `reaction_remove`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct SetReaction {
    /// Which message.
    #[ts(type = "string")]
    pub message_id: MessageId,
    /// The emoji, 1 to 64 bytes.
    pub emoji: String,
}

/// `read_receipt`: the caller has read up to these messages. Either many ids (of any conversations), or one
/// conversation and one message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ReadReceipt {
    /// Messages that were read, at most 200; ones the caller cannot see are passed over.
    #[serde(default, deserialize_with = "crate::codec::null_as_default", skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub message_ids: Vec<MessageId>,
    /// With `message_id`: the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub conversation_id: Option<ConversationId>,
    /// The last message that was read there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub message_id: Option<MessageId>,
}

/// `typing`: the caller writes, or stopped. Never stored; ends by itself after 6 s.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct SetTyping {
    /// The other user of an existing direct conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub receiver_id: Option<UserId>,
    /// A conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub conversation_id: Option<ConversationId>,
    /// Whether the caller is writing now.
    pub is_typing: bool,
}

/// `history`: a page of messages. At most one of the three anchors; none asks for the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct GetHistory {
    /// Which conversation.
    #[ts(type = "string")]
    pub conversation_id: ConversationId,
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

/// `history`, the reply: a page of messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct MessagePage {
    /// Newest first.
    pub messages: Vec<Message>,
    /// Whether more lie beyond the page: older ones, or newer ones when `after_id` was asked for.
    pub has_more: bool,
}

/// `message_sent`: the message is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct MessageSent {
    /// The message as it is stored.
    pub message: Message,
    /// Whether this is the answer to a repeat, and the message was stored before.
    pub duplicate: bool,
}

/// `message` as a push, and `message_edited`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct MessageChanged {
    /// The message as it is now.
    pub message: Message,
}

/// `message_deleted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct MessageDeleted {
    /// Which message.
    #[ts(type = "string")]
    pub message_id: MessageId,
    /// Where.
    #[ts(type = "string")]
    pub conversation_id: ConversationId,
}

/// `reaction_added` and `reaction_removed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ReactionChanged {
    /// Where.
    #[ts(type = "string")]
    pub conversation_id: ConversationId,
    /// Which message.
    #[ts(type = "string")]
    pub message_id: MessageId,
    /// Who reacted.
    #[ts(type = "string")]
    pub user_id: UserId,
    /// With what.
    pub emoji: String,
    /// How many have that reaction now.
    #[ts(type = "number")]
    pub count: u64,
}

/// `read_receipt` as a push: a member has read up to here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ReadPosition {
    /// Where.
    #[ts(type = "string")]
    pub conversation_id: ConversationId,
    /// Who.
    #[ts(type = "string")]
    pub user_id: UserId,
    /// The last message read.
    #[ts(type = "string")]
    pub last_read_id: MessageId,
    /// Its position.
    #[ts(type = "number")]
    pub last_read_seq: u64,
}

/// `read_receipt_ok`: the positions as they stand now, one per conversation that the receipt touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ReadReceiptOk {
    /// The caller's positions.
    pub conversations: Vec<ReadPosition>,
}

/// `typing` as a push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Typing {
    /// Where.
    #[ts(type = "string")]
    pub conversation_id: ConversationId,
    /// Who.
    #[ts(type = "string")]
    pub user_id: UserId,
    /// Whether they are writing now.
    pub is_typing: bool,
}

/// What every member knows of a conversation, as the conversation events carry it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ConversationInfo {
    /// Its id.
    #[ts(type = "string")]
    pub id: ConversationId,
    /// Direct or group.
    pub kind: ConversationKind,
    /// The name of a group.
    pub title: Option<String>,
    /// The application's own data.
    #[schema(value_type = Object)]
    #[ts(type = "Record<string, unknown>")]
    pub metadata: Metadata,
}

/// `conversation_created` and `conversation_updated`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ConversationChanged {
    /// The conversation as it is now; `GET /conversations/{id}` has the caller's own view of it.
    pub conversation: ConversationInfo,
}

/// `conversation_deleted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ConversationDeleted {
    /// Which one.
    #[ts(type = "string")]
    pub conversation_id: ConversationId,
}

/// `member_added` and `member_updated`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct MemberChanged {
    /// Where.
    #[ts(type = "string")]
    pub conversation_id: ConversationId,
    /// The member as it is now.
    pub member: Member,
}

/// `member_removed`: somebody left or was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct MemberRemoved {
    /// Where.
    #[ts(type = "string")]
    pub conversation_id: ConversationId,
    /// Who.
    #[ts(type = "string")]
    pub user_id: UserId,
}
