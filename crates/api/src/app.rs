//! The application behind the gateway: what the connections ask of it, passed on to the domains.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tutti_access::Authenticate;
use tutti_core::{Bus, Caller, Clock, Failure, Topic, idempotency};
use tutti_gateway::application::CommandReply;
use tutti_gateway::{Application, Replay, Session, Standing};
use tutti_presence::Departure;
use tutti_protocol::limits::{Limits, MAX_PAGE};
use tutti_protocol::{Command, ConnectionId, EventId, UserId};

use crate::limits::{Operation, RateLimits, Rates};
use crate::{push, router};

/// How long an answer or an opening waits for an event to be on the bus.
const SETTLE: Duration = Duration::from_secs(2);

/// What the API is made of.
pub struct Parts {
    /// Chat.
    pub chat: Arc<tutti_chat::Service>,
    /// Presence.
    pub presence: Arc<tutti_presence::Service>,
    /// Channels.
    pub channels: Arc<tutti_channels::Service>,
    /// Tokens, revocations and the directory.
    pub access: Arc<tutti_access::Service>,
    /// Answers to repeated POSTs.
    pub idempotency: Arc<dyn idempotency::Store>,
    /// Reaches every hub.
    pub bus: Arc<dyn Bus>,
    /// The newest chat event that is on the bus.
    pub on_the_bus: watch::Receiver<EventId>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// How often a user may do what.
    pub rates: Rates,
    /// What this server allows beside.
    pub settings: Settings,
}

/// What this server allows.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether anybody may sign in by name.
    pub dev: bool,
    /// Whether users may look others up.
    pub directory: bool,
    /// Largest body, in bytes.
    pub max_body_bytes: usize,
    /// Most users whose presence one connection follows.
    pub max_follows: usize,
}

/// Commands and routes, in front of the domains.
pub struct Api {
    pub(crate) chat: Arc<tutti_chat::Service>,
    pub(crate) presence: Arc<tutti_presence::Service>,
    pub(crate) channels: Arc<tutti_channels::Service>,
    pub(crate) access: Arc<tutti_access::Service>,
    pub(crate) idempotency: crate::idempotency::Keys,
    pub(crate) bus: Arc<dyn Bus>,
    on_the_bus: watch::Receiver<EventId>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    rates: RateLimits,
}

impl Api {
    /// The API in front of these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            chat: parts.chat,
            presence: parts.presence,
            channels: parts.channels,
            access: parts.access,
            idempotency: crate::idempotency::Keys::new(parts.idempotency),
            bus: parts.bus,
            on_the_bus: parts.on_the_bus,
            rates: RateLimits::new(&parts.rates, &parts.clock),
            clock: parts.clock,
            settings: parts.settings,
        }
    }

    /// Counts an operation.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn allow(&self, operation: Operation, user: &UserId) -> Result<(), Failure> {
        self.rates.check(operation, user)
    }

    /// Resolves when every chat event that is committed now is on the bus, so that an answer that says "removed" is
    /// given when nothing more will reach whoever was removed.
    ///
    /// # Errors
    /// A failing store.
    pub(crate) async fn all_settled(&self) -> Result<(), Failure> {
        self.settled(self.chat.latest_event().await?).await;
        Ok(())
    }

    /// Forgets what need not be remembered any more; to be called from time to time.
    pub fn forget_idle(&self) {
        self.rates.forget_idle();
    }
}

#[async_trait]
impl Application for Api {
    async fn authenticate(&self, token: &str) -> Result<Caller, Failure> {
        let caller = self.access.authenticate(token).await?;
        if let Err(error) = self.access.directory().seen(&caller).await {
            tracing::warn!(%error, "the directory could not be written");
        }
        Ok(caller)
    }

    fn revoked(&self, caller: &Caller) -> bool {
        self.access.revoked(caller)
    }

    fn admit(&self, caller: &Caller) -> Result<(), Failure> {
        self.allow(Operation::Frame, &caller.user)
    }

    async fn standing(&self, caller: &Caller) -> Result<Standing, Failure> {
        let standing = self.chat.standing(&caller.user).await?;
        let topics = standing.conversations.into_iter().map(Topic::Conversation).collect();
        Ok(Standing { topics, latest: standing.latest })
    }

    async fn replay(&self, caller: &Caller, since: EventId) -> Result<Replay, Failure> {
        let replay = self.chat.replay(&caller.user, since).await?;
        Ok(Replay {
            resumed: replay.resumed,
            frames: replay.events.into_iter().map(push::replayed).collect(),
            reset: replay.reset,
            latest: replay.latest,
        })
    }

    fn relayed(&self) -> EventId {
        *self.on_the_bus.borrow()
    }

    async fn settled(&self, event: EventId) {
        let mut on_the_bus = self.on_the_bus.clone();
        let settled = on_the_bus.wait_for(|newest| *newest >= event);
        // A relay that is stuck or gone must not keep anybody waiting: the change is made.
        if self.clock.timeout(SETTLE, settled).await.is_err() {
            tracing::warn!(%event, "an event is slow to reach the bus");
        }
    }

    fn limits(&self) -> Limits {
        let chat = self.chat.config();
        let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        Limits {
            max_frame_bytes: number(self.settings.max_body_bytes),
            max_message_chars: number(chat.max_message_chars),
            max_attachments: number(chat.max_attachments),
            max_mentions: number(chat.max_mentions),
            max_receipt_ids: number(chat.max_receipt_ids),
            max_members: number(chat.max_members),
            max_presence_subscriptions: number(self.settings.max_follows),
            max_page: u64::from(MAX_PAGE),
        }
    }

    async fn opened(&self, caller: &Caller, connection: ConnectionId) {
        self.channels.connected(connection);
        self.presence.connected(&caller.user, connection).await;
    }

    async fn heard(&self, connections: &[(UserId, ConnectionId)]) {
        for (user, connection) in connections {
            self.presence.heard(user, *connection).await;
        }
    }

    async fn closed(&self, caller: &Caller, connection: ConnectionId, goodbye: bool) {
        self.channels.disconnected(&caller.user, connection).await;
        let departure = if goodbye { Departure::Goodbye } else { Departure::Lost };
        self.presence.disconnected(&caller.user, connection, departure).await;
    }

    async fn command(&self, session: &Session, command: Command) -> Result<Option<CommandReply>, Failure> {
        router::command(self, session, command).await
    }
}
