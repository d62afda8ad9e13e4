//! `tutti bench`: the load tool, which is a crate of its own. Where no server is named, it starts this program again.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use tutti_bench::Bench;

/// Runs it. What was lost, repeated, out of order or refused is a failure.
pub(super) fn run(bench: &Bench) -> Result<ExitCode> {
    let program = std::env::current_exe().context("the running program cannot be found")?;
    Ok(if bench.run(&program)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
