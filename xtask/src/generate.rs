//! `cargo xtask gen`: the files that are made from the Rust definitions and committed, so that a reader and a package
//! need no build. `cargo xtask tidy` makes them again and compares.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::workspace::Workspace;
use crate::{console, no_arguments, process};

/// Every generated file, and the WHAT of the `tutti gen WHAT` that makes it, on standard output.
const FILES: [(&str, &str); 6] = [
    ("sdk/client/src/generated/protocol.ts", "typescript"),
    ("docs/openapi.json", "openapi"),
    ("docs/asyncapi.json", "asyncapi"),
    ("docs/configuration.md", "config-docs"),
    ("docs/tutti.example.toml", "config-example"),
    ("docs/codes.md", "codes"),
];

/// A generated file: where it belongs and what it must hold.
pub(crate) struct Generated {
    /// From the workspace's root.
    pub(crate) path: &'static str,
    /// The whole file.
    pub(crate) text: String,
}

/// Writes the files that changed.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    no_arguments("gen", arguments)?;
    for file in files(workspace)? {
        write(workspace, &file)?;
    }
    Ok(())
}

/// Makes the files, by the server; builds it first.
pub(crate) fn files(workspace: &Workspace) -> Result<Vec<Generated>> {
    console::ensure_folder(workspace)?;
    process::run(&mut workspace.cargo(&["build", "--quiet", "-p", "tutti-server", "--bin", "tutti"]))?;
    let make = |(path, what): &(&'static str, &str)| {
        let text = process::read(Command::new(workspace.debug_server()).args(["gen", what]))?;
        Ok(Generated { path, text })
    };
    FILES.iter().map(make).collect()
}

fn write(workspace: &Workspace, file: &Generated) -> Result<()> {
    let path = workspace.root.join(file.path);
    // Left alone when it is the same, so that builds that watch it do not start over.
    if fs::read_to_string(&path).is_ok_and(|found| found == file.text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&path, &file.text).with_context(|| format!("could not write {}", path.display()))?;
    println!("wrote {}", file.path);
    Ok(())
}
