//! Chat in memory: for a server without a data directory, and for tests. It forgets everything when it is dropped.
//!
//! One lock holds all of it, and a change holds that lock until its events are in the feed, so that they arrive in the
//! order of their ids. A change never waits once it has begun to write, so one whose caller goes away happened as a
//! whole or not at all. What may be done is [`crate::decide`]'s to say.

mod changes;
mod groups;
mod history;
mod posting;
mod reading;
mod replay;
mod state;
mod views;

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;
use tutti_core::caller::Actor;
use tutti_core::outbox::Log;
use tutti_core::pages::Page;
use tutti_core::{Failure, Snowflake};
use tutti_protocol::chat::{
    Conversation, Member, Message, MessageDeleted, MessagePage, ReactionChanged, ReadPosition, Role,
};
use tutti_protocol::http::Unread;
use tutti_protocol::{ConversationId, EventId, MessageId, Timestamp, UserId};

use self::state::{Change, State};
use super::Store;
use crate::config::Config;
use crate::error::Error;
use crate::event::{Feed, Recorded};
use crate::model::{Changed, Draft, HistoryQuery, NewGroup, Patch, Posted, ReadMark, Replay, Standing, Target};

/// The in-memory store.
pub struct MemoryStore {
    config: Config,
    ids: Arc<Snowflake>,
    feed: Feed,
    state: Mutex<State>,
}

impl MemoryStore {
    /// An empty store that puts what happens into `feed`.
    #[must_use]
    pub fn new(config: Config, ids: Arc<Snowflake>, feed: Feed) -> Self {
        Self { config, ids, feed, state: Mutex::default() }
    }

    /// Runs one change and hands its events to the feed. `work` must have decided before it writes.
    async fn change<T, F>(&self, by: &Actor, at: Timestamp, work: F) -> Result<T, Error>
    where
        F: FnOnce(&mut Change<'_>) -> Result<T, Error> + Send,
    {
        let mut state = self.state.lock().await;
        // Room in the feed comes first: after it, nothing waits. A feed without a reader is ignored.
        let room = self.feed.reserve().await.ok();
        let mut change = Change::new(&mut state, &self.config, &self.ids, at, by.origin);
        let result = work(&mut change);
        let events = change.events;
        if let (Some(room), false) = (room, events.is_empty()) {
            room.send(events);
        }
        result
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn post(&self, by: Actor, target: Target, draft: Draft, at: Timestamp) -> Result<Posted, Error> {
        self.change(&by, at, |change| change.post(&by.user, target, draft)).await
    }

    async fn edit(
        &self,
        by: Actor,
        message: MessageId,
        text: String,
        at: Timestamp,
    ) -> Result<Changed<Message>, Error> {
        self.change(&by, at, |change| change.edit(&by.user, message, text)).await
    }

    async fn delete_message(
        &self,
        by: Actor,
        message: MessageId,
        at: Timestamp,
    ) -> Result<Changed<MessageDeleted>, Error> {
        self.change(&by, at, |change| change.delete_message(&by.user, message)).await
    }

    async fn react(
        &self,
        by: Actor,
        message: MessageId,
        emoji: String,
        on: bool,
        at: Timestamp,
    ) -> Result<Changed<ReactionChanged>, Error> {
        self.change(&by, at, |change| change.react(&by.user, message, emoji, on)).await
    }

    async fn mark_read(&self, by: Actor, mark: ReadMark, at: Timestamp) -> Result<Vec<ReadPosition>, Error> {
        self.change(&by, at, |change| change.mark_read(&by.user, mark)).await
    }

    async fn create_group(&self, by: Actor, group: NewGroup, at: Timestamp) -> Result<ConversationId, Error> {
        self.change(&by, at, |change| change.create_group(&by.user, group)).await
    }

    async fn open_direct(&self, by: Actor, other: UserId, at: Timestamp) -> Result<ConversationId, Error> {
        self.change(&by, at, |change| change.open_direct(&by.user, &other)).await
    }

    async fn update(&self, by: Actor, id: ConversationId, patch: Patch, at: Timestamp) -> Result<(), Error> {
        self.change(&by, at, |change| change.update(&by.user, id, patch)).await
    }

    async fn delete_conversation(&self, by: Actor, id: ConversationId, at: Timestamp) -> Result<(), Error> {
        self.change(&by, at, |change| change.delete_conversation(&by.user, id)).await
    }

    async fn put_member(
        &self,
        by: Actor,
        id: ConversationId,
        user: UserId,
        role: Option<Role>,
        at: Timestamp,
    ) -> Result<Member, Error> {
        self.change(&by, at, |change| change.put_member(&by.user, id, &user, role)).await
    }

    async fn remove_member(&self, by: Actor, id: ConversationId, user: UserId, at: Timestamp) -> Result<(), Error> {
        self.change(&by, at, |change| change.remove_member(&by.user, id, &user)).await
    }

    async fn conversation(&self, viewer: &UserId, id: ConversationId) -> Result<Conversation, Error> {
        self.state.lock().await.conversation(viewer, id)
    }

    async fn conversations(
        &self,
        viewer: &UserId,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Conversation>, Error> {
        self.state.lock().await.conversations(viewer, cursor, limit)
    }

    async fn standing(&self, user: &UserId) -> Result<Standing, Error> {
        let state = self.state.lock().await;
        Ok(Standing { conversations: state.rooms_of(user).map(|room| room.info.id).collect(), latest: state.latest })
    }

    async fn direct_with(&self, user: &UserId, other: &UserId) -> Result<Option<ConversationId>, Error> {
        Ok(self.state.lock().await.direct(user, other))
    }

    async fn is_member(&self, user: &UserId, id: ConversationId) -> Result<bool, Error> {
        Ok(self.state.lock().await.room(user, id).is_ok())
    }

    async fn member_ids(&self, id: ConversationId) -> Result<Vec<UserId>, Error> {
        Ok(self.state.lock().await.member_ids(id))
    }

    async fn members(
        &self,
        viewer: &UserId,
        id: ConversationId,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Member>, Error> {
        self.state.lock().await.members(viewer, id, cursor, limit)
    }

    async fn history(&self, viewer: &UserId, query: HistoryQuery) -> Result<MessagePage, Error> {
        self.state.lock().await.history(viewer, &query)
    }

    async fn unread(&self, user: &UserId) -> Result<Unread, Error> {
        Ok(self.state.lock().await.unread(user))
    }

    async fn acquainted(&self, viewer: &UserId, users: &[UserId]) -> Result<Vec<UserId>, Error> {
        Ok(self.state.lock().await.acquainted(viewer, users))
    }

    async fn replay(&self, user: &UserId, since: EventId) -> Result<Replay, Error> {
        Ok(self.state.lock().await.replay(user, since, &self.config))
    }

    async fn latest_event(&self) -> Result<EventId, Error> {
        Ok(self.state.lock().await.latest)
    }

    async fn prune(&self, before: EventId) -> Result<(), Error> {
        self.state.lock().await.prune(before);
        Ok(())
    }
}

#[async_trait]
impl Log<Recorded> for MemoryStore {
    async fn after(&self, event: EventId, limit: usize) -> Result<Vec<Recorded>, Failure> {
        Ok(self.state.lock().await.after(event, limit))
    }

    async fn cursor(&self, consumer: &str) -> Result<EventId, Failure> {
        Ok(self.state.lock().await.cursors.get(consumer).copied().unwrap_or_default())
    }

    async fn advance(&self, consumer: &str, event: EventId) -> Result<(), Failure> {
        self.state.lock().await.cursors.insert(consumer.to_owned(), event);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance::{self, Harness};

    async fn make(config: Config) -> Harness {
        let (feed, events) = conformance::feed();
        let clock = conformance::clock();
        let ids = Arc::new(Snowflake::new(Arc::new(clock.clone()), 1));
        let store = Arc::new(MemoryStore::new(config, ids, feed));
        Harness { store: store.clone(), log: store, feed: events, clock }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn conforms() {
        conformance::run_all(make).await;
    }

    #[tokio::test]
    async fn a_feed_without_a_reader_does_not_stop_it() {
        let harness = make(Config::default()).await;
        drop(harness.feed);
        let (ann, bob) = (UserId::new("ann").unwrap(), UserId::new("bob").unwrap());
        let at = Timestamp::from_millis(1);
        let opened = harness.store.open_direct(Actor::of(ann.clone()), bob.clone(), at).await.unwrap();
        assert_eq!(harness.store.direct_with(&bob, &ann).await.unwrap(), Some(opened));
    }
}
