//! `cargo xtask start`: from a fresh clone to a running server, and from there to a restart in a second or two.

use std::ffi::OsString;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::workspace::Workspace;
use crate::{console, needs, process};

const BUILD: [&str; 6] = ["build", "--release", "-p", "tutti-server", "--bin", "tutti"];

/// Builds what changed, then becomes the server.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let watch = process::Stopwatch::start();
    build(workspace)?;
    println!("==> tutti serve (ready to start after {watch})");
    let mut server = Command::new(workspace.release_server());
    server.args(serve_arguments(workspace, arguments));
    become_program(&mut server)
}

fn build(workspace: &Workspace) -> Result<()> {
    if console::is_fresh(workspace)? {
        println!("==> console: up to date");
    } else {
        needs::node()?;
        build_console(workspace)?;
    }
    process::phase("server", || process::run(&mut workspace.cargo(&BUILD)))
}

fn build_console(workspace: &Workspace) -> Result<()> {
    if workspace.release_server().exists() {
        return process::phase("console", || console::build(workspace));
    }
    process::phase("console, while cargo builds", || console_while_cargo_builds(workspace))
}

/// The first build takes minutes of crates that do not care about the console, so both run at once. The server's own
/// crate comes last and embeds the console; should it ever come too early, the build that follows does it again.
fn console_while_cargo_builds(workspace: &Workspace) -> Result<()> {
    console::ensure_folder(workspace)?;
    let mut cargo = workspace.cargo(&BUILD);
    let mut cargo = cargo.stdin(Stdio::null()).spawn().context("could not run cargo")?;
    let built = console::build(workspace);
    if built.is_err() {
        // It may have ended by itself; either way the error to show is the console's.
        let _ = cargo.kill();
    }
    let status = cargo.wait().context("could not wait for cargo")?;
    built?;
    if !status.success() {
        println!("    cargo failed beside the console's build; once more alone");
    }
    Ok(())
}

/// Development mode and the data folder of this clone, unless the caller says otherwise.
fn serve_arguments(workspace: &Workspace, own: &[String]) -> Vec<OsString> {
    let has = |flag: &str| own.iter().any(|word| word == flag || word.starts_with(&format!("{flag}=")));
    let mut all: Vec<OsString> = vec!["serve".into()];
    if !has("--dev") {
        all.push("--dev".into());
    }
    if !has("--data-dir") {
        all.extend(["--data-dir".into(), workspace.root.join("data").into()]);
    }
    all.extend(own.iter().map(OsString::from));
    all
}

#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    let error = command.exec();
    Err(error).with_context(|| format!("could not run {}", command.get_program().display()))
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("could not run {}", command.get_program().display()))?;
    std::process::exit(status.code().unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_flags_come_last_and_replace_ours() {
        let fixture = crate::tidy::fixture::Fixture::workspace(&[("chat", "")]);
        let workspace = fixture.open();
        let words = |own: &[&str]| {
            let own: Vec<String> = own.iter().map(ToString::to_string).collect();
            serve_arguments(&workspace, &own).into_iter().map(|word| word.into_string().unwrap()).collect::<Vec<_>>()
        };
        let data = workspace.root.join("data").into_os_string().into_string().unwrap();
        assert_eq!(words(&["--port", "1"]), ["serve", "--dev", "--data-dir", &data, "--port", "1"]);
        assert_eq!(words(&["--data-dir=/x", "--dev"]), ["serve", "--data-dir=/x", "--dev"]);
    }
}
