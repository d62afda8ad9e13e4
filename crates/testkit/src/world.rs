//! The whole server in this process: real sockets, a data directory of its own, and a clock that the test moves.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tempfile::TempDir;
use tutti_access::Grant;
use tutti_core::Clock;
use tutti_protocol::{Timestamp, UserId};
use tutti_server::config::Backend;
use tutti_server::{Config, Running};

use crate::client::{Client, Connecting};
use crate::clock::WatchedClock;
use crate::http::Http;
use crate::patience::until;

/// 2025-11-21T11:01:00Z, when every world begins.
const START_MILLIS: i64 = 1_763_722_860_000;
/// How often the server looks its connections over. The clock is moved from one such moment to the next.
const TICK: Duration = Duration::from_secs(1);
/// How often the server forgets what has had its time.
const HOUSEKEEPING: Duration = Duration::from_secs(60);
/// How long the tokens last that nobody said otherwise of.
const TOKEN_TTL: Duration = Duration::from_secs(24 * 3600);

/// A server, and the means to talk to it.
pub struct World {
    server: Running,
    settings: Settings,
    /// When the server looks its connections over next.
    next_tick: Mutex<Timestamp>,
}

/// What a server is started with; kept for starting it again.
#[derive(Clone)]
struct Settings {
    config: Config,
    clock: WatchedClock,
    dir: Arc<TempDir>,
}

/// A world about to be made.
pub struct Builder {
    settings: Settings,
}

impl Builder {
    /// Keeps everything in SQLite instead of memory.
    #[must_use]
    pub fn sqlite(mut self) -> Self {
        self.settings.config.storage.backend = Backend::Sqlite;
        self
    }

    /// Changes settings.
    #[must_use]
    pub fn config(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.settings.config);
        self
    }

    /// Lets users do what they like, as often as they like, over as many connections.
    ///
    /// # Panics
    /// When the settings do not know the rates.
    #[must_use]
    pub fn unlimited(self) -> Self {
        let rate = "1000000/1s";
        let limits = json!({"frame": rate, "message": rate, "history": rate, "query": rate, "conversation": rate,
            "read": rate, "typing": rate, "presence": rate, "subscribe": rate});
        self.config(|config| {
            config.limits = serde_json::from_value(limits).expect("rates");
            config.connections.max_per_user = 1000;
        })
    }

    /// Sends no pings, for scenarios in which time passes over clients that are not read meanwhile.
    #[must_use]
    pub fn without_pings(self) -> Self {
        self.config(|config| config.connections.heartbeat_seconds = 30 * 24 * 3600)
    }

    /// Starts the server.
    ///
    /// # Errors
    /// Why it does not start.
    pub async fn try_start(self) -> anyhow::Result<World> {
        let Settings { config, clock, .. } = &self.settings;
        let next_tick = clock.now() + TICK;
        let server = tutti_server::start(config, Arc::new(clock.clone())).await?;
        let world = World { server, settings: self.settings, next_tick: Mutex::new(next_tick) };
        world.ready_to_move().await;
        Ok(world)
    }

    /// Starts the server.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(self) -> World {
        self.try_start().await.expect("the server starts")
    }
}

impl World {
    /// A server with the usual settings that keeps everything in memory.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// A server with other settings.
    ///
    /// # Panics
    /// When no temporary directory can be made.
    #[must_use]
    pub fn builder() -> Builder {
        let dir = tempfile::tempdir().expect("a temporary directory can be made");
        let mut config = Config::default();
        config.server.listen = "127.0.0.1:0".into();
        config.server.data_dir = dir.path().to_owned();
        config.auth.secrets = vec!["a secret of more than thirty-two bytes".into()];
        config.storage.backend = Backend::Memory;
        config.connections.shards = 2;
        let clock = WatchedClock::at(Timestamp::from_millis(START_MILLIS));
        Builder { settings: Settings { config, clock, dir: Arc::new(dir) } }
    }

    /// The same settings, the same data directory and the same time, for a second server or the next one.
    #[must_use]
    pub fn again(&self) -> Builder {
        Builder { settings: self.settings.clone() }
    }

    /// Where the server keeps its data.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        self.settings.dir.path()
    }

    /// The server itself.
    #[must_use]
    pub fn server(&self) -> &Running {
        &self.server
    }

    /// What time it is in this world.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.settings.clock.now()
    }

    /// Moves the time on, from one of the server's looks at its connections to the next, and waits after each until it
    /// has looked and waits for the next one. Pings, expiries and missed heartbeats thus come at their exact times.
    ///
    /// What else the time brings (typing that ends, a grace that is over) has been set off when this returns, but may
    /// not have arrived: wait for its frame. What the test itself did before must be known to the server, so wait for
    /// the reply, for [`World::connections`] or for [`World::timer`] first.
    pub async fn advance(&self, span: Duration) {
        let target = self.now() + span;
        loop {
            let tick = *self.next_tick.lock();
            if tick > target {
                break;
            }
            self.settings.clock.advance(tick.since(self.now()));
            *self.next_tick.lock() = tick + TICK;
            self.ready_to_move().await;
        }
        self.settings.clock.advance(target.since(self.now()));
    }

    /// Moves the time on in one step, over hours or days in which nobody is connected. Nothing that is due on the way
    /// has its exact time; what the server does every minute has been done once when this returns.
    pub async fn leap(&self, span: Duration) {
        self.settings.clock.advance(span);
        *self.next_tick.lock() = self.now() + TICK;
        self.ready_to_move().await;
        self.timer(HOUSEKEEPING).await;
    }

    async fn ready_to_move(&self) {
        let tick = *self.next_tick.lock();
        until("the server's next look at its connections", || self.settings.clock.awaited(tick)).await;
    }

    /// Waits until the server has set a timer for exactly this long from now.
    pub async fn timer(&self, span: Duration) {
        let deadline = self.now() + span;
        until("a timer", || self.settings.clock.awaited(deadline)).await;
    }

    /// Waits until the server has exactly so many connections. One that is gone has been told to presence by then.
    pub async fn connections(&self, count: usize) {
        until("connections to open or end", || self.server.gateway.registry.len() == count).await;
    }

    /// What a counter of `GET /metrics` shows, over all its labels or for one line of them.
    ///
    /// # Panics
    /// When there are no metrics.
    pub async fn metric(&self, name: &str) -> u64 {
        let Value::String(text) = self.http_with(None).get("/metrics").await.is(200) else {
            panic!("metrics are text")
        };
        let lines = text.lines().filter_map(|line| line.strip_prefix(name));
        lines.filter_map(|rest| rest.rsplit_once(' ')?.1.parse::<u64>().ok()).sum()
    }

    /// A token for a user.
    #[must_use]
    pub fn token(&self, user: &str) -> String {
        self.token_with(user, TOKEN_TTL, &[])
    }

    /// A token that lasts so long and carries roles.
    ///
    /// # Panics
    /// For a user id that is none.
    #[must_use]
    pub fn token_with(&self, user: &str, ttl: Duration, roles: &[&str]) -> String {
        let grant = Grant {
            user: UserId::new(user).expect("a user id"),
            name: Some(format!("{user} by name")),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            scopes: Vec::new(),
            ttl,
        };
        self.server.access.issue(&grant).expect("tokens can be signed").token
    }

    /// A connection of a user, to be opened in some way.
    #[must_use]
    pub fn connecting(&self, user: &str) -> Connecting {
        Connecting::new(self.server.address, Some(self.token(user)))
    }

    /// A connection without a token.
    #[must_use]
    pub fn anonymous(&self) -> Connecting {
        Connecting::new(self.server.address, None)
    }

    /// An open connection of a user.
    pub async fn connect(&self, user: &str) -> Client {
        self.connecting(user).open().await
    }

    /// HTTP as a user.
    #[must_use]
    pub fn http(&self, user: &str) -> Http {
        Http::new(self.server.address, Some(self.token(user)))
    }

    /// HTTP with a token of one's own, or with none.
    #[must_use]
    pub fn http_with(&self, token: Option<String>) -> Http {
        Http::new(self.server.address, token)
    }

    /// A group that the first user owns and the others are in. Returns its id.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn group(&self, owner: &str, others: &[&str]) -> String {
        let body = json!({"title": "a group", "member_ids": others});
        let answer = self.http(owner).post("/api/v1/conversations", &body).await.is(201);
        answer["id"].as_str().expect("a conversation has an id").to_owned()
    }

    /// The direct conversation of two users, made if there is none. Returns its id.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn direct(&self, user: &str, other: &str) -> String {
        let body = json!({"kind": "direct", "member_ids": [other]});
        let answer: Value = self.http(user).post("/api/v1/conversations", &body).await.is(201);
        answer["id"].as_str().expect("a conversation has an id").to_owned()
    }

    /// Stops the server in order. The time stands still, so clients must take their goodbye meanwhile: join this with
    /// [`Client::closed`]. Returns whether everything ended in time, and what the next server is started with.
    pub async fn stop(self) -> (bool, Builder) {
        let next = self.again();
        (crate::patience::within("the server to stop", self.server.stop()).await, next)
    }
}
