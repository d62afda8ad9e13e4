//! `tutti config`: check, default, docs.

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use super::{Common, print};
use crate::docs;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Reads the settings as `serve` would, and says what is wrong with them.
    Check(Common),
    /// Prints a settings file in which everything has its default.
    Default,
    /// Prints the reference of all settings.
    Docs,
}

pub(super) fn run(command: &Command) -> Result<ExitCode> {
    match command {
        Command::Check(common) => {
            common.settings()?.check()?;
            print("The settings are good.");
        }
        Command::Default => print(&docs::example_file()),
        Command::Docs => print(&docs::settings_reference()),
    }
    Ok(ExitCode::SUCCESS)
}
