//! What chat needs of a store. Implementations: [`memory`] here, SQLite in the `store` crate; `conformance` is run
//! over all of them.
//!
//! Guarantees every implementation gives:
//! - Each writing method is one transaction, and it has been made durable when the method returns.
//! - Decisions ([`crate::decide`]) are made on what the same transaction read.
//! - Event ids ascend in the order of commits; `seq` and `offset` are dense per conversation.
//! - Committed events reach the [`crate::Feed`] in the order of ids, once each, before the method returns.

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod memory;

use async_trait::async_trait;
use tutti_core::caller::Actor;
use tutti_core::pages::Page;
use tutti_protocol::chat::{
    Conversation, Member, Message, MessageDeleted, MessagePage, ReactionChanged, ReadPosition, Role,
};
use tutti_protocol::http::Unread;
use tutti_protocol::{ConversationId, EventId, MessageId, Timestamp, UserId};

use crate::error::Error;
use crate::model::{Changed, Draft, HistoryQuery, NewGroup, Patch, Posted, ReadMark, Replay, Standing, Target};

/// Keeps conversations.
#[async_trait]
pub trait Store: Send + Sync {
    /// Stores a message, creating a direct conversation on the first send. A second message with the same sender and
    /// client id is not stored; the first is returned.
    async fn post(&self, by: Actor, target: Target, draft: Draft, at: Timestamp) -> Result<Posted, Error>;

    /// Replaces the text of a message.
    async fn edit(&self, by: Actor, message: MessageId, text: String, at: Timestamp)
    -> Result<Changed<Message>, Error>;

    /// Empties a message; its place stays. Deleting it again changes nothing.
    async fn delete_message(
        &self,
        by: Actor,
        message: MessageId,
        at: Timestamp,
    ) -> Result<Changed<MessageDeleted>, Error>;

    /// Adds (`on`) or takes back a reaction. What is so already changes nothing.
    async fn react(
        &self,
        by: Actor,
        message: MessageId,
        emoji: String,
        on: bool,
        at: Timestamp,
    ) -> Result<Changed<ReactionChanged>, Error>;

    /// Moves read positions forward: one event for each conversation whose position moved. Returns the positions as
    /// they stand in every conversation that the mark names; messages the caller cannot see are passed over.
    async fn mark_read(&self, by: Actor, mark: ReadMark, at: Timestamp) -> Result<Vec<ReadPosition>, Error>;

    /// Creates a group, with the caller as owner.
    async fn create_group(&self, by: Actor, group: NewGroup, at: Timestamp) -> Result<ConversationId, Error>;

    /// The direct conversation with another user, created if there is none.
    async fn open_direct(&self, by: Actor, other: UserId, at: Timestamp) -> Result<ConversationId, Error>;

    /// Changes title or metadata of a group.
    async fn update(&self, by: Actor, id: ConversationId, patch: Patch, at: Timestamp) -> Result<(), Error>;

    /// Deletes a group for everybody.
    async fn delete_conversation(&self, by: Actor, id: ConversationId, at: Timestamp) -> Result<(), Error>;

    /// Adds a member to a group, or gives one another role.
    async fn put_member(
        &self,
        by: Actor,
        id: ConversationId,
        user: UserId,
        role: Option<Role>,
        at: Timestamp,
    ) -> Result<Member, Error>;

    /// Removes a member from a group, or lets the caller leave. The last one to leave deletes the group.
    async fn remove_member(&self, by: Actor, id: ConversationId, user: UserId, at: Timestamp) -> Result<(), Error>;

    /// A conversation as one of its members sees it.
    async fn conversation(&self, viewer: &UserId, id: ConversationId) -> Result<Conversation, Error>;

    /// A page of the viewer's conversations, the newest message first; one without messages stands where it was
    /// created. Reading and reacting do not move a conversation. Cursors are of the store's own making; one that
    /// it did not make is [`Error::Invalid`].
    async fn conversations(
        &self,
        viewer: &UserId,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Conversation>, Error>;

    /// The conversations a user is in, and where the log stands, as of one moment.
    async fn standing(&self, user: &UserId) -> Result<Standing, Error>;

    /// The direct conversation of two users, if it exists.
    async fn direct_with(&self, user: &UserId, other: &UserId) -> Result<Option<ConversationId>, Error>;

    /// Whether a user is a member.
    async fn is_member(&self, user: &UserId, id: ConversationId) -> Result<bool, Error>;

    /// All members, whoever asks; of a deleted conversation those who were in it to the end, until its deletion is
    /// pruned from the log. Nobody when there is no such conversation.
    async fn member_ids(&self, id: ConversationId) -> Result<Vec<UserId>, Error>;

    /// A page of members, the longest-standing first.
    async fn members(
        &self,
        viewer: &UserId,
        id: ConversationId,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Member>, Error>;

    /// A page of messages, newest first.
    async fn history(&self, viewer: &UserId, query: HistoryQuery) -> Result<MessagePage, Error>;

    /// What a user has not read.
    async fn unread(&self, user: &UserId) -> Result<Unread, Error>;

    /// Those of `users` who share a conversation with the viewer; the viewer too.
    async fn acquainted(&self, viewer: &UserId, users: &[UserId]) -> Result<Vec<UserId>, Error>;

    /// What a user missed since an event, at most as much as the configuration allows.
    async fn replay(&self, user: &UserId, since: EventId) -> Result<Replay, Error>;

    /// The newest event of the log; zero when there is none.
    async fn latest_event(&self) -> Result<EventId, Error>;

    /// Forgets events before one, and the content of deleted conversations. Clients whose gap starts before it are
    /// told to load afresh.
    async fn prune(&self, before: EventId) -> Result<(), Error>;
}
