//! Topics: what a connection can listen to. The hub knows them only as keys.

use tutti_protocol::{ChannelName, ConversationId, UserId};

/// A stream of frames that connections listen to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Everything addressed to one user, on all of their connections.
    User(UserId),
    /// What happens in a conversation; its members listen.
    Conversation(ConversationId),
    /// How one user is; whoever follows them listens.
    Presence(UserId),
    /// What is published in a channel; whoever subscribed listens.
    Channel(ChannelName),
}
