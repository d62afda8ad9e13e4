//! What happened in a conversation. Events are durable and numbered; everything that others do about chat (pushing to
//! connections, and later notifying and indexing) starts from them.

use tokio::sync::mpsc;
use tutti_protocol::chat::{ConversationInfo, Member, Message, ReactionChanged, ReadPosition};
use tutti_protocol::{ConnectionId, ConversationId, EventId, MessageId, Timestamp, UserId};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The conversation was created with these members.
    Created {
        /// What it is.
        info: ConversationInfo,
        /// Who is in it from the start.
        members: Vec<UserId>,
    },
    /// Title or metadata changed.
    Updated(ConversationInfo),
    /// It is gone.
    Deleted,
    /// Somebody joined.
    MemberAdded(Member),
    /// Somebody's role changed.
    MemberUpdated(Member),
    /// Somebody left or was removed.
    MemberRemoved(UserId),
    /// A message was posted.
    Posted(Message),
    /// A message was edited.
    Edited(Message),
    /// A message was deleted.
    MessageDeleted(MessageId),
    /// A reaction was added.
    ReactionAdded(ReactionChanged),
    /// A reaction was taken back.
    ReactionRemoved(ReactionChanged),
    /// Somebody has read further.
    Read(ReadPosition),
}

/// An event with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Place in the whole log: later events have greater ids, in the order of commits.
    pub id: EventId,
    /// Where it happened.
    pub conversation: ConversationId,
    /// Place in the conversation: 1, 2, 3, without gaps.
    pub offset: u64,
    /// When.
    pub at: Timestamp,
    /// The connection that caused it. Known only while the event is fresh, never stored.
    pub origin: Option<ConnectionId>,
    /// What.
    pub event: Event,
}

/// Where a store puts events once they are committed: batches in the order of commits, events in the order of ids.
/// A full feed makes the store wait; a feed whose reader is gone is ignored, for the log has it all.
pub type Feed = mpsc::Sender<Vec<Recorded>>;
