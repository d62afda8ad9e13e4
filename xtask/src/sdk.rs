//! The SDK's packages and the example on top of them: their checks and tests. Each package reads the others' sources, so
//! nothing has to be built first; only what has no bundler reads the built client.

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{needs, npm, process};

const CLIENT: &str = "sdk/client";
/// Every package; those behind the first read the client's source.
const PACKAGES: [&str; 3] = [CLIENT, "sdk/testing", "sdk/react"];
/// Those with tests against a real server.
const AGAINST_SERVER: [&str; 2] = [CLIENT, "sdk/testing"];
const EXAMPLE: &str = "examples/chat-react";
const REFERENCE: &str = "docs/sdk";

/// Installs what the packages and the example are tested with.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    needs::node()?;
    for folder in PACKAGES.into_iter().chain([EXAMPLE]) {
        npm::install(&workspace.root.join(folder))?;
    }
    Ok(())
}

/// The unit tests.
pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    install(workspace)?;
    each(workspace, &PACKAGES, "test")
}

/// Types, sizes, unit tests, and the hooks under the oldest React that they are for.
pub(crate) fn check_and_test(workspace: &Workspace) -> Result<()> {
    install(workspace)?;
    each(workspace, &PACKAGES, "check")?;
    each(workspace, &PACKAGES, "test")?;
    npm::script(&workspace.root.join("sdk/react"), "test:react18")
}

/// The tests that need a server.
pub(crate) fn against_server(workspace: &Workspace) -> Result<()> {
    for folder in AGAINST_SERVER {
        let mut script = npm::script_command(&workspace.root.join(folder), "test:real")?;
        process::run(script.env("TUTTI_BIN", workspace.debug_server()))?;
    }
    Ok(())
}

/// The client as an application installs it.
pub(crate) fn build_client(workspace: &Workspace) -> Result<()> {
    each(workspace, &[CLIENT], "build")
}

/// The example as its reader would build it.
pub(crate) fn build_example(workspace: &Workspace) -> Result<()> {
    each(workspace, &[EXAMPLE], "check")?;
    each(workspace, &[EXAMPLE], "build")
}

/// The reference of the packages' exports; a broken link or an export without a comment is an error.
pub(crate) fn reference(workspace: &Workspace) -> Result<()> {
    npm::install(&workspace.root.join(REFERENCE))?;
    each(workspace, &[REFERENCE], "docs")
}

fn each(workspace: &Workspace, folders: &[&str], script: &str) -> Result<()> {
    folders.iter().try_for_each(|folder| {
        println!("    {folder}: npm run {script}");
        npm::script(&workspace.root.join(folder), script)
    })
}
