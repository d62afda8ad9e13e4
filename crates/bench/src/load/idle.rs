//! `tutti bench idle`: what connections cost on which nothing happens but the server's pings. Memory is what belongs to
//! the server's processes alone; what the kernel keeps for a socket, some 5 KB at either end, is not in it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::json;

use crate::counts::Counts;
use crate::course::{self, Work};
use crate::crowd::{self, Place};
use crate::net::{Load, NEVER, Net, after};
use crate::options::Options;
use crate::report::{Report, Setup};
use crate::target::Target;
use crate::usage::Memory;

/// How long the server has for what it does after the last connection was opened.
const SETTLE: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Connections, each of another user. Server and load each need as many open files.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u16).range(1..=28_000))]
    connections: u16,
    /// Time between the pings of the server that is started, in seconds. --duration should be longer.
    #[arg(long, value_name = "SECONDS", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=60))]
    heartbeat: u64,
}

#[derive(Default)]
struct Idle {
    counts: Counts,
}

pub(crate) fn run(arguments: &Arguments, program: &Path) -> Result<bool> {
    let options = &arguments.options;
    let connections = usize::from(arguments.connections);
    let target = Target::find(options, program, &[("connections.heartbeat_seconds", arguments.heartbeat.to_string())])?;
    let memory = || target.processes.memory().context("memory needs to know the server's process: --server-pid");
    let before = memory()?;
    let mut net = target.net()?;
    let gathered = crowd::gather(&mut net, &target, options, connections, &|_| Place::default())?;
    let mut idle = Idle::default();
    let settled = after(SETTLE);
    while crate::clock::now() < settled {
        net.turn(&mut idle, settled)?;
    }
    let opened = memory()?;
    let span = course::run(&mut net, &mut idle, &target, options)?;
    let end = memory()?;
    let each = |memory: Memory| memory.anonymous.saturating_sub(before.anonymous) as f64 / connections as f64;
    let flags = json!({ "connections": connections, "heartbeat": arguments.heartbeat, "duration": options.duration,
        "warm_up": options.warm_up, "ramp": options.ramp });
    let setup = Setup {
        command: "idle",
        timed: "nothing is timed",
        connections,
        opened_per_second: gathered.per_second,
        flags,
    };
    let report = Report::new(setup, options, &target, &span, idle.counts);
    report
        .with("bytes_per_connection", each(opened))
        .with("bytes_per_connection_later", each(end))
        .with("anonymous_before", before.anonymous as f64)
        .with("anonymous_after", end.anonymous as f64)
        .with("resident_after", end.resident as f64)
        .with("pings", net.traffic.pings as f64)
        .publish(options)
}

impl Load for Idle {
    fn counts(&mut self) -> &mut Counts {
        &mut self.counts
    }
}

impl Work for Idle {
    fn send_due(&mut self, _: &mut Net, _: u64) -> Result<u64> {
        Ok(NEVER)
    }

    fn stop(&mut self) {}

    fn under_way(&self) -> bool {
        false
    }
}
