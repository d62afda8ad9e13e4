//! The flags that every command takes.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::dialect::Dialect;
use crate::payload;

/// Which server is measured, how long, with what, and where the result goes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// A server that runs already, such as ws://127.0.0.1:5004. Without it, a Tutti server is started for the purpose, on
    /// SQLite, with raised limits.
    #[arg(long, value_name = "URL", help_heading = "Server")]
    pub(crate) url: Option<String>,
    /// With --url and a Tutti server: the secret that its tokens are signed with.
    #[arg(
        long,
        visible_alias = "token-secret",
        env = "TUTTI_BENCH_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        requires = "url",
        help_heading = "Server"
    )]
    pub(crate) secret: Option<String>,
    /// Needed for a server on another machine than this one: load on it is meant, and allowed.
    #[arg(long, help_heading = "Server")]
    pub(crate) i_own_this_server: bool,
    /// What the server speaks. Anything but `tutti` needs --url.
    #[arg(long, value_enum, default_value = "tutti", help_heading = "Server")]
    pub(crate) dialect: Dialect,
    /// With --url: a process of the server, so that its processor time and memory can be told, those of its children
    /// included. May be said several times.
    #[arg(long, value_name = "PID", requires = "url", help_heading = "Server")]
    pub(crate) server_pid: Vec<u32>,
    /// Where the server that is started keeps its data, in a folder that is removed in the end. It should be a real disk,
    /// for commits wait for it. Without it, the folder of the program.
    #[arg(long, value_name = "DIR", conflicts_with = "url", help_heading = "Server")]
    pub(crate) data: Option<PathBuf>,
    /// A setting of the server that is started, such as storage.batch=1024. May be said several times.
    #[arg(long = "set", value_name = "NAME=VALUE", conflicts_with = "url", help_heading = "Server")]
    pub(crate) settings: Vec<String>,
    /// How long to measure, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) duration: u64,
    /// How long to run before that, in seconds. What goes wrong then counts too.
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(0..=600))]
    pub(crate) warm_up: u64,
    /// How many connections to open in a second; 0 means as fast as the server takes them, 64 at a time.
    #[arg(long, value_name = "RATE", default_value_t = 0)]
    pub(crate) ramp: u32,
    /// Length of what a message carries, in bytes [default: 128, for an echo 64].
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u16).range(32..=60_000))]
    pub(crate) payload: Option<u16>,
    /// Writes the result as JSON to a file; `-` is the standard output, which then carries nothing else.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

impl Options {
    /// How long to measure.
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs(self.duration)
    }

    /// How long to run before that.
    pub(crate) fn warm_up(&self) -> Duration {
        Duration::from_secs(self.warm_up)
    }

    /// The length of a payload, or the usual one of the workload.
    pub(crate) fn payload_or(&self, usual: usize) -> usize {
        self.payload.map_or(usual, usize::from).max(payload::LEAST)
    }

    /// Whether the result as JSON takes the standard output for itself.
    pub(crate) fn json_to_stdout(&self) -> bool {
        self.json.as_ref().is_some_and(|path| path.as_os_str() == "-")
    }
}
