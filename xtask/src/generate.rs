//! `cargo xtask gen`: the files that are made from the Rust definitions and committed, so that a reader and a package
//! need no build. `cargo xtask tidy` makes them again and compares.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::workspace::Workspace;
use crate::{console, no_arguments, process};

/// Who makes a generated file.
enum Producer {
    /// A function of the protocol crate.
    Protocol(fn() -> String),
    /// `tutti gen WHAT`, on standard output.
    Server(&'static str),
}

/// Every generated file. What the server needs to compile must come before what the server makes.
const FILES: [(&str, Producer); 6] = [
    ("sdk/client/src/generated/protocol.ts", Producer::Protocol(tutti_protocol::typescript::module)),
    ("docs/openapi.json", Producer::Server("openapi")),
    ("docs/asyncapi.json", Producer::Server("asyncapi")),
    ("docs/configuration.md", Producer::Server("config-docs")),
    ("docs/tutti.example.toml", Producer::Server("config-example")),
    ("docs/codes.md", Producer::Server("codes")),
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
    for file in protocol_files() {
        write(workspace, &file)?;
    }
    for file in server_files(workspace)? {
        write(workspace, &file)?;
    }
    Ok(())
}

/// The files that need no server.
pub(crate) fn protocol_files() -> Vec<Generated> {
    let made = FILES.iter().filter_map(|(path, producer)| match producer {
        Producer::Protocol(make) => Some(Generated { path, text: make() }),
        Producer::Server(_) => None,
    });
    made.collect()
}

/// The files that the server makes; builds it first.
pub(crate) fn server_files(workspace: &Workspace) -> Result<Vec<Generated>> {
    console::ensure_folder(workspace)?;
    process::run(&mut workspace.cargo(&["build", "--quiet", "-p", "tutti-server", "--bin", "tutti"]))?;
    let mut made = Vec::new();
    for (path, producer) in &FILES {
        if let Producer::Server(what) = producer {
            let text = process::read(Command::new(workspace.debug_server()).args(["gen", what]))?;
            made.push(Generated { path, text });
        }
    }
    Ok(made)
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
