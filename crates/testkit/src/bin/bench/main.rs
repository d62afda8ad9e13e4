//! The load generator behind `cargo xtask bench`: how many acknowledged messages a second and how fast, how much memory
//! an idle connection takes, how fast a group hears of a message. One file per subcommand.
//!
//! It speaks to loopback addresses only, and everything it does is bounded in number and time. Unless told otherwise it
//! starts the server itself, the binary that lies beside it, as a process of its own; server and load share the machine.

mod chat;
mod fanout;
mod figures;
mod idle;
mod people;
mod server;
mod socket;
mod usage;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures a Tutti server on this machine.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Cli {
    #[command(subcommand)]
    measure: Measure,
}

#[derive(Debug, Subcommand)]
enum Measure {
    /// Acknowledged messages a second, and how long an acknowledgement takes.
    Chat(chat::Arguments),
    /// Memory of connections on which nothing happens.
    Idle(idle::Arguments),
    /// Deliveries a second from one sender to one group.
    Fanout(fanout::Arguments),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let done = match Cli::parse().measure {
        Measure::Chat(arguments) => chat::run(arguments).await,
        Measure::Idle(arguments) => idle::run(arguments).await,
        Measure::Fanout(arguments) => fanout::run(arguments).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
