//! The values that chat works with inside, where they are not the wire's own.

use tutti_protocol::chat::{Attachment, ConversationKind, Metadata, Role, SendMessage};
use tutti_protocol::{ConversationId, EventId, MessageId, Timestamp, UserId};

use crate::event::Recorded;

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An existing conversation.
    Conversation(ConversationId),
    /// The direct conversation with this user, made on the first send.
    Direct(UserId),
}

/// A message that is not stored yet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// The text.
    pub message: String,
    /// The sender's own id for it.
    pub client_id: Option<String>,
    /// What it answers.
    pub reply_to: Option<MessageId>,
    /// The thread it belongs to.
    pub thread_id: Option<MessageId>,
    /// Whom it mentions, each once.
    pub mentions: Vec<UserId>,
    /// Files and links.
    pub attachments: Vec<Attachment>,
    /// The application's data.
    pub metadata: Metadata,
}

impl From<SendMessage> for Draft {
    fn from(frame: SendMessage) -> Self {
        Self {
            message: frame.message,
            client_id: frame.client_id,
            reply_to: frame.reply_to,
            thread_id: frame.thread_id,
            mentions: frame.mentions,
            attachments: frame.attachments,
            metadata: frame.metadata,
        }
    }
}

/// A message that was stored, now or before.
#[derive(Debug, Clone, PartialEq)]
pub struct Posted {
    /// As it is stored.
    pub message: tutti_protocol::chat::Message,
    /// Whether it had been stored before.
    pub duplicate: bool,
    /// Position of its event; none for a duplicate.
    pub offset: Option<u64>,
}

/// The result of a change, and the position of its event; none when nothing had to change.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed<T> {
    /// The result.
    pub value: T,
    /// Position of the event.
    pub offset: Option<u64>,
}

/// What a group starts with.
#[derive(Debug, Clone, PartialEq)]
pub struct NewGroup {
    /// Its name.
    pub title: Option<String>,
    /// The others; the creator is added as owner.
    pub members: Vec<UserId>,
    /// The application's data.
    pub metadata: Metadata,
    /// The creator's own id for it: created twice with the same one, it exists once.
    pub client_id: Option<String>,
}

/// What changes about a conversation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Patch {
    /// The new name.
    pub title: Option<String>,
    /// The new data.
    pub metadata: Option<Metadata>,
}

/// What the decisions need to know of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Direct or group.
    pub kind: ConversationKind,
    /// How many members it has.
    pub member_count: usize,
    /// How many of them are owners.
    pub owner_count: usize,
}

/// One user's membership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
    /// Up to where they have read.
    pub last_read_seq: u64,
    /// How many messages after that are their own.
    pub own_after_read: u64,
}

/// What the decisions need to know of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageFacts {
    /// Who sent it.
    pub sender: UserId,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// Up to where somebody has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadMark {
    /// The newest of these messages, in each of their conversations.
    Messages(Vec<MessageId>),
    /// One message of one conversation.
    Upto(ConversationId, MessageId),
    /// Everything in a conversation.
    All(ConversationId),
}

/// Which messages of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The newest.
    Newest,
    /// Those before one.
    Before(MessageId),
    /// Those after one.
    After(MessageId),
    /// One and those around it.
    Around(MessageId),
}

/// A question for history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Where.
    pub conversation: ConversationId,
    /// Only this thread.
    pub thread: Option<MessageId>,
    /// From where.
    pub anchor: Anchor,
    /// How many at most.
    pub limit: usize,
}

/// Where a user stands: in which conversations, and how far the log has come.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// All conversations the user is in.
    pub conversations: Vec<ConversationId>,
    /// The newest event of the log when this was read; zero when there is none.
    pub latest: EventId,
}

/// What a user missed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Replay {
    /// Whether it could be told from `since` at all; if not, everything is to be loaded afresh.
    pub resumed: bool,
    /// The missed events, in the order of ids.
    pub events: Vec<Recorded>,
    /// Conversations of which too much was missed.
    pub reset: Vec<ConversationId>,
    /// The newest event of the log when this was read.
    pub latest: EventId,
}
