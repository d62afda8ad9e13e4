//! The composition root: every part is made here, in order, and given what it needs. Nothing runs before all are made.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc, watch};
use tutti_access::Secret;
use tutti_api::app::Settings;
use tutti_api::push::{ChannelFeed, PresenceFeed};
use tutti_api::{Api, Parts, Routes, State};
use tutti_chat::Recorded;
use tutti_core::outbox::Dispatcher;
use tutti_core::random::Random;
use tutti_core::{Clock, Snowflake, Tail, Tasks};
use tutti_gateway::openings::Openings;
use tutti_gateway::registry::Registry;
use tutti_gateway::{Application, Gateway, Hub, listener, sse};
use tutti_protocol::EventId;

use crate::config::{Config, Namespace, QueryToken};
use crate::health::{self, Health};
use crate::housekeeping::Housekeeping;
use crate::reactions::chat_to_presence::ChatToPresence;
use crate::relay::{FEED_CAPACITY, Relay};
use crate::storage::{self, Stores};
use crate::{console, cors, metrics, secret};

/// A server that runs. [`Running::stop`] ends it in order.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Issues tokens.
    pub access: Arc<tutti_access::Service>,
    /// Its channels.
    pub channels: Arc<tutti_channels::Service>,
    /// Its connections.
    pub gateway: Arc<Gateway>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) stores: Arc<Stores>,
    pub(crate) presence: Arc<tutti_presence::Service>,
    pub(crate) dispatchers: Vec<Arc<Dispatcher<Recorded>>>,
    pub(crate) shutdown_time: Duration,
    pub(crate) groups: Groups,
}

/// The tasks of a server, in the order in which they end.
pub(crate) struct Groups {
    /// What takes requests.
    pub(crate) doors: Tasks,
    /// The open connections.
    pub(crate) lines: Tasks,
    /// Everything behind them.
    pub(crate) back: Tasks,
}

/// Starts a server.
///
/// # Errors
/// Settings that do not go together, a database that cannot be opened, an address that is taken.
pub async fn start(config: &Config, clock: Arc<dyn Clock>) -> Result<Running> {
    config.check()?;
    let ids = Arc::new(Snowflake::new(Arc::clone(&clock), config.server.node));
    let (feed, committed_events) = mpsc::channel(FEED_CAPACITY);
    let stores = Arc::new(Stores::open(config, Arc::clone(&ids), feed)?);
    let groups = Groups::new(&clock);
    let counts = Arc::new(tutti_gateway::Metrics::default());
    let connections = gateway_config(config);
    let hub = Hub::start(&connections, &groups.back, &counts, &clock);
    let tail = Tail::new(Arc::clone(&clock));
    let domains = Domains::new(config, &stores, &hub, &ids, &tail, &clock).await?;
    let (relayed, on_the_bus) = watch::channel(stores.chat.latest_event().await?);
    let api = Arc::new(api(config, &domains, &stores, &hub, on_the_bus, &clock));
    let gateway = Arc::new(Gateway {
        hub: Arc::clone(&hub),
        app: api.clone(),
        clock: Arc::clone(&clock),
        tasks: groups.lines.clone(),
        ids,
        registry: Registry::new(connections.max_connections, connections.max_connections_per_user),
        openings: Openings::new(connections.max_opening, connections.auth_timeout, Random::from_system()),
        streams: sse::Streams::default(),
        tail,
        metrics: counts,
        started_at: clock.now(),
        config: connections,
    });
    let shown = Arc::new(metrics::registry(&gateway, &domains.channels, groups.all()));
    let health = Health { stores: Arc::clone(&stores), metrics: shown, doors: groups.doors.clone() };
    let router = router(config, &State { api: Arc::clone(&api), gateway: Arc::clone(&gateway) }, health)?;
    let listen = config.listen_address()?;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let address = listener.local_addr().context("the address cannot be told")?;

    let workers = Workers { config, stores: &stores, domains: &domains, api: &api, gateway: &gateway, clock: &clock };
    let dispatchers = workers.start(&groups.back, committed_events, relayed);
    groups.doors.spawn(listener::serve(listener, router, Arc::clone(&clock), groups.doors.clone()));
    Ok(Running {
        address,
        access: domains.access,
        channels: domains.channels,
        gateway,
        clock,
        stores,
        presence: domains.presence,
        dispatchers,
        shutdown_time: Duration::from_secs(config.server.shutdown_seconds),
        groups,
    })
}

impl Groups {
    fn new(clock: &Arc<dyn Clock>) -> Self {
        let group = || Tasks::new(Arc::clone(clock));
        Self { doors: group(), lines: group(), back: group() }
    }

    fn all(&self) -> Vec<Tasks> {
        [&self.doors, &self.lines, &self.back].map(Clone::clone).to_vec()
    }
}

/// The domains, on their stores.
struct Domains {
    chat: Arc<tutti_chat::Service>,
    presence: Arc<tutti_presence::Service>,
    channels: Arc<tutti_channels::Service>,
    access: Arc<tutti_access::Service>,
}

impl Domains {
    async fn new(
        config: &Config,
        stores: &Stores,
        hub: &Arc<Hub>,
        ids: &Arc<Snowflake>,
        tail: &Arc<Tail>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self> {
        let chat = tutti_chat::Service::new(stores.chat.clone(), Arc::clone(clock), storage::chat_config(config));
        let feed = Arc::new(PresenceFeed { bus: hub.clone() });
        let presence =
            tutti_presence::Service::new(&presence_config(config), stores.presence.clone(), feed, Arc::clone(clock));
        let access =
            tutti_access::Service::open(&access_config(config)?, stores.access.clone(), Arc::clone(clock)).await?;
        let feed = Arc::new(ChannelFeed { bus: hub.clone() });
        let (clock, ids, tail) = (Arc::clone(clock), Arc::clone(ids), Arc::clone(tail));
        let channels = tutti_channels::Service::new(channels_config(config), feed, clock, ids, tail);
        Ok(Self {
            chat: Arc::new(chat),
            presence: Arc::new(presence),
            channels: Arc::new(channels),
            access: Arc::new(access),
        })
    }
}

fn api(
    config: &Config,
    domains: &Domains,
    stores: &Stores,
    hub: &Arc<Hub>,
    on_the_bus: watch::Receiver<EventId>,
    clock: &Arc<dyn Clock>,
) -> Api {
    Api::new(Parts {
        chat: Arc::clone(&domains.chat),
        presence: Arc::clone(&domains.presence),
        channels: Arc::clone(&domains.channels),
        access: Arc::clone(&domains.access),
        idempotency: stores.idempotency.clone(),
        bus: hub.clone(),
        on_the_bus,
        clock: Arc::clone(clock),
        rates: config.limits.rates(),
        settings: settings(config),
    })
}

/// What runs behind the connections.
struct Workers<'a> {
    config: &'a Config,
    stores: &'a Arc<Stores>,
    domains: &'a Domains,
    api: &'a Arc<Api>,
    gateway: &'a Arc<Gateway>,
    clock: &'a Arc<dyn Clock>,
}

impl Workers<'_> {
    /// Starts them all; gives back what shutdown has to flush.
    fn start(
        &self,
        back: &Tasks,
        committed_events: mpsc::Receiver<Vec<Recorded>>,
        relayed: watch::Sender<EventId>,
    ) -> Vec<Arc<Dispatcher<Recorded>>> {
        let committed = Arc::new(Notify::new());
        let hub = Arc::clone(&self.gateway.hub);
        let tail = Arc::clone(&self.gateway.tail);
        let relay = Relay::new(committed_events, hub.clone(), tail, Arc::clone(&committed), relayed);
        let dispatcher = self.dispatcher(committed);
        let housekeeping = self.housekeeping();
        run_worker(back, "relay", &relay, |relay, tasks| async move { relay.run(&tasks).await });
        run_worker(back, "reactions", &dispatcher, |dispatcher, tasks| async move { dispatcher.run(&tasks).await });
        run_worker(back, "housekeeping", &housekeeping, |work, tasks| async move { work.run(&tasks).await });
        let (app, clock): (Arc<dyn Application>, _) = (self.api.clone(), Arc::clone(self.clock));
        run_worker(back, "keep-alive", &hub, move |hub, tasks| {
            let (app, clock) = (Arc::clone(&app), Arc::clone(&clock));
            async move { hub.keep_alive(app, clock, tasks).await }
        });
        tutti_presence::worker::start(&self.domains.presence, back);
        vec![dispatcher]
    }

    fn dispatcher(&self, committed: Arc<Notify>) -> Arc<Dispatcher<Recorded>> {
        let reaction =
            ChatToPresence { chat: Arc::clone(&self.domains.chat), bus: Arc::<Hub>::clone(&self.gateway.hub) };
        let id_of = |recorded: &Recorded| recorded.id;
        let log = self.stores.log.clone();
        Arc::new(Dispatcher::new(log, Arc::new(reaction), id_of, committed, Arc::clone(self.clock)))
    }

    fn housekeeping(&self) -> Arc<Housekeeping> {
        Arc::new(Housekeeping {
            stores: Arc::clone(self.stores),
            api: Arc::clone(self.api),
            channels: Arc::clone(&self.domains.channels),
            access: Arc::clone(&self.domains.access),
            clock: Arc::clone(self.clock),
            keep_events: Duration::from_secs(self.config.storage.keep_events_hours * 3600),
        })
    }
}

/// Runs a part as a worker of a group.
fn run_worker<T, F, W>(tasks: &Tasks, name: &'static str, part: &Arc<T>, run: F)
where
    T: Send + Sync + 'static,
    F: Fn(Arc<T>, Tasks) -> W + Send + 'static,
    W: Future<Output = ()> + Send + 'static,
{
    let (part, group) = (Arc::clone(part), tasks.clone());
    tasks.worker(name, move || run(Arc::clone(&part), group.clone()));
}

fn router(config: &Config, state: &State, health: Health) -> Result<Router> {
    let router = Routes::new(state).router.merge(health::routes(health)).fallback(console::serve);
    Ok(router.layer(cors::layer(&config.server)?))
}

fn gateway_config(config: &Config) -> tutti_gateway::Config {
    let connections = &config.connections;
    let defaults = tutti_gateway::Config::default();
    tutti_gateway::Config {
        auth_timeout: Duration::from_secs(connections.auth_timeout_seconds),
        heartbeat: Duration::from_secs(connections.heartbeat_seconds),
        pong_timeout: Duration::from_secs(connections.pong_timeout_seconds),
        max_frame_bytes: connections.max_frame_bytes,
        max_outbound_bytes: connections.max_outbound_bytes,
        max_in_flight: connections.max_in_flight,
        max_connections_per_user: connections.max_per_user,
        max_connections: connections.max,
        max_follows: connections.max_follows,
        max_commands_per_request: connections.max_commands_per_request,
        max_opening: connections.max_opening,
        compression: connections.compression,
        query_token: match config.auth.query_token {
            QueryToken::Auto => tutti_gateway::config::QueryToken::Auto,
            QueryToken::Always => tutti_gateway::config::QueryToken::Always,
            QueryToken::Never => tutti_gateway::config::QueryToken::Never,
        },
        allowed_origins: config.server.allowed_origins.clone(),
        shards: if connections.shards == 0 { defaults.shards } else { connections.shards },
        max_inbox_bytes: defaults.max_inbox_bytes,
    }
}

/// The configured namespaces; a development server has an open one, `public`, beside them.
fn channels_config(config: &Config) -> tutti_channels::Config {
    let configured = config.namespaces.iter();
    let mut namespaces: BTreeMap<String, tutti_channels::Namespace> =
        configured.map(|(name, namespace)| (name.clone(), namespace.into())).collect();
    if config.server.dev {
        namespaces.entry("public".into()).or_insert_with(|| (&Namespace::open()).into());
    }
    tutti_channels::Config {
        namespaces,
        max_per_connection: config.connections.max_channels,
        max_channels: config.server.max_channels,
    }
}

fn presence_config(config: &Config) -> tutti_presence::Config {
    let heartbeat = Duration::from_secs(config.connections.heartbeat_seconds);
    let margin = Duration::from_secs(config.connections.pong_timeout_seconds) + Duration::from_secs(5);
    tutti_presence::Config {
        grace: Duration::from_secs(config.presence.grace_seconds),
        // A seed's rule: twice the heartbeat and a margin.
        lease: heartbeat * 2 + margin,
        typing: Duration::from_secs(config.presence.typing_seconds),
        max_typists: config.presence.max_typists,
    }
}

/// What tokens are believed. A development server without a secret makes its own.
fn access_config(config: &Config) -> Result<tutti_access::Config> {
    let mut secrets = config.auth.secrets.clone();
    if secrets.is_empty() && config.server.dev {
        secrets.push(secret::generated(&config.server.data_dir)?);
    }
    let mut access = tutti_access::Config::with_secrets(secrets.into_iter().map(Secret::new));
    access.leeway = Duration::from_secs(config.auth.leeway_seconds);
    access.max_token_ttl = Duration::from_secs(config.auth.max_token_seconds);
    Ok(access)
}

fn settings(config: &Config) -> Settings {
    Settings {
        dev: config.server.dev,
        directory: config.auth.directory || config.server.dev,
        max_body_bytes: config.connections.max_frame_bytes,
        max_follows: config.connections.max_follows,
    }
}
