//! Chat in SQLite. This file hands each call to the module that does it, inside a write or a read transaction; what
//! may be done is decided by [`tutti_chat::decide`], on what the same transaction has read.

// Their macros are for the modules below.
#[macro_use]
mod messages;
#[macro_use]
mod events;

mod change;
mod conversations;
mod groups;
mod history;
mod members;
mod outbox;
mod post;
mod prune;
#[cfg(test)]
mod query_plans;
mod read;
mod replay;
mod room;

use std::sync::Arc;

use async_trait::async_trait;
use tutti_chat::Error;
use tutti_chat::model::{Changed, Draft, HistoryQuery, NewGroup, Patch, Posted, ReadMark, Replay, Standing, Target};
use tutti_chat::store::Store;
use tutti_core::caller::Actor;
use tutti_core::pages::Page;
use tutti_protocol::chat::{
    Conversation, Member, Message, MessageDeleted, MessagePage, ReactionChanged, ReadPosition, Role,
};
use tutti_protocol::http::Unread;
use tutti_protocol::{ConversationId, EventId, MessageId, Timestamp, UserId};

use super::SqliteStore;

/// Who does something, and when.
#[derive(Debug, Clone)]
struct Act {
    by: Actor,
    at: Timestamp,
}

#[async_trait]
impl Store for SqliteStore {
    async fn post(&self, by: Actor, target: Target, draft: Draft, at: Timestamp) -> Result<Posted, Error> {
        let act = Act { by, at };
        Ok(self.write(move |tx| post::post(tx, &act, &target, &draft)).await?)
    }

    async fn edit(
        &self,
        by: Actor,
        message: MessageId,
        text: String,
        at: Timestamp,
    ) -> Result<Changed<Message>, Error> {
        let act = Act { by, at };
        Ok(self.write(move |tx| change::edit(tx, &act, message, &text)).await?)
    }

    async fn delete_message(
        &self,
        by: Actor,
        message: MessageId,
        at: Timestamp,
    ) -> Result<Changed<MessageDeleted>, Error> {
        let act = Act { by, at };
        Ok(self.write(move |tx| change::delete(tx, &act, message)).await?)
    }

    async fn react(
        &self,
        by: Actor,
        message: MessageId,
        emoji: String,
        on: bool,
        at: Timestamp,
    ) -> Result<Changed<ReactionChanged>, Error> {
        let act = Act { by, at };
        Ok(self.write(move |tx| change::react(tx, &act, message, &emoji, on)).await?)
    }

    async fn mark_read(&self, by: Actor, mark: ReadMark, at: Timestamp) -> Result<Vec<ReadPosition>, Error> {
        let act = Act { by, at };
        Ok(self.write(move |tx| read::mark(tx, &act, &mark)).await?)
    }

    async fn create_group(&self, by: Actor, group: NewGroup, at: Timestamp) -> Result<ConversationId, Error> {
        let act = Act { by, at };
        Ok(self.write(move |tx| groups::create(tx, &act, &group)).await?)
    }

    async fn open_direct(&self, by: Actor, other: UserId, at: Timestamp) -> Result<ConversationId, Error> {
        let act = Act { by, at };
        Ok(self.write(move |tx| groups::open_direct(tx, &act, &other)).await?)
    }

    async fn update(&self, by: Actor, id: ConversationId, patch: Patch, at: Timestamp) -> Result<(), Error> {
        let act = Act { by, at };
        Ok(self.write(move |tx| groups::update(tx, &act, id, &patch)).await?)
    }

    async fn delete_conversation(&self, by: Actor, id: ConversationId, at: Timestamp) -> Result<(), Error> {
        let act = Act { by, at };
        Ok(self.write(move |tx| groups::delete(tx, &act, id)).await?)
    }

    async fn put_member(
        &self,
        by: Actor,
        id: ConversationId,
        user: UserId,
        role: Option<Role>,
        at: Timestamp,
    ) -> Result<Member, Error> {
        let act = Act { by, at };
        Ok(self.write(move |tx| members::put(tx, &act, id, &user, role)).await?)
    }

    async fn remove_member(&self, by: Actor, id: ConversationId, user: UserId, at: Timestamp) -> Result<(), Error> {
        let act = Act { by, at };
        Ok(self.write(move |tx| members::remove(tx, &act, id, &user)).await?)
    }

    async fn conversation(&self, viewer: &UserId, id: ConversationId) -> Result<Conversation, Error> {
        let viewer = viewer.clone();
        Ok(self.read(move |sql| conversations::one(sql, &viewer, id)).await?)
    }

    async fn conversations(
        &self,
        viewer: &UserId,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Conversation>, Error> {
        let (viewer, start) = (viewer.clone(), conversations::Place::parse(cursor)?);
        Ok(self.read(move |sql| conversations::page(sql, &viewer, start, limit)).await?)
    }

    async fn standing(&self, user: &UserId) -> Result<Standing, Error> {
        let user = user.clone();
        let standing = self.read(move |sql| {
            Ok(Standing { conversations: members::conversations_of(sql, &user)?, latest: events::latest(sql)? })
        });
        Ok(standing.await?)
    }

    async fn direct_with(&self, user: &UserId, other: &UserId) -> Result<Option<ConversationId>, Error> {
        let (user, other) = (user.clone(), other.clone());
        Ok(self.read(move |sql| groups::direct(sql, &user, &other)).await?)
    }

    async fn is_member(&self, user: &UserId, id: ConversationId) -> Result<bool, Error> {
        let user = user.clone();
        Ok(self.read(move |sql| members::is_member(sql, &user, id)).await?)
    }

    async fn member_ids(&self, id: ConversationId) -> Result<Vec<UserId>, Error> {
        Ok(self.read(move |sql| members::ids(sql, id)).await?)
    }

    async fn members(
        &self,
        viewer: &UserId,
        id: ConversationId,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Member>, Error> {
        let (viewer, cursor) = (viewer.clone(), cursor.map(str::to_owned));
        Ok(self.read(move |sql| members::page(sql, &viewer, id, cursor.as_deref(), limit)).await?)
    }

    async fn history(&self, viewer: &UserId, query: HistoryQuery) -> Result<MessagePage, Error> {
        let viewer = viewer.clone();
        Ok(self.read(move |sql| history::page(sql, &viewer, &query)).await?)
    }

    async fn unread(&self, user: &UserId) -> Result<Unread, Error> {
        let user = user.clone();
        Ok(self.read(move |sql| read::unread(sql, &user)).await?)
    }

    async fn acquainted(&self, viewer: &UserId, users: &[UserId]) -> Result<Vec<UserId>, Error> {
        let (viewer, users) = (viewer.clone(), users.to_vec());
        Ok(self.read(move |sql| members::acquainted(sql, &viewer, users)).await?)
    }

    async fn replay(&self, user: &UserId, since: EventId) -> Result<Replay, Error> {
        let (user, config) = (user.clone(), Arc::clone(&self.inner.config));
        Ok(self.read(move |sql| replay::replay(sql, &user, since, &config)).await?)
    }

    async fn latest_event(&self) -> Result<EventId, Error> {
        Ok(self.read(events::latest).await?)
    }

    async fn prune(&self, before: EventId) -> Result<(), Error> {
        while self.write(move |tx| prune::events(tx, before)).await? {}
        while self.write(prune::deleted).await? {}
        while self.write(move |tx| prune::departures(tx, before)).await? {}
        Ok(())
    }
}
