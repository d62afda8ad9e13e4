//! Presence at work: the gateway tells what happened to connections, the engine decides what others see of it, the
//! store remembers when somebody was last seen, and the feed carries it to whoever follows.
//!
//! Order: the feed is given each user's changes in the order in which they were made (see `lane`). When a call
//! returns, what it changed has been handed to the feed, and a last-seen time has been saved before its push. Should
//! the store fail, the push goes out all the same and the failure is logged: presence is worth more live than complete.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Notify;
use tutti_core::{Caller, Clock};
use tutti_protocol::chat::Typing as TypingPush;
use tutti_protocol::presence::{Presence, PresenceSetOk, SetPresence, Status};
use tutti_protocol::{ConnectionId, ConversationId, Timestamp, UserId};

use crate::config::Config;
use crate::engine::Engine;
use crate::error::Error;
use crate::lane::Lane;
use crate::model::{Departure, check_text};
use crate::store::Store;
use crate::typing::Typing;

/// Carries what others see to whoever follows. A push may be repeated, and says how things are, not what happened, so
/// a repeat does no harm.
#[async_trait]
pub trait Feed: Send + Sync {
    /// A user looks different to others now.
    async fn presence(&self, change: Presence);

    /// A user began or ceased to type; `except` is the connection that said so.
    async fn typing(&self, change: TypingPush, except: Option<ConnectionId>);
}

/// Who is here and who is typing on this server.
pub struct Service {
    here: Lane<Engine, Presence>,
    typing: Lane<Typing, (TypingPush, Option<ConnectionId>)>,
    store: Arc<dyn Store>,
    feed: Arc<dyn Feed>,
    clock: Arc<dyn Clock>,
    /// Wakes the worker: there is an earlier deadline than before, or something was left unsent.
    earlier: Notify,
}

impl Service {
    /// A service that knows of nobody yet. [`crate::worker`] must run beside it, or nothing ever ends by itself.
    #[must_use]
    pub fn new(config: &Config, store: Arc<dyn Store>, feed: Arc<dyn Feed>, clock: Arc<dyn Clock>) -> Self {
        Self {
            here: Lane::new(Engine::new(config)),
            typing: Lane::new(Typing::new(config)),
            store,
            feed,
            clock,
            earlier: Notify::new(),
        }
    }

    /// A connection was opened and authenticated.
    pub async fn connected(&self, user: &UserId, connection: ConnectionId) {
        let now = self.clock.now();
        self.engine(|engine| engine.connect(user, connection, now)).await;
    }

    /// A connection was heard of: a pong or any frame. Cheap; once per heartbeat is enough.
    pub async fn heard(&self, user: &UserId, connection: ConnectionId) {
        let now = self.clock.now();
        self.engine(|engine| engine.heartbeat(user, connection, now)).await;
    }

    /// A connection ended. With the last one, the user ceases to type.
    pub async fn disconnected(&self, user: &UserId, connection: ConnectionId, departure: Departure) {
        let now = self.clock.now();
        self.engine(|engine| engine.disconnect(user, connection, departure, now)).await;
        if !self.here.with(|engine| engine.is_connected(user)) {
            self.typists(|typing| typing.stop_all(user), None).await;
        }
    }

    /// A user says how they are; it counts for all of their connections.
    ///
    /// # Errors
    /// [`Error::TextTooLong`], [`Error::TextHasControls`]; [`Error::NotConnected`] when there is no connection for the
    /// status to live with.
    pub async fn set(&self, caller: &Caller, asked: SetPresence) -> Result<PresenceSetOk, Error> {
        let text = check_text(asked.text)?;
        let now = self.clock.now();
        let mut outcome = Ok(());
        self.engine(|engine| {
            let change = engine.set(&caller.user, asked.status, text.clone(), now);
            change.unwrap_or_else(|_| {
                outcome = Err(Error::NotConnected);
                None
            })
        })
        .await;
        outcome.map(|()| PresenceSetOk { status: asked.status, text })
    }

    /// How these users look to others, in the order in which they are named.
    ///
    /// To miss nothing, follow first and ask then: what changes afterwards comes as a push.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn snapshot(&self, users: &[UserId]) -> Result<Vec<Presence>, Error> {
        let seen: HashMap<UserId, Timestamp> = self.store.last_seen(users).await?.into_iter().collect();
        let mut views: Vec<Presence> = self.here.with(|engine| users.iter().map(|user| engine.of(user)).collect());
        for view in views.iter_mut().filter(|view| view.status == Status::Offline) {
            view.last_seen_at = seen.get(&view.user_id).copied();
        }
        Ok(views)
    }

    /// A user says whether they are typing; the caller has checked that they may write there.
    pub async fn typing(
        &self,
        conversation: ConversationId,
        user: &UserId,
        is_typing: bool,
        origin: Option<ConnectionId>,
    ) {
        let now = self.clock.now();
        self.typists(|typing| typing.set(conversation, user, is_typing, now), origin).await;
    }

    /// Remembers when everybody who is here was last seen. For the end of the server, after the connections are
    /// closed; nothing is pushed, because nobody is left to read it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn close(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let seen = self.here.with(|engine| engine.last_seen_if_ended(now));
        Ok(self.store.save_last_seen(&seen).await?)
    }

    /// Carries out every deadline that has passed and sends whatever is unsent. The worker's part.
    pub(crate) async fn expire(&self) {
        let now = self.clock.now();
        self.here.change(|engine| engine.expire(now));
        self.typing.change(|typing| typing.expire(now).into_iter().map(|change| (change, None)));
        self.send_presence().await;
        self.send_typing().await;
    }

    /// Resolves when the worker has something to do: the next deadline has passed, there is an earlier one than before,
    /// or a task was dropped before it had sent what it changed. The worker's part.
    pub(crate) async fn wait(&self) {
        match self.next_deadline() {
            None => self.earlier.notified().await,
            Some(deadline) => tokio::select! {
                () = self.clock.sleep_until(deadline) => {}
                () = self.earlier.notified() => {}
            },
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        let (here, typing) = (self.here.with(|engine| engine.next_deadline()), self.typing.with(|t| t.next_deadline()));
        here.into_iter().chain(typing).min()
    }

    async fn engine(&self, step: impl FnOnce(&mut Engine) -> Option<Presence>) {
        let changed = self.here.change(|engine| {
            let before = engine.next_deadline();
            let change = step(engine);
            self.tell_if_earlier(before, engine.next_deadline());
            change
        });
        if changed {
            let unsent = Unsent(&self.earlier);
            self.send_presence().await;
            unsent.sent();
        }
    }

    async fn typists<I>(&self, step: impl FnOnce(&mut Typing) -> I, except: Option<ConnectionId>)
    where
        I: IntoIterator<Item = TypingPush>,
    {
        let changed = self.typing.change(|typing| {
            let before = typing.next_deadline();
            let changes = step(typing);
            self.tell_if_earlier(before, typing.next_deadline());
            changes.into_iter().map(move |change| (change, except))
        });
        if changed {
            let unsent = Unsent(&self.earlier);
            self.send_typing().await;
            unsent.sent();
        }
    }

    fn tell_if_earlier(&self, before: Option<Timestamp>, after: Option<Timestamp>) {
        if after.is_some_and(|after| before.is_none_or(|before| after < before)) {
            self.earlier.notify_one();
        }
    }

    async fn send_presence(&self) {
        let turn = self.here.turn().await;
        while let Some(batch) = turn.batch() {
            self.save_last_seen(&batch).await;
            for change in batch {
                self.feed.presence(change).await;
                turn.sent();
            }
        }
    }

    async fn send_typing(&self) {
        let turn = self.typing.turn().await;
        while let Some(batch) = turn.batch() {
            for (change, except) in batch {
                self.feed.typing(change, except).await;
                turn.sent();
            }
        }
    }

    async fn save_last_seen(&self, changes: &[Presence]) {
        let seen: Vec<(UserId, Timestamp)> =
            changes.iter().filter_map(|change| Some((change.user_id.clone(), change.last_seen_at?))).collect();
        if seen.is_empty() {
            return;
        }
        if let Err(failure) = self.store.save_last_seen(&seen).await {
            tracing::warn!(users = seen.len(), %failure, "could not save when users were last seen");
        }
    }
}

/// Leaves the sending to the worker if the task that should do it is dropped on the way.
struct Unsent<'a>(&'a Notify);

impl Unsent<'_> {
    fn sent(self) {
        std::mem::forget(self);
    }
}

impl Drop for Unsent<'_> {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[cfg(test)]
mod tests;
