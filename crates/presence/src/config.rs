//! The settings of presence. Where they are read from is the server's business.

use std::time::Duration;

/// How long things last, and how many typists are remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// How long a user whose last connection was lost still looks as before, so that a reconnect is not seen.
    pub grace: Duration,
    /// How long a connection counts as open without being heard of: two heartbeats of 30 s and a margin.
    pub lease: Duration,
    /// After how long typing ends by itself.
    pub typing: Duration,
    /// How many typists are remembered per conversation; further ones are not shown.
    pub max_typists: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            grace: Duration::from_secs(30),
            lease: Duration::from_secs(75),
            typing: Duration::from_secs(6),
            max_typists: 50,
        }
    }
}
