//! The command line: one file per command.

mod bench;
mod config;
mod doctor;
mod generate;
mod key;
mod serve;
mod token;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::config::Config;

/// Tutti: chat, presence and more, over one connection.
#[derive(Debug, Parser)]
#[command(name = "tutti", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the server.
    Serve(serve::Arguments),
    /// Prints a token for a user, and nothing else.
    Token(token::Arguments),
    /// Makes, lists and revokes API keys of server back-ends, also while the server runs.
    #[command(subcommand)]
    Key(key::Command),
    /// Checks the settings, or prints their defaults or their reference.
    #[command(subcommand)]
    Config(config::Command),
    /// Looks for what would keep the server from running well.
    Doctor(Common),
    /// Puts load on a server and measures what it does with it.
    Bench(Box<tutti_bench::Bench>),
    /// Copies the database into a file, also while the server runs.
    Backup(serve::Backup),
    /// Prints documents that are made from the code.
    #[command(hide = true, subcommand)]
    Gen(generate::Document),
}

/// Flags that several commands take.
#[derive(Debug, Clone, Default, Args)]
struct Common {
    /// The settings file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The directory for everything that is kept.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The address and port to listen on.
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Development: a generated secret, anyone signs in by name.
    #[arg(long)]
    dev: bool,
}

impl Common {
    /// The settings: file, environment, then these flags.
    fn settings(&self) -> Result<Config> {
        let mut config = Config::read(self.config.as_deref())?;
        if let Some(dir) = &self.data_dir {
            config.server.data_dir.clone_from(dir);
        }
        if let Some(listen) = &self.listen {
            config.server.listen.clone_from(listen);
        }
        config.server.dev |= self.dev;
        Ok(config)
    }
}

/// Runs the command that the arguments name.
#[must_use]
pub fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "tutti: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Token(arguments) => token::run(&arguments),
        Command::Key(command) => key::run(&command),
        Command::Config(command) => config::run(&command),
        Command::Doctor(common) => doctor::run(&common),
        Command::Bench(bench) => bench::run(&bench),
        Command::Backup(arguments) => serve::backup(&arguments),
        Command::Gen(document) => generate::run(document),
    }
}

/// Prints a line, or a whole document, for whoever called. One who stops reading is not an error.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush());
}
