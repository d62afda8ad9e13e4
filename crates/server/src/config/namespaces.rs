//! A namespace of channels, as it stands in the settings. What its words come to is the channels' own.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tutti_channels::Right;
use utoipa::ToSchema;

use super::limits::PerTime;

/// Channels of one namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Namespace {
    /// Who may listen and read the history: `anyone` who is signed in, `role:NAME`, or `nobody`.
    #[schema(value_type = String)]
    pub subscribe: Right,
    /// Who may publish, in the same words. Servers with an API key always may.
    #[schema(value_type = String)]
    pub publish: Right,
    /// Most publications that are kept of each channel for those who come back; 0 keeps none.
    pub history_size: usize,
    /// Most bytes that are kept of each channel, as JSON; the oldest go first.
    pub history_bytes: usize,
    /// How long they are kept, in seconds.
    pub history_seconds: u64,
    /// Whether those who may listen can ask who does.
    pub presence: bool,
    /// Whether listeners are told who comes and goes.
    pub join_leave: bool,
    /// Most connections that listen to one channel; 0 for no bound.
    pub max_members: usize,
    /// How often a user may publish in the namespace, as `count/seconds`.
    #[schema(value_type = String)]
    pub rate: PerTime,
    /// What becomes of publications for a connection that reads too slowly: `disconnect` (close code 4100; it comes back
    /// and recovers), `drop_oldest`, or `latest` (of each key, only the latest waits).
    pub slow_reader: SlowReader,
    /// For how long a publication may wait for others, in milliseconds, so that a busy channel costs fewer writes; 0 for
    /// not at all.
    pub flush_ms: u64,
}

impl Default for Namespace {
    fn default() -> Self {
        Self {
            subscribe: Right::Anyone,
            publish: Right::Nobody,
            history_size: 0,
            history_bytes: 1_048_576,
            history_seconds: 300,
            presence: false,
            join_leave: false,
            max_members: 0,
            rate: PerTime { count: 100, seconds: 1 },
            slow_reader: SlowReader::Disconnect,
            flush_ms: 0,
        }
    }
}

impl Namespace {
    /// What a development server allows in `public`: everything, to everyone.
    #[must_use]
    pub fn open() -> Self {
        Self { publish: Right::Anyone, history_size: 100, presence: true, join_leave: true, ..Self::default() }
    }
}

impl From<&Namespace> for tutti_channels::Namespace {
    fn from(namespace: &Namespace) -> Self {
        Self {
            subscribe: namespace.subscribe.clone(),
            publish: namespace.publish.clone(),
            history_size: namespace.history_size,
            history_bytes: namespace.history_bytes,
            history_time: Duration::from_secs(namespace.history_seconds),
            presence: namespace.presence,
            join_leave: namespace.join_leave,
            max_members: namespace.max_members,
            rate: namespace.rate.into(),
            slow_reader: match namespace.slow_reader {
                SlowReader::Disconnect => tutti_channels::SlowReader::Disconnect,
                SlowReader::DropOldest => tutti_channels::SlowReader::DropOldest,
                SlowReader::Latest => tutti_channels::SlowReader::Latest,
            },
            gather: Duration::from_millis(namespace.flush_ms),
        }
    }
}

/// What becomes of publications for a connection that reads too slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlowReader {
    /// The connection is closed and recovers.
    Disconnect,
    /// The oldest that wait are dropped.
    DropOldest,
    /// Of each key only the latest waits.
    Latest,
}
