//! `tutti serve` and `tutti backup`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tutti_core::Clock;
use tutti_core::clock::SystemClock;

use super::{Common, print};
use crate::config::{Config, LogFormat};
use crate::storage;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(super) struct Backup {
    #[command(flatten)]
    common: Common,
    /// Where the copy goes; it must not exist yet.
    file: PathBuf,
}

/// Runs the server until it is told to stop.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let config = arguments.common.settings()?;
    config.check()?;
    start_log(&config)?;
    let in_time = runtime()?.block_on(serve(&config))?;
    Ok(if in_time { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime cannot start")
}

async fn serve(config: &Config) -> Result<bool> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut terminate = signal(SignalKind::terminate()).context("signals cannot be caught")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("signals cannot be caught")?;
    let server = crate::start(config, clock).await?;
    tracing::info!(address = %server.address, data_dir = %config.server.data_dir.display(), "listening");
    if config.server.dev {
        print(&format!("Tutti is ready: http://{}/ (development: anyone signs in by name)", server.address));
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    let stopped = tokio::select! {
        in_time = server.stop() => in_time,
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
    };
    tracing::info!(in_time = stopped, "stopped");
    Ok(stopped)
}

fn start_log(config: &Config) -> Result<()> {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(config.log_filter()?);
    let started = match config.log.format {
        LogFormat::Text => registry.with(lines).try_init(),
        LogFormat::Json => registry.with(lines.json()).try_init(),
    };
    started.context("the log cannot be started")
}

/// Copies the database. Reading does not disturb a server that runs.
pub(super) fn backup(arguments: &Backup) -> Result<ExitCode> {
    let config = arguments.common.settings()?;
    let from = config.server.data_dir.join(storage::FILE);
    if !from.exists() {
        bail!("there is no database at {}", from.display());
    }
    tutti_store::sqlite::backup(&from, &arguments.file)
        .with_context(|| format!("the copy {} cannot be made", arguments.file.display()))?;
    Ok(ExitCode::SUCCESS)
}
