//! `cargo xtask bench`: the load tool, in release; `bench peers` compares Tutti with other servers. What a measurement is
//! stands in `crates/bench`; what a peer is, in `bench/peers`.

mod figures;
mod manifest;
mod peers;
mod processes;
mod subject;
mod table;
mod workloads;

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

/// Compares with the peers, or runs the load tool with the arguments as they are.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    if let Some((verb, rest)) = arguments.split_first()
        && verb == "peers"
    {
        return peers::run(workspace, rest);
    }
    let mut bench = workspace.cargo(&["run", "--release", "-p", "tutti-server", "--bin", "tutti", "--", "bench"]);
    process::run(bench.args(arguments))
}
