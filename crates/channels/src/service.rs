//! Channels at work: finds a channel, makes it when it is needed, and forgets it when nothing is left of it.
//!
//! Everything that happens in one channel happens under its lock, and what is to be delivered is handed over before the
//! lock is let go; that is what keeps offsets and deliveries in one order.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::{Mutex as Lock, OwnedMutexGuard};
use tutti_core::limits::Limiter;
use tutti_core::pages::{Page, page_size};
use tutti_core::{Caller, Clock, Failure, Snowflake};
use tutti_protocol::channels::{
    ChannelHistory, ChannelHistoryQuery, ChannelMember, ChannelPosition, ChannelPresence, ChannelPresent, PublishedAt,
    Subscribed,
};
use tutti_protocol::http::PageQuery;
use tutti_protocol::{ChannelName, ConnectionId, UserId};

use crate::channel::{Channel, Recovery};
use crate::config::{Config, Namespace};
use crate::error::Error;
use crate::feed::{Delivery, Feed};
use crate::policy::{self, Author};

/// Longest client id, in bytes.
const MAX_CLIENT_ID_BYTES: usize = 128;
/// Longest key, in bytes.
const MAX_KEY_BYTES: usize = 64;

/// All channels of a server.
pub struct Service {
    namespaces: BTreeMap<String, Configured>,
    max_per_connection: usize,
    max_channels: usize,
    channels: Mutex<HashMap<ChannelName, Arc<Lock<Slot>>>>,
    /// What each open connection listens to, so that one that ends can be taken out of everything.
    listening: Mutex<HashMap<ConnectionId, HashSet<ChannelName>>>,
    feed: Arc<dyn Feed>,
    clock: Arc<dyn Clock>,
    ids: Arc<Snowflake>,
}

struct Configured {
    namespace: Namespace,
    rate: Limiter<UserId>,
}

/// A channel and whether it is still the one that its name stands for.
struct Slot {
    channel: Channel,
    forgotten: bool,
}

/// What to publish.
#[derive(Debug, Clone)]
pub struct NewPublication {
    /// The value.
    pub data: Value,
    /// The author's own id for it.
    pub client_id: Option<String>,
    /// What it is the newest state of.
    pub key: Option<String>,
    /// A connection that does without it.
    pub except: Option<ConnectionId>,
}

/// A connection that is about to listen. While this is held nothing is published in the channel; let it go when the
/// connection listens.
pub struct Subscription {
    /// The reply.
    pub reply: Subscribed,
    /// The channel's newest offset.
    pub offset: u64,
    /// Keeps publishers waiting.
    pub held: Box<dyn Send>,
}

impl Service {
    /// A service without channels yet.
    #[must_use]
    pub fn new(config: Config, feed: Arc<dyn Feed>, clock: Arc<dyn Clock>, ids: Arc<Snowflake>) -> Self {
        let configured =
            |namespace: Namespace| Configured { rate: Limiter::new(namespace.rate, Arc::clone(&clock)), namespace };
        Self {
            namespaces: config.namespaces.into_iter().map(|(name, namespace)| (name, configured(namespace))).collect(),
            max_per_connection: config.max_per_connection,
            max_channels: config.max_channels,
            channels: Mutex::default(),
            listening: Mutex::default(),
            feed,
            clock,
            ids,
        }
    }

    /// Begins to let a connection listen: what it missed, and the channel's place.
    ///
    /// # Errors
    /// [`Error::NoNamespace`], [`Error::Forbidden`], [`Error::TooManyChannels`], [`Error::AlreadySubscribed`],
    /// [`Error::Full`], [`Error::NotConnected`],
    /// [`Error::TooManyOnServer`].
    pub async fn subscribe(
        &self,
        caller: &Caller,
        connection: ConnectionId,
        name: &ChannelName,
        position: Option<&ChannelPosition>,
    ) -> Result<Subscription, Error> {
        let namespace = &self.configured(name)?.namespace;
        policy::may_subscribe(namespace, caller)?;
        let mut slot = self.open(name).await?;
        if let Err(refused) = self.admit(namespace, &slot.channel, connection, name) {
            self.forget_if_empty(name, &mut slot);
            return Err(refused);
        }
        let channel = &mut slot.channel;
        channel.expire(namespace, self.clock.now());
        let Recovery { recovered, publications } = channel.recover(position);
        let (offset, epoch) = (channel.offset(), channel.epoch().to_owned());
        if channel.join(&caller.user, connection) && namespace.join_leave {
            let member = ChannelMember { channel: name.clone(), user_id: caller.user.clone() };
            self.feed.joined(member, Some(connection)).await;
        }
        let reply = Subscribed { channel: name.clone(), epoch, recovered, publications };
        Ok(Subscription { reply, offset, held: Box::new(slot) })
    }

    /// Lets a connection stop listening. The hub is to be told before.
    ///
    /// # Errors
    /// [`Error::NotSubscribed`].
    pub async fn unsubscribe(&self, user: &UserId, connection: ConnectionId, name: &ChannelName) -> Result<(), Error> {
        let listened = match self.listening.lock().get_mut(&connection) {
            Some(names) => names.remove(name),
            None => false,
        };
        if !listened {
            return Err(Error::NotSubscribed);
        }
        self.leave(user, connection, name).await;
        Ok(())
    }

    /// A connection is open and may listen from now on.
    pub fn connected(&self, connection: ConnectionId) {
        self.listening.lock().insert(connection, HashSet::new());
    }

    /// Takes a connection that ended out of every channel.
    pub async fn disconnected(&self, user: &UserId, connection: ConnectionId) {
        let names = self.listening.lock().remove(&connection).unwrap_or_default();
        for name in names {
            self.leave(user, connection, &name).await;
        }
    }

    /// Publishes, and hands over what is to be delivered.
    ///
    /// # Errors
    /// [`Error::NoNamespace`], [`Error::Forbidden`], [`Error::TooFast`], [`Error::Length`], [`Error::TooManyOnServer`].
    pub async fn publish(
        &self,
        author: Author<'_>,
        name: &ChannelName,
        new: NewPublication,
    ) -> Result<PublishedAt, Error> {
        let Configured { namespace, rate } = self.configured(name)?;
        policy::may_publish(namespace, author)?;
        bounded("client_id", new.client_id.as_deref(), MAX_CLIENT_ID_BYTES)?;
        bounded("key", new.key.as_deref(), MAX_KEY_BYTES)?;
        if let Some(user) = author.user() {
            rate.check(user).map_err(Error::TooFast)?;
        }
        let now = self.clock.now();
        let mut slot = self.open(name).await?;
        let channel = &mut slot.channel;
        let before = new.client_id.as_deref().and_then(|id| channel.published_as(author.user(), id, now));
        let offset = match before {
            Some(offset) => offset,
            None => {
                let from = author.user().cloned();
                let publication = channel.publish(namespace, from, new.data, new.client_id, now);
                let offset = publication.offset;
                let (except, slow_reader) = (new.except, namespace.slow_reader);
                let key = new.key.unwrap_or_default().into();
                let delivery =
                    Delivery { channel: name.clone(), publication, except, slow_reader, key, gather: namespace.gather };
                self.feed.published(delivery).await;
                offset
            }
        };
        let epoch = slot.channel.epoch().to_owned();
        self.forget_if_empty(name, &mut slot);
        Ok(PublishedAt { channel: name.clone(), epoch, offset, duplicate: before.is_some() })
    }

    /// What a channel keeps. A user needs the right to listen; a server does not.
    ///
    /// # Errors
    /// [`Error::NoNamespace`], [`Error::Forbidden`], a page size out of bounds.
    pub async fn history(
        &self,
        caller: Option<&Caller>,
        name: &ChannelName,
        query: &ChannelHistoryQuery,
    ) -> Result<ChannelHistory, Failure> {
        let namespace = &self.configured(name)?.namespace;
        if let Some(caller) = caller {
            policy::may_subscribe(namespace, caller)?;
        }
        let size = page_size(query.limit)?;
        let mut slot = self.open(name).await?;
        slot.channel.expire(namespace, self.clock.now());
        let mut publications: Vec<_> = slot.channel.after(query.after.unwrap_or(0)).take(size + 1).cloned().collect();
        let has_more = publications.len() > size;
        publications.truncate(size);
        let (epoch, offset) = (slot.channel.epoch().to_owned(), slot.channel.offset());
        self.forget_if_empty(name, &mut slot);
        Ok(ChannelHistory { channel: name.clone(), epoch, offset, publications, has_more })
    }

    /// Who listens, page by page. A user needs the right to listen; a server does not.
    ///
    /// # Errors
    /// [`Error::NoNamespace`], [`Error::Forbidden`] also where the namespace does not show presence, a page size out of
    /// bounds.
    pub async fn presence(
        &self,
        caller: Option<&Caller>,
        name: &ChannelName,
        query: &PageQuery,
    ) -> Result<ChannelPresence, Failure> {
        let namespace = &self.configured(name)?.namespace;
        if let Some(caller) = caller {
            policy::may_subscribe(namespace, caller)?;
            if !namespace.presence {
                return Err(Error::Forbidden("this namespace does not show who listens").into());
            }
        }
        let size = page_size(query.limit)?;
        let mut slot = self.open(name).await?;
        let start = query.cursor.as_deref().unwrap_or("");
        let members = slot.channel.members().skip_while(|(user, _)| !start.is_empty() && user.as_str() <= start);
        let items = members
            .take(size + 1)
            .map(|(user, connections)| ChannelPresent { user_id: user.clone(), connections })
            .collect();
        let page = Page::cut(items, size, |present: &ChannelPresent| present.user_id.to_string());
        let total = u64::try_from(slot.channel.users()).unwrap_or(u64::MAX);
        self.forget_if_empty(name, &mut slot);
        Ok(ChannelPresence { channel: name.clone(), members: page.items, total, next_cursor: page.next })
    }

    /// Forgets what is kept too long, channels of which nothing is left, and users who have their whole rate again; to
    /// be called from time to time, so that memory stays bounded.
    pub async fn sweep(&self) {
        let names: Vec<ChannelName> = self.channels.lock().keys().cloned().collect();
        for name in names {
            let Ok(configured) = self.configured(&name) else { continue };
            let Ok(mut slot) = self.open(&name).await else { continue };
            slot.channel.expire(&configured.namespace, self.clock.now());
            self.forget_if_empty(&name, &mut slot);
        }
        self.namespaces.values().for_each(|configured| configured.rate.forget_idle());
    }

    /// How many channels there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.channels.lock().len()
    }

    /// Whether a connection may listen to a channel, as far as numbers go; takes note of it if so.
    fn admit(
        &self,
        namespace: &Namespace,
        channel: &Channel,
        connection: ConnectionId,
        name: &ChannelName,
    ) -> Result<(), Error> {
        if channel.has(connection) {
            return Err(Error::AlreadySubscribed);
        }
        if namespace.max_members > 0 && channel.connections() >= namespace.max_members {
            return Err(Error::Full(namespace.max_members));
        }
        self.note_listening(connection, name)
    }

    fn configured(&self, name: &ChannelName) -> Result<&Configured, Error> {
        self.namespaces.get(name.namespace()).ok_or(Error::NoNamespace)
    }

    /// Locks the channel of a name; makes it if there is none and there is room.
    async fn open(&self, name: &ChannelName) -> Result<OwnedMutexGuard<Slot>, Error> {
        loop {
            let slot = self.find_or_make(name)?.lock_owned().await;
            // Whoever had the lock before may have forgotten the channel; the name stands for a new one then.
            if !slot.forgotten {
                return Ok(slot);
            }
        }
    }

    fn find_or_make(&self, name: &ChannelName) -> Result<Arc<Lock<Slot>>, Error> {
        let mut channels = self.channels.lock();
        if let Some(slot) = channels.get(name) {
            return Ok(Arc::clone(slot));
        }
        if channels.len() >= self.max_channels {
            return Err(Error::TooManyOnServer);
        }
        let channel = Channel::new(self.ids.next().to_string());
        let slot = Arc::new(Lock::new(Slot { channel, forgotten: false }));
        channels.insert(name.clone(), Arc::clone(&slot));
        Ok(slot)
    }

    fn forget_if_empty(&self, name: &ChannelName, slot: &mut Slot) {
        if slot.channel.is_empty() {
            slot.forgotten = true;
            self.channels.lock().remove(name);
        }
    }

    fn note_listening(&self, connection: ConnectionId, name: &ChannelName) -> Result<(), Error> {
        let mut listening = self.listening.lock();
        let names = listening.get_mut(&connection).ok_or(Error::NotConnected)?;
        if names.len() >= self.max_per_connection {
            return Err(Error::TooManyChannels(self.max_per_connection));
        }
        names.insert(name.clone());
        Ok(())
    }

    async fn leave(&self, user: &UserId, connection: ConnectionId, name: &ChannelName) {
        let Ok(configured) = self.configured(name) else { return };
        // It is there: this connection listens to it.
        let Ok(mut slot) = self.open(name).await else { return };
        if slot.channel.leave(user, connection) && configured.namespace.join_leave {
            self.feed.left(ChannelMember { channel: name.clone(), user_id: user.clone() }).await;
        }
        self.forget_if_empty(name, &mut slot);
    }
}

fn bounded(field: &'static str, text: Option<&str>, max: usize) -> Result<(), Error> {
    match text {
        Some(text) if text.is_empty() || text.len() > max => Err(Error::Length { field, max }),
        _ => Ok(()),
    }
}
