//! `tutti bench`: puts load on a server and checks and measures what comes back. Chat with acknowledgements, fan-out in
//! rooms, echoes, connections that come and go or stay idle, all of that for a long time, a storm of those who come back;
//! against a Tutti server, started for the purpose or running already, and, in two other dialects, against servers that are
//! compared with it.
//!
//! It keeps few promises and strictly: one thread and one epoll for all connections, nothing allocated for a message, its
//! own processor time told beside the server's. Every payload is stamped, and what is lost, repeated or out of order is
//! counted, never assumed. What is deliberately absent: anything of the server; this crate knows its wire and not its
//! code. Whether the server keeps to the standard and to its promises is for the tests to say.

mod check;
mod clock;
mod comeback;
mod counts;
mod course;
mod crowd;
mod dialect;
mod figures;
mod http;
mod load;
mod metrics;
mod net;
mod options;
mod payload;
mod progress;
mod report;
mod sample;
mod section;
mod server;
mod target;
mod token;
mod trend;
mod usage;

use std::path::Path;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::load::{chat, churn, echo, fanout, idle, soak, storm};

/// Measures a server: how much it carries, how fast, and whether all of it arrives.
#[derive(Debug, Args)]
pub struct Bench {
    #[command(subcommand)]
    workload: Workload,
}

#[derive(Debug, Subcommand)]
enum Workload {
    /// Chat messages that are acknowledged once they are stored: how many in a second, and how long it takes.
    Chat(chat::Arguments),
    /// Messages to everybody in a room: how many deliveries in a second, at what cost.
    Fanout(fanout::Arguments),
    /// What is sent comes back to the sender.
    Echo(echo::Arguments),
    /// Connections that come and go: what a handshake costs.
    Churn(churn::Arguments),
    /// Connections on which nothing happens: what they cost in memory.
    Idle(idle::Arguments),
    /// A long time with rooms, coming and going, and slow readers: whether the server stays as it was, and the fast ones fast.
    Soak(soak::Arguments),
    /// Everybody is lost at once and comes back: how long it takes, and whether the others feel it.
    Storm(storm::Arguments),
}

impl Bench {
    /// Runs it, and prints the result. `program` is what is started as `serve` when no server is named. Returns whether
    /// everything arrived as it should: nothing lost, repeated, out of order or refused.
    ///
    /// # Errors
    /// It cannot be run, or the server does not let it.
    pub fn run(&self, program: &Path) -> Result<bool> {
        usage::raise_open_files();
        match &self.workload {
            Workload::Chat(arguments) => chat::run(arguments, program),
            Workload::Fanout(arguments) => fanout::run(arguments, program),
            Workload::Echo(arguments) => echo::run(arguments, program),
            Workload::Churn(arguments) => churn::run(arguments, program),
            Workload::Idle(arguments) => idle::run(arguments, program),
            Workload::Soak(arguments) => soak::run(arguments, program),
            Workload::Storm(arguments) => storm::run(arguments, program),
        }
    }
}
