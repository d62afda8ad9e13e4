//! What the gateway needs of the layers above: the only way from a connection to a domain.

use async_trait::async_trait;
use bytes::Bytes;
use tutti_core::{Caller, Failure, Topic};
use tutti_protocol::limits::Limits;
use tutti_protocol::{Command, ConnectionId, ConversationId, EventId, ServerBody, UserId};

use crate::session::Session;

/// A durable frame that a client missed.
#[derive(Debug, Clone)]
pub struct ReplayedFrame {
    /// The event that it tells of.
    pub event: EventId,
    /// The frame as JSON.
    pub frame: Bytes,
}

/// Where a connection begins.
#[derive(Debug, Clone)]
pub struct Standing {
    /// What it listens to from the start.
    pub topics: Vec<Topic>,
    /// Where the log stood when this was read.
    pub latest: EventId,
}

/// What a client missed.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    /// Whether the log still reaches back to where the client left off.
    pub resumed: bool,
    /// The missed frames, oldest first.
    pub frames: Vec<ReplayedFrame>,
    /// Conversations of which too much was missed.
    pub reset: Vec<ConversationId>,
    /// Where the log stood when this was read.
    pub latest: EventId,
}

/// The application behind the connections.
#[async_trait]
pub trait Application: Send + Sync {
    /// Whose token this is.
    ///
    /// # Errors
    /// `unauthenticated`, or a dependency that is down.
    async fn authenticate(&self, token: &str) -> Result<Caller, Failure>;

    /// Whether the caller's token was revoked meanwhile. Asked on every frame, so it must be cheap.
    fn revoked(&self, caller: &Caller) -> bool;

    /// Counts a frame of any kind, before anything is done about it.
    ///
    /// # Errors
    /// `rate_limited`.
    fn admit(&self, caller: &Caller) -> Result<(), Failure>;

    /// What a connection of this caller listens to from the start, and where the log stands.
    ///
    /// # Errors
    /// A dependency that is down.
    async fn standing(&self, caller: &Caller) -> Result<Standing, Failure>;

    /// What this caller missed since an event.
    ///
    /// # Errors
    /// A dependency that is down.
    async fn replay(&self, caller: &Caller, since: EventId) -> Result<Replay, Failure>;

    /// The newest event that is on the bus, as are all before it.
    fn relayed(&self) -> EventId;

    /// Resolves when an event that is in the log is on the bus too, or has been too slow to get there.
    async fn settled(&self, event: EventId);

    /// The bounds that clients are told.
    fn limits(&self) -> Limits;

    /// A connection is open.
    async fn opened(&self, caller: &Caller, connection: ConnectionId);

    /// These connections gave a sign of life.
    async fn heard(&self, connections: &[(UserId, ConnectionId)]);

    /// A connection is gone; with a goodbye, or lost.
    async fn closed(&self, caller: &Caller, connection: ConnectionId, goodbye: bool);

    /// Carries a command out. The reply is sent after this returns, and only then; none for a command without one.
    ///
    /// # Errors
    /// Why the command was refused.
    async fn command(&self, session: &Session, command: Command) -> Result<Option<CommandReply>, Failure>;
}

/// The answer to a command.
pub struct CommandReply {
    /// What is said.
    pub body: ServerBody,
    /// Position of the event that the command caused, or of the channel it speaks of.
    pub offset: Option<u64>,
    /// What the connection listens to from this reply on.
    pub attach: Option<Attach>,
}

/// A topic to listen to, from a reply on: what was published before is in the reply, what is published later follows it.
pub struct Attach {
    /// What to listen to.
    pub topic: Topic,
    /// Keeps the topic's publishers waiting until the connection listens.
    pub held: Box<dyn Send>,
}

impl CommandReply {
    /// The reply to a change that stands at this position.
    #[must_use]
    pub fn at(body: ServerBody, offset: Option<u64>) -> Self {
        Self { body, offset, attach: None }
    }
}

impl From<ServerBody> for CommandReply {
    fn from(body: ServerBody) -> Self {
        Self { body, offset: None, attach: None }
    }
}
