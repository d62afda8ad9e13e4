//! The operations of chat: check the shape, hand over to the store, which decides and writes in one transaction.

use std::sync::Arc;

use tutti_core::caller::Actor;
use tutti_core::pages::{Page, page_size};
use tutti_core::{Clock, Failure};
use tutti_protocol::chat::{
    Conversation, ConversationKind, GetHistory, Member, Message, MessageDeleted, MessagePage, ReactionChanged,
    ReadPosition, ReadReceipt,
};
use tutti_protocol::http::{ConversationPatch, MarkRead, NewConversation, NewMember, PageQuery, Unread};
use tutti_protocol::{ConversationId, EventId, MessageId, UserId};

use crate::config::Config;
use crate::decide;
use crate::error::Error;
use crate::model::{Anchor, Changed, Draft, HistoryQuery, NewGroup, Patch, Posted, ReadMark, Replay, Standing, Target};
use crate::store::Store;

/// Chat, as the rest of the server uses it.
pub struct Service {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    config: Config,
}

/// Says where a frame that names a receiver or a conversation goes.
///
/// # Errors
/// [`Error::Unclear`] when it names neither or both, [`Error::Invalid`] when it names the caller itself.
pub fn target(
    caller: &UserId,
    receiver: Option<UserId>,
    conversation: Option<ConversationId>,
) -> Result<Target, Error> {
    match (receiver, conversation) {
        (Some(user), None) if user == *caller => {
            Err(Error::invalid("receiver_id", "a conversation needs somebody else"))
        }
        (Some(user), None) => Ok(Target::Direct(user)),
        (None, Some(id)) => Ok(Target::Conversation(id)),
        _ => {
            let message = "exactly one of `receiver_id` and `conversation_id` says where";
            Err(Error::Unclear { field: "conversation_id", message })
        }
    }
}

impl Service {
    /// Chat on a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, config: Config) -> Self {
        Self { store, clock, config }
    }

    /// The bounds in force.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Sends a message. It is durable when this returns.
    ///
    /// # Errors
    /// A value out of bounds, a conversation or referred message that is not there for the sender.
    pub async fn post(&self, by: Actor, target: Target, mut draft: Draft) -> Result<Posted, Error> {
        draft.mentions.sort_unstable();
        draft.mentions.dedup();
        decide::check_draft(&draft, &self.config)?;
        self.store.post(by, target, draft, self.clock.now()).await
    }

    /// Edits an own message.
    ///
    /// # Errors
    /// A text out of bounds, somebody else's message, a deleted one.
    pub async fn edit(&self, by: Actor, message: MessageId, text: String) -> Result<Changed<Message>, Error> {
        decide::check_text(&text, &self.config)?;
        self.store.edit(by, message, text, self.clock.now()).await
    }

    /// Deletes a message.
    ///
    /// # Errors
    /// A message the caller may not delete.
    pub async fn delete_message(&self, by: Actor, message: MessageId) -> Result<Changed<MessageDeleted>, Error> {
        self.store.delete_message(by, message, self.clock.now()).await
    }

    /// Adds or takes back a reaction.
    ///
    /// # Errors
    /// A message that is not there for the caller, or with too many different emoji.
    pub async fn react(
        &self,
        by: Actor,
        message: MessageId,
        emoji: String,
        on: bool,
    ) -> Result<Changed<ReactionChanged>, Error> {
        decide::check_emoji(&emoji)?;
        self.store.react(by, message, emoji, on, self.clock.now()).await
    }

    /// Takes a read receipt of either form.
    ///
    /// # Errors
    /// Neither form, or too many ids.
    pub async fn receipt(&self, by: Actor, receipt: ReadReceipt) -> Result<Vec<ReadPosition>, Error> {
        let mark = match (receipt.message_ids, receipt.conversation_id, receipt.message_id) {
            (ids, None, None) if !ids.is_empty() => ReadMark::Messages(ids),
            (ids, Some(conversation), Some(message)) if ids.is_empty() => ReadMark::Upto(conversation, message),
            _ => {
                let message = "either `message_ids`, or `conversation_id` and `message_id`";
                return Err(Error::Unclear { field: "message_ids", message });
            }
        };
        if matches!(&mark, ReadMark::Messages(ids) if ids.len() > self.config.max_receipt_ids) {
            return Err(Error::over("message_ids", self.config.max_receipt_ids, "entries"));
        }
        self.store.mark_read(by, mark, self.clock.now()).await
    }

    /// Marks a conversation as read, up to a message or as a whole.
    ///
    /// # Errors
    /// A conversation or message that is not there for the caller.
    pub async fn mark_read(&self, by: Actor, id: ConversationId, mark: MarkRead) -> Result<ReadPosition, Error> {
        let mark = mark.message_id.map_or(ReadMark::All(id), |message| ReadMark::Upto(id, message));
        let positions = self.store.mark_read(by, mark, self.clock.now()).await?;
        positions.into_iter().next().ok_or(Error::NotFound("message"))
    }

    /// Creates a conversation; a direct one that exists is returned as it is.
    ///
    /// # Errors
    /// Values out of bounds.
    pub async fn create(
        &self,
        by: Actor,
        body: NewConversation,
        client_id: Option<String>,
    ) -> Result<Conversation, Error> {
        let viewer = by.user.clone();
        let id = match body.kind.unwrap_or(ConversationKind::Group) {
            ConversationKind::Direct => self.open_direct(by, body).await?,
            ConversationKind::Group => self.create_group(by, body, client_id).await?,
        };
        self.store.conversation(&viewer, id).await
    }

    async fn open_direct(&self, by: Actor, body: NewConversation) -> Result<ConversationId, Error> {
        let [other] = <[UserId; 1]>::try_from(body.member_ids)
            .map_err(|_| Error::invalid("member_ids", "a direct conversation is with one other user"))?;
        if other == by.user {
            return Err(Error::invalid("member_ids", "a conversation needs somebody else"));
        }
        self.store.open_direct(by, other, self.clock.now()).await
    }

    async fn create_group(
        &self,
        by: Actor,
        body: NewConversation,
        client_id: Option<String>,
    ) -> Result<ConversationId, Error> {
        let mut members = body.member_ids;
        members.retain(|user| *user != by.user);
        members.sort_unstable();
        members.dedup();
        let group = NewGroup { title: body.title, members, metadata: body.metadata, client_id };
        decide::check_group(&group, &self.config)?;
        self.store.create_group(by, group, self.clock.now()).await
    }

    /// Changes title or metadata of a group.
    ///
    /// # Errors
    /// Values out of bounds, missing rights.
    pub async fn update(&self, by: Actor, id: ConversationId, patch: ConversationPatch) -> Result<Conversation, Error> {
        let patch = Patch { title: patch.title, metadata: patch.metadata };
        decide::check_patch(&patch)?;
        let viewer = by.user.clone();
        self.store.update(by, id, patch, self.clock.now()).await?;
        self.store.conversation(&viewer, id).await
    }

    /// Deletes a group.
    ///
    /// # Errors
    /// Missing rights.
    pub async fn delete(&self, by: Actor, id: ConversationId) -> Result<(), Error> {
        self.store.delete_conversation(by, id, self.clock.now()).await
    }

    /// Adds a member, or gives one another role.
    ///
    /// # Errors
    /// Missing rights, a full group.
    pub async fn put_member(&self, by: Actor, id: ConversationId, member: NewMember) -> Result<Member, Error> {
        self.store.put_member(by, id, member.user_id, member.role, self.clock.now()).await
    }

    /// Removes a member, or leaves.
    ///
    /// # Errors
    /// Missing rights, the last owner.
    pub async fn remove_member(&self, by: Actor, id: ConversationId, user: UserId) -> Result<(), Error> {
        self.store.remove_member(by, id, user, self.clock.now()).await
    }

    /// One conversation.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the viewer is not in it.
    pub async fn conversation(&self, viewer: &UserId, id: ConversationId) -> Result<Conversation, Error> {
        self.store.conversation(viewer, id).await
    }

    /// A page of the viewer's conversations.
    ///
    /// # Errors
    /// A page size or cursor out of bounds.
    pub async fn conversations(&self, viewer: &UserId, page: &PageQuery) -> Result<Page<Conversation>, Failure> {
        let size = page_size(page.limit)?;
        Ok(self.store.conversations(viewer, page.cursor.as_deref(), size).await?)
    }

    /// A page of members.
    ///
    /// # Errors
    /// A page size or cursor out of bounds, a conversation the viewer is not in.
    pub async fn members(
        &self,
        viewer: &UserId,
        id: ConversationId,
        page: &PageQuery,
    ) -> Result<Page<Member>, Failure> {
        let size = page_size(page.limit)?;
        Ok(self.store.members(viewer, id, page.cursor.as_deref(), size).await?)
    }

    /// A page of messages.
    ///
    /// # Errors
    /// More than one anchor, a page size out of bounds, a conversation or anchor that is not there for the viewer.
    pub async fn history(&self, viewer: &UserId, query: GetHistory) -> Result<MessagePage, Failure> {
        let anchor = match (query.before_id, query.after_id, query.around_id) {
            (None, None, None) => Anchor::Newest,
            (Some(id), None, None) => Anchor::Before(id),
            (None, Some(id), None) => Anchor::After(id),
            (None, None, Some(id)) => Anchor::Around(id),
            _ => {
                let message = "at most one of `before_id`, `after_id` and `around_id`";
                return Err(Failure::invalid("before_id", message));
            }
        };
        let limit = page_size(query.limit)?;
        let query = HistoryQuery { conversation: query.conversation_id, thread: query.thread_id, anchor, limit };
        Ok(self.store.history(viewer, query).await?)
    }

    /// What a user has not read.
    ///
    /// # Errors
    /// A failing store.
    pub async fn unread(&self, user: &UserId) -> Result<Unread, Error> {
        self.store.unread(user).await
    }

    /// The existing conversation that a target names, for somebody who is in it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn locate(&self, user: &UserId, target: Target) -> Result<ConversationId, Error> {
        let found = match target {
            Target::Conversation(id) => self.store.is_member(user, id).await?.then_some(id),
            Target::Direct(other) => self.store.direct_with(user, &other).await?,
        };
        found.ok_or(Error::NotFound("conversation"))
    }

    /// The conversations a user is in, and where the log stands.
    ///
    /// # Errors
    /// A failing store.
    pub async fn standing(&self, user: &UserId) -> Result<Standing, Error> {
        self.store.standing(user).await
    }

    /// Who is in a conversation, or was to the end of a deleted one. For the server's own use: nobody is asked whether
    /// they may know.
    ///
    /// # Errors
    /// A failing store.
    pub async fn member_ids(&self, id: ConversationId) -> Result<Vec<UserId>, Error> {
        self.store.member_ids(id).await
    }

    /// Those of `users` whom the viewer shares a conversation with.
    ///
    /// # Errors
    /// A failing store.
    pub async fn acquainted(&self, viewer: &UserId, users: &[UserId]) -> Result<Vec<UserId>, Error> {
        self.store.acquainted(viewer, users).await
    }

    /// The newest event of the log.
    ///
    /// # Errors
    /// A failing store.
    pub async fn latest_event(&self) -> Result<EventId, Error> {
        self.store.latest_event().await
    }

    /// What a user missed since an event.
    ///
    /// # Errors
    /// A failing store.
    pub async fn replay(&self, user: &UserId, since: EventId) -> Result<Replay, Error> {
        self.store.replay(user, since).await
    }
}
