//! The bounds of connections. Each crossing has a stated result.

use std::time::Duration;

/// When a token in the query string is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryToken {
    /// Over TLS and on loopback, where it cannot be overheard.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How connections behave.
#[derive(Debug, Clone)]
pub struct Config {
    /// Time from the upgrade to a valid token; then close code 4001.
    pub auth_timeout: Duration,
    /// Time between pings.
    pub heartbeat: Duration,
    /// Time to answer a ping; then close code 4101.
    pub pong_timeout: Duration,
    /// Largest message from a client, in bytes; then close code 1009.
    pub max_frame_bytes: usize,
    /// Most bytes waiting for one connection: ephemeral frames are dropped first, then close code 4100.
    pub max_outbound_bytes: usize,
    /// Most commands of one connection that are carried out at the same time; further ones wait unread.
    pub max_in_flight: usize,
    /// Most connections of one user; then close code 4029.
    pub max_connections_per_user: usize,
    /// Most connections of the server, those not yet authenticated included; then close code 4029.
    pub max_connections: usize,
    /// Most topics one connection follows beside its conversations.
    pub max_follows: usize,
    /// Most frames in one `POST /commands`.
    pub max_commands_per_request: usize,
    /// Most sessions that are being opened at the same time; others wait as long as for a token, then `unavailable`.
    pub max_opening: usize,
    /// Whether clients that offer compression get it.
    pub compression: bool,
    /// Whether `?token=` is taken.
    pub query_token: QueryToken,
    /// Origins that may use the cookie, beside the server's own.
    pub allowed_origins: Vec<String>,
    /// How many fan-out tasks there are; one for each core.
    pub shards: usize,
    /// Most bytes waiting in one fan-out task's inbox; then publishers wait.
    pub max_inbox_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            auth_timeout: Duration::from_secs(5),
            heartbeat: Duration::from_secs(30),
            pong_timeout: Duration::from_secs(10),
            max_frame_bytes: 65_536,
            max_outbound_bytes: 1_048_576,
            max_in_flight: 64,
            max_connections_per_user: 5,
            max_connections: 100_000,
            max_follows: 500,
            max_commands_per_request: 100,
            max_opening: 256,
            compression: true,
            query_token: QueryToken::Auto,
            allowed_origins: Vec::new(),
            shards: std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
            max_inbox_bytes: 64 * 1_048_576,
        }
    }
}
