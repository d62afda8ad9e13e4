//! `cargo xtask bench`: the load generator, in release. What it measures stands in the test kit.

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

/// Runs the load generator with the arguments as they are.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let mut bench = workspace.cargo(&["run", "--release", "-p", "tutti-testkit", "--bin", "bench", "--"]);
    process::run(bench.args(arguments))
}
