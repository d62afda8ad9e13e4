//! `bench idle`: what connections cost on which nothing happens but the server's pings.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tutti_core::Clock;
use tutti_core::clock::SystemClock;

use crate::figures::now;
use crate::people;
use crate::server::Choice;
use crate::socket::Socket;
use crate::usage::{self, Memory};

/// How long the server has for what it does after the last connection was opened.
const SETTLE: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    server: Choice,
    /// Connections, each of another user. Server and load each need as many open files.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    connections: u32,
    /// Time between the server's pings, in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=60))]
    heartbeat: u64,
}

#[derive(Debug, Serialize)]
struct Report {
    connections: u32,
    opened_per_second: f64,
    before: Memory,
    after: Memory,
    after_pings: Memory,
    /// Anonymous memory of the server for each connection.
    bytes_per_connection: u64,
    bytes_per_connection_after_pings: u64,
    pings: u64,
    lost: u64,
    /// How much of one processor the server took while nothing but pings happened.
    idle_processor: f64,
}

/// Measures, and prints the result.
pub(crate) async fn run(arguments: Arguments) -> Result<()> {
    let clock: &dyn Clock = &SystemClock;
    let server = arguments.server.server(&[("connections.heartbeat_seconds", arguments.heartbeat.to_string())]).await?;
    let process = server.process().context("memory is measured on a server that is started here")?;
    let count = usize::try_from(arguments.connections)?;

    let before = usage::memory(process)?;
    let begun = now();
    let people = people::connect(&server, count, &[]).await?;
    let opening = now().saturating_duration_since(begun);
    let (stop, stopped) = watch::channel(false);
    let pings = Arc::new(AtomicU64::new(0));
    let mut waiting = JoinSet::new();
    for person in people {
        waiting.spawn(stay(person.socket, Arc::clone(&pings), stopped.clone()));
    }
    clock.sleep(SETTLE).await;
    let after = usage::memory(process)?;

    let (busy, since) = (usage::processor(process)?, now());
    clock.sleep(Duration::from_secs(arguments.heartbeat + 2)).await;
    let idle = usage::processor(process)?.saturating_sub(busy).as_secs_f64()
        / now().saturating_duration_since(since).as_secs_f64();
    let after_pings = usage::memory(process)?;
    stop.send_replace(true);
    let lost = waiting.join_all().await.into_iter().filter(Result::is_err).count();

    let each = |memory: Memory| memory.anonymous.saturating_sub(before.anonymous) / u64::from(arguments.connections);
    let report = Report {
        connections: arguments.connections,
        opened_per_second: f64::from(arguments.connections) / opening.as_secs_f64(),
        before,
        after,
        after_pings,
        bytes_per_connection: each(after),
        bytes_per_connection_after_pings: each(after_pings),
        pings: pings.load(Ordering::Relaxed),
        lost: u64::try_from(lost)?,
        idle_processor: idle,
    };
    if arguments.server.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}

/// Answers pings until it is told to stop; an error when the connection is lost before.
async fn stay(mut socket: Socket, pings: Arc<AtomicU64>, mut stopped: watch::Receiver<bool>) -> Result<()> {
    loop {
        socket.shrink();
        tokio::select! {
            ready = socket.ready() => ready?,
            _ = stopped.changed() => return Ok(()),
        }
        socket.read()?;
        while socket.next()?.is_some() {}
        pings.fetch_add(std::mem::take(&mut socket.pings), Ordering::Relaxed);
        socket.write()?;
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let line = |name: &str, memory: Memory| {
            let kib = |bytes: u64| bytes / 1024;
            format!("{name}: {} KiB resident, {} KiB of it anonymous", kib(memory.resident), kib(memory.anonymous))
        };
        writeln!(f, "{} connections, opened {:.0} a second", self.connections, self.opened_per_second)?;
        writeln!(f, "{}", line("server before", self.before))?;
        writeln!(f, "{}", line("server after", self.after))?;
        writeln!(f, "{}", line("server after a round of pings", self.after_pings))?;
        writeln!(
            f,
            "{} bytes for each connection, {} after the pings",
            self.bytes_per_connection, self.bytes_per_connection_after_pings
        )?;
        writeln!(f, "{} pings answered, {} connections lost", self.pings, self.lost)?;
        writeln!(f, "processor while idle: {:.2} % of one core", self.idle_processor * 100.0)
    }
}
