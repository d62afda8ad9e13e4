//! Channels at work: who may do what in them, what comes of it, and who is told.
//!
//! Everything that happens in one channel happens under its lock, and what is to be delivered is handed over before the
//! lock is let go; that is what keeps offsets and deliveries in one order.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use serde_json::Value;
use tutti_core::limits::Limiter;
use tutti_core::pages::{Page, page_size};
use tutti_core::{Caller, Clock, Failure, Snowflake, Tail};
use tutti_protocol::channels::{
    ChannelHistory, ChannelHistoryQuery, ChannelMember, ChannelPosition, ChannelPresence, ChannelPresent, PublishedAt,
    Subscribed,
};
use tutti_protocol::http::PageQuery;
use tutti_protocol::operator::{ChannelInfo, ChannelPage, ChannelsQuery, OperatorEventKind};
use tutti_protocol::{ChannelName, ConnectionId, UserId};

use crate::channel::{Channel, Recovery};
use crate::config::{Config, Namespace};
use crate::error::Error;
use crate::feed::{Delivery, Feed};
use crate::policy::{self, Author};
use crate::slots::{Held, Slots};

/// Longest client id, in bytes.
const MAX_CLIENT_ID_BYTES: usize = 128;
/// Longest key, in bytes.
const MAX_KEY_BYTES: usize = 64;

/// All channels of a server.
pub struct Service {
    namespaces: BTreeMap<String, Configured>,
    max_per_connection: usize,
    slots: Slots,
    /// What each open connection listens to, so that one that ends can be taken out of everything.
    listening: Mutex<HashMap<ConnectionId, HashSet<ChannelName>>>,
    /// How many publications there were.
    published: AtomicU64,
    feed: Arc<dyn Feed>,
    clock: Arc<dyn Clock>,
    tail: Arc<Tail>,
}

struct Configured {
    namespace: Namespace,
    rate: Limiter<UserId>,
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
    pub fn new(
        config: Config,
        feed: Arc<dyn Feed>,
        clock: Arc<dyn Clock>,
        ids: Arc<Snowflake>,
        tail: Arc<Tail>,
    ) -> Self {
        let configured =
            |namespace: Namespace| Configured { rate: Limiter::new(namespace.rate, Arc::clone(&clock)), namespace };
        Self {
            namespaces: config.namespaces.into_iter().map(|(name, namespace)| (name, configured(namespace))).collect(),
            max_per_connection: config.max_per_connection,
            slots: Slots::new(config.max_channels, Arc::clone(&clock), ids, Arc::clone(&tail)),
            listening: Mutex::default(),
            published: AtomicU64::new(0),
            feed,
            clock,
            tail,
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
        let mut slot = self.slots.open(name).await?;
        if let Err(refused) = self.admit(namespace, &slot.channel, connection, name) {
            self.slots.forget_if_empty(name, &mut slot);
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
        self.tell(OperatorEventKind::Subscribed, name, Some(&caller.user), Some(connection));
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
        let mut slot = self.slots.open(name).await?;
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
                self.published.fetch_add(1, Ordering::Relaxed);
                self.tell(OperatorEventKind::Published, name, author.user(), None);
                offset
            }
        };
        let epoch = slot.channel.epoch().to_owned();
        self.slots.forget_if_empty(name, &mut slot);
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
        let mut slot = self.slots.look(name).await;
        slot.channel.expire(namespace, self.clock.now());
        let mut publications: Vec<_> = slot.channel.after(query.after.unwrap_or(0)).take(size + 1).cloned().collect();
        let has_more = publications.len() > size;
        publications.truncate(size);
        let (epoch, offset) = (slot.channel.epoch().to_owned(), slot.channel.offset());
        self.slots.forget_if_empty(name, &mut slot);
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
        let slot = self.slots.look(name).await;
        let start = query.cursor.as_deref().unwrap_or("");
        let members = slot.channel.members().skip_while(|(user, _)| !start.is_empty() && user.as_str() <= start);
        let items = members
            .take(size + 1)
            .map(|(user, connections)| ChannelPresent { user_id: user.clone(), connections })
            .collect();
        let page = Page::cut(items, size, |present: &ChannelPresent| present.user_id.to_string());
        let total = slot.channel.users() as u64;
        Ok(ChannelPresence { channel: name.clone(), members: page.items, total, next_cursor: page.next })
    }

    /// Forgets what is kept too long, channels of which nothing is left, and users who have their whole rate again; to
    /// be called from time to time, so that memory stays bounded.
    pub async fn sweep(&self) {
        for name in self.slots.names() {
            // Whatever is past its time goes while the channel is looked at.
            drop(self.fresh(&name).await);
        }
        self.namespaces.values().for_each(|configured| configured.rate.forget_idle());
    }

    /// How many channels there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.slots.count()
    }

    /// How many publications there were since the start.
    #[must_use]
    pub fn published(&self) -> u64 {
        self.published.load(Ordering::Relaxed)
    }

    /// How many channels a connection listens to.
    #[must_use]
    pub fn listened_to_by(&self, connection: ConnectionId) -> usize {
        self.listening.lock().get(&connection).map_or(0, HashSet::len)
    }

    /// One channel as operators see it, if it is there.
    pub async fn describe(&self, name: &ChannelName) -> Option<ChannelInfo> {
        let slot = self.fresh(name).await?;
        let channel = &slot.channel;
        Some(ChannelInfo {
            channel: name.clone(),
            connections: channel.connections() as u64,
            users: channel.users() as u64,
            offset: channel.offset(),
            epoch: channel.epoch().to_owned(),
            kept: channel.kept() as u64,
            per_second: channel.per_second(self.clock.now()),
        })
    }

    /// A page of channels as operators see them, by name.
    ///
    /// # Errors
    /// A page size out of bounds.
    pub async fn list(&self, query: &ChannelsQuery) -> Result<ChannelPage, Failure> {
        let size = page_size(query.limit)?;
        let (prefix, after) =
            (query.prefix.as_deref().unwrap_or_default(), query.cursor.as_deref().unwrap_or_default());
        let names = self.slots.names_after(prefix, after, size + 1);
        let page = Page::cut(names, size, ToString::to_string);
        let mut channels = Vec::with_capacity(page.items.len());
        for name in &page.items {
            channels.extend(self.describe(name).await);
        }
        Ok(ChannelPage { channels, next_cursor: page.next })
    }

    /// Locks a channel that is there and lets go of what it has kept long enough; none when that is all of it.
    async fn fresh(&self, name: &ChannelName) -> Option<Held> {
        let configured = self.configured(name).ok()?;
        let mut slot = self.slots.find(name).await?;
        slot.channel.expire(&configured.namespace, self.clock.now());
        self.slots.forget_if_empty(name, &mut slot);
        (!slot.channel.is_empty()).then_some(slot)
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
        let Some(mut slot) = self.slots.find(name).await else { return };
        if slot.channel.leave(user, connection) && configured.namespace.join_leave {
            self.feed.left(ChannelMember { channel: name.clone(), user_id: user.clone() }).await;
        }
        self.tell(OperatorEventKind::Unsubscribed, name, Some(user), Some(connection));
        self.slots.forget_if_empty(name, &mut slot);
    }

    /// Tells operators who watch.
    fn tell(
        &self,
        kind: OperatorEventKind,
        name: &ChannelName,
        user: Option<&UserId>,
        connection: Option<ConnectionId>,
    ) {
        self.tail.tell(kind, |event| {
            event.channel = Some(name.clone());
            event.user_id = user.cloned();
            event.connection_id = connection;
        });
    }
}

fn bounded(field: &'static str, text: Option<&str>, max: usize) -> Result<(), Error> {
    match text {
        Some(text) if text.is_empty() || text.len() > max => Err(Error::Length { field, max }),
        _ => Ok(()),
    }
}
