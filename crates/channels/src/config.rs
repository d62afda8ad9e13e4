//! What a namespace allows and keeps.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tutti_core::limits::Rate;

/// The namespaces of a server, and what holds for all channels.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// By name.
    pub namespaces: BTreeMap<String, Namespace>,
    /// Most channels that one connection listens to.
    pub max_per_connection: usize,
    /// Most channels at the same time; then nothing is done in one that is not there yet.
    pub max_channels: usize,
}

/// What holds for every channel of a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// Who may listen, and read the history.
    pub subscribe: Right,
    /// Who may publish. Servers with a key always may.
    pub publish: Right,
    /// Most publications that are kept for those who come back; 0 keeps none.
    pub history_size: usize,
    /// Most bytes that are kept, counted as the JSON of what was published; the oldest go first.
    pub history_bytes: usize,
    /// How long they are kept.
    pub history_time: Duration,
    /// Whether those who may listen can ask who does.
    pub presence: bool,
    /// Whether listeners are told who comes and goes.
    pub join_leave: bool,
    /// Most connections that listen to one channel; 0 for no bound.
    pub max_members: usize,
    /// How often a user may publish in the namespace.
    pub rate: Rate,
    /// What becomes of publications for a connection that reads too slowly.
    pub slow_reader: SlowReader,
    /// For how long a publication may wait for others, so that a busy channel costs fewer writes; zero for not at all.
    pub gather: Duration,
}

/// Who may do something in a namespace. Written `anyone`, `nobody` or `role:NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Right {
    /// Any signed-in user.
    Anyone,
    /// Users whose token has this role.
    Role(String),
    /// No user; only servers.
    Nobody,
}

impl FromStr for Right {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "anyone" => Ok(Self::Anyone),
            "nobody" => Ok(Self::Nobody),
            _ => match text.strip_prefix("role:") {
                Some(role) if !role.is_empty() => Ok(Self::Role(role.to_owned())),
                _ => Err("a right is `anyone`, `nobody` or `role:NAME`"),
            },
        }
    }
}

impl TryFrom<String> for Right {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Right> for String {
    fn from(right: Right) -> Self {
        right.to_string()
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone => f.write_str("anyone"),
            Self::Role(role) => write!(f, "role:{role}"),
            Self::Nobody => f.write_str("nobody"),
        }
    }
}

/// What becomes of publications for a connection whose queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlowReader {
    /// It is closed with 4100, reconnects and recovers from its position.
    Disconnect,
    /// The oldest that wait are dropped; the offsets show the gap.
    DropOldest,
    /// Of each key only the latest waits.
    Latest,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_reads_back_as_it_is_written() {
        for text in ["anyone", "nobody", "role:editor"] {
            assert_eq!(text.parse::<Right>().unwrap().to_string(), text);
        }
        assert!("role:".parse::<Right>().is_err());
        assert!("everyone".parse::<Right>().is_err());
    }
}
