//! The settings: read from a TOML file, then from `TUTTI_SECTION__KEY` in the environment, then from flags.
//!
//! The comments on the fields are the reference: `tutti config docs` and `tutti config default` are made from them.

mod limits;
mod namespaces;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use tracing_subscriber::filter::Targets;
use utoipa::ToSchema;

pub use limits::{Limits, PerTime};
pub use namespaces::{Namespace, SlowReader};

/// All settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The process.
    pub server: Server,
    /// Who gets in.
    pub auth: Auth,
    /// Where things are kept.
    pub storage: Storage,
    /// What a connection may do.
    pub connections: Connections,
    /// Conversations and messages.
    pub chat: Chat,
    /// Who is here.
    pub presence: Presence,
    /// Channels, by the part of their name before the colon.
    pub namespaces: BTreeMap<String, Namespace>,
    /// How often a user may do what, as `count/seconds`: all at once, then growing back evenly.
    pub limits: Limits,
    /// What the server says of itself.
    pub log: Log,
}

/// The process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on. The default is reached from this machine only.
    pub listen: String,
    /// Directory for everything that is kept. Made when it is not there.
    #[schema(value_type = String)]
    pub data_dir: PathBuf,
    /// Development: a generated secret, and the console signs anyone in by name. Only on loopback.
    pub dev: bool,
    /// This node's number, 0 to 1023; different for each node, for it is part of every id.
    pub node: u16,
    /// Most time to shut down in, in seconds. Clients are sent away a thousand a second, in no more than half of it.
    pub shutdown_seconds: u64,
    /// Most channels at the same time, those included that only keep history; then `unavailable` for further ones.
    pub max_channels: usize,
    /// Origins of web pages that may use the HTTP API and the cookie, for example `https://app.example`. With `dev`, pages
    /// served from this machine (`http://localhost:5173`) may use the HTTP API unasked.
    pub allowed_origins: Vec<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:5004".into(),
            data_dir: PathBuf::from("data"),
            dev: false,
            node: 0,
            shutdown_seconds: 20,
            max_channels: 1_000_000,
            allowed_origins: Vec::new(),
        }
    }
}

/// Who gets in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// Secrets that tokens are signed with (HS256), at least 32 bytes each. The first signs, all are believed, so that
    /// a secret can be replaced without signing anyone out.
    pub secrets: Vec<String>,
    /// How far the clocks of whoever issues tokens may be off, in seconds.
    pub leeway_seconds: u64,
    /// Longest time a token is believed, in seconds, whatever it says itself.
    pub max_token_seconds: u64,
    /// Whether `?token=` is taken: `auto` (on loopback), `always` (behind a proxy that speaks TLS), `never`.
    pub query_token: QueryToken,
    /// Whether users may look others up by name. Always on in development.
    pub directory: bool,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            secrets: Vec::new(),
            leeway_seconds: 0,
            max_token_seconds: 30 * 24 * 60 * 60,
            query_token: QueryToken::Auto,
            directory: false,
        }
    }
}

/// When a token in the query string is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueryToken {
    /// On loopback.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Where things are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// `sqlite` keeps everything in `tutti.db` in the data directory; `memory` keeps nothing over a restart.
    pub backend: Backend,
    /// Connections that read from SQLite.
    pub readers: u32,
    /// Most writes that share one commit.
    pub batch: usize,
    /// How long events are kept for clients that come back, in hours. Whoever is away longer loads afresh.
    pub keep_events_hours: u64,
}

impl Default for Storage {
    fn default() -> Self {
        Self { backend: Backend::Sqlite, readers: 4, batch: 1024, keep_events_hours: 7 * 24 }
    }
}

/// What keeps things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// One file.
    Sqlite,
    /// Nothing outlives the process.
    Memory,
}

/// What a connection may do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Connections {
    /// Most connections in all; then close code 4029.
    pub max: usize,
    /// Most sessions being opened at the same time. Others wait up to `auth_timeout_seconds`, then they are told
    /// `unavailable` and when to come back.
    pub max_opening: usize,
    /// Most connections of one user; then close code 4029.
    pub max_per_user: usize,
    /// Time from the upgrade to a valid token, in seconds; then close code 4001.
    pub auth_timeout_seconds: u64,
    /// Time between pings, in seconds.
    pub heartbeat_seconds: u64,
    /// Time to answer a ping, in seconds; then close code 4101.
    pub pong_timeout_seconds: u64,
    /// Largest frame or body, in bytes; then close code 1009, or `payload_too_large`.
    pub max_frame_bytes: usize,
    /// Most bytes waiting for one connection: typing and presence are dropped first, then close code 4100.
    pub max_outbound_bytes: usize,
    /// Most commands of one connection under way at the same time; further ones wait unread.
    pub max_in_flight: usize,
    /// Most users whose presence one connection follows.
    pub max_follows: usize,
    /// Most channels one connection listens to.
    pub max_channels: usize,
    /// Most frames in one `POST /api/v1/commands`.
    pub max_commands_per_request: usize,
    /// Whether WebSocket clients that offer permessage-deflate get it: frames from 512 bytes are compressed, once for all.
    pub compression: bool,
    /// Fan-out tasks; 0 means one for each core.
    pub shards: usize,
}

impl Default for Connections {
    fn default() -> Self {
        let gateway = tutti_gateway::Config::default();
        Self {
            max: gateway.max_connections,
            max_opening: gateway.max_opening,
            max_per_user: gateway.max_connections_per_user,
            auth_timeout_seconds: gateway.auth_timeout.as_secs(),
            heartbeat_seconds: gateway.heartbeat.as_secs(),
            pong_timeout_seconds: gateway.pong_timeout.as_secs(),
            max_frame_bytes: gateway.max_frame_bytes,
            max_outbound_bytes: gateway.max_outbound_bytes,
            max_in_flight: gateway.max_in_flight,
            max_follows: gateway.max_follows,
            max_channels: 128,
            max_commands_per_request: gateway.max_commands_per_request,
            compression: gateway.compression,
            shards: 0,
        }
    }
}

/// Conversations and messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Chat {
    /// Longest text of a message, in Unicode characters.
    pub max_message_chars: usize,
    /// Most attachments on one message.
    pub max_attachments: usize,
    /// Most mentioned users on one message.
    pub max_mentions: usize,
    /// Most different emoji on one message.
    pub max_emoji: usize,
    /// Most members of a group.
    pub max_members: usize,
    /// Most conversations one user is in.
    pub max_conversations: usize,
    /// Most events replayed for one conversation; beyond, the client is told to load it afresh.
    pub max_replay_per_conversation: usize,
    /// Most events replayed in all.
    pub max_replay: usize,
}

impl Default for Chat {
    fn default() -> Self {
        let chat = tutti_chat::Config::default();
        Self {
            max_message_chars: chat.max_message_chars,
            max_attachments: chat.max_attachments,
            max_mentions: chat.max_mentions,
            max_emoji: chat.max_emoji,
            max_members: chat.max_members,
            max_conversations: chat.max_conversations,
            max_replay_per_conversation: chat.max_replay_per_conversation,
            max_replay: chat.max_replay,
        }
    }
}

/// Who is here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Presence {
    /// How long a user whose connection was lost still counts as here, in seconds.
    pub grace_seconds: u64,
    /// After how long typing ends by itself, in seconds.
    pub typing_seconds: u64,
    /// Most users shown as typing in one conversation.
    pub max_typists: usize,
}

impl Default for Presence {
    fn default() -> Self {
        let presence = tutti_presence::Config::default();
        Self {
            grace_seconds: presence.grace.as_secs(),
            typing_seconds: presence.typing.as_secs(),
            max_typists: presence.max_typists,
        }
    }
}

/// What the server says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// What is logged: `off`, `error`, `warn`, `info`, `debug`, `trace`, or one for each part, such as
    /// `info,tutti_gateway=debug`.
    pub filter: String,
    /// `text` for people, `json` for machines.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".into(), format: LogFormat::Text }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Config {
    /// Reads the settings from a file, if there is one, and the environment.
    ///
    /// # Errors
    /// A file that cannot be read, an unknown key, a value of the wrong kind.
    pub fn read(file: Option<&Path>) -> Result<Self> {
        Self::from_sources(file, std::env::vars())
    }

    /// Reads the settings from a file and the variables of an environment.
    fn from_sources(file: Option<&Path>, variables: impl Iterator<Item = (String, String)>) -> Result<Self> {
        // Only `TUTTI_SECTION__KEY` names a setting; a variable without a section is somebody else's.
        let settings = variables.filter(|(name, _)| name.starts_with("TUTTI_") && name.contains("__")).collect();
        let environment = config::Environment::with_prefix("TUTTI")
            .source(Some(settings))
            .prefix_separator("_")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("auth.secrets")
            .with_list_parse_key("server.allowed_origins");
        let mut sources = config::Config::builder();
        if let Some(file) = file {
            sources = sources.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        let read = sources.add_source(environment).build().context("the settings cannot be read")?;
        serde_path_to_error::deserialize(read)
            .map_err(|error| anyhow::anyhow!("setting `{}`: {}", error.path(), error.inner()))
    }

    /// Whether the settings go together.
    ///
    /// # Errors
    /// The first that does not, with what to do about it.
    pub fn check(&self) -> Result<()> {
        let listen = self.listen_address()?;
        if self.server.dev && !listen.ip().is_loopback() {
            bail!("`server.dev` signs anyone in, so it listens on loopback only; {listen} is not");
        }
        if !self.server.dev && self.auth.secrets.is_empty() {
            bail!(
                "no secret is set: put one into `auth.secrets` (or TUTTI_AUTH__SECRETS), for example the output of \
                 `openssl rand -hex 32`; or start with --dev to try things out"
            );
        }
        if let Some(short) = self.auth.secrets.iter().find(|secret| secret.len() < 32) {
            bail!("a secret in `auth.secrets` has {} bytes; at least 32 are needed", short.len());
        }
        if self.server.node > 1023 {
            bail!("`server.node` is 0 to 1023");
        }
        if self.connections.heartbeat_seconds == 0 || self.connections.pong_timeout_seconds == 0 {
            bail!("`connections.heartbeat_seconds` and `connections.pong_timeout_seconds` are at least 1");
        }
        self.log_filter()?;
        Ok(())
    }

    /// The address to listen on.
    ///
    /// # Errors
    /// One that cannot be understood.
    pub fn listen_address(&self) -> Result<std::net::SocketAddr> {
        let listen = &self.server.listen;
        listen.parse().with_context(|| format!("`server.listen` is an address and a port, {listen:?} is not"))
    }

    /// What is logged.
    ///
    /// # Errors
    /// A filter that cannot be understood.
    pub fn log_filter(&self) -> Result<Targets> {
        let filter = &self.log.filter;
        filter.parse().with_context(|| format!("`log.filter` is a level or pairs of part=level, {filter:?} is not"))
    }
}

#[cfg(test)]
mod tests {
    use tutti_api::Operation;

    use super::*;

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
        std::fs::write(file.path(), "[chat]\nmax_mesage_chars = 3\n").unwrap();
        let error = Config::read(Some(file.path())).unwrap_err().to_string();
        assert!(error.contains("max_mesage_chars"), "{error}");
    }

    #[test]
    fn the_check_refuses_a_log_filter_that_would_stop_the_start() {
        let with = |filter: &str| {
            let mut config = Config::default();
            config.server.dev = true;
            config.log.filter = filter.into();
            config.check()
        };
        with("warn,tutti_gateway=debug").unwrap();
        let error = with("tutti_gateway=loud").unwrap_err().to_string();
        assert!(error.contains("log.filter"), "{error}");
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
        std::fs::write(file.path(), "[limits]\nmessage = \"7/2s\"\n").unwrap();
        let config = Config::read(Some(file.path())).unwrap();
        let mut limits = Limits::default();
        limits.set(Operation::Message, PerTime { count: 7, seconds: 2 });
        assert_eq!(config.limits, limits, "only what is named is changed");
        assert_eq!(config.connections.max_per_user, 5);
    }

    #[test]
    fn the_environment_counts_where_it_names_a_section_and_a_key() {
        let variables = [("TUTTI_BIN", "/usr/bin/tutti"), ("TUTTI_CHAT__MAX_MEMBERS", "7"), ("HOME", "/root")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(Config::from_sources(None, variables.into_iter()).unwrap().chat.max_members, 7);
        let unknown = [("TUTTI_CHAT__MAX_MEMBRES".to_owned(), "7".to_owned())];
        let error = Config::from_sources(None, unknown.into_iter()).unwrap_err().to_string();
        assert!(error.contains("max_membres"), "{error}");
    }

    #[test]
    fn settings_that_do_not_go_together_are_refused() {
        let mut config = Config::default();
        assert!(config.check().unwrap_err().to_string().contains("auth.secrets"));
        config.auth.secrets = vec!["short".into()];
        assert!(config.check().unwrap_err().to_string().contains("32"));
        config.auth.secrets = vec!["x".repeat(32)];
        config.check().unwrap();
        config.server.dev = true;
        config.server.listen = "0.0.0.0:5004".into();
        assert!(config.check().unwrap_err().to_string().contains("loopback"));
    }
}
