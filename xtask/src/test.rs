//! `cargo xtask test`: everything that must hold before a change lands, one table. Installs what it needs first and
//! stops at the first failure.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::workspace::Workspace;
use crate::{console, needs, npm, process, python, sdk, tidy};

/// How a step that did not fail ended.
enum Outcome {
    Passed,
    /// With the reason; a step that did not run is never counted as passed.
    NotRun(&'static str),
}

type Step = (&'static str, fn(&Workspace) -> Result<Outcome>);

const QUICK: [Step; 3] =
    [("cargo test", cargo_test), ("SDK: unit tests", sdk_test), ("console: unit tests", console_test)];

const FULL: [Step; 18] = [
    ("format", format),
    ("what the tests need", install),
    ("console: build", console_build),
    ("server: build", server_build),
    ("cargo test", cargo_test),
    ("SDK: types and unit tests", sdk_check_and_test),
    ("SDK: against the real server", sdk_real),
    ("example: types and build", example),
    ("console: types and unit tests", console_check_and_test),
    ("Python client", python_client),
    ("WebSocket: npm's ws", ws_client),
    ("SDK: Node, Deno, Bun", runtimes),
    ("browser: Chromium", browser),
    ("browser: Firefox", firefox),
    ("SDK: reference", reference),
    ("clippy", clippy),
    ("tidy", tidy_all),
    ("cargo deny", cargo_deny),
];

/// Folders of tests for Node's own runner.
const NODE_SUITES: [&str; 4] = ["tests/ws", "tests/runtimes", "tests/browser", "tests/firefox"];

/// Runs the steps in order.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let steps: &[Step] = match arguments {
        [] => &FULL,
        [flag] if flag == "--quick" => &QUICK,
        _ => bail!("`cargo xtask test` takes nothing or `--quick`"),
    };
    let watch = process::Stopwatch::start();
    let mut not_run = Vec::new();
    for (name, step) in steps {
        if let Outcome::NotRun(why) = process::phase(name, || step(workspace))? {
            println!("    {name}: NOT RUN: {why}");
            not_run.push(format!("{name} ({why})"));
        }
    }
    println!("==> test: {} of {} steps ran, all of those well, in {watch}", steps.len() - not_run.len(), steps.len());
    if !not_run.is_empty() {
        println!("    not run: {}", not_run.join("; "));
    }
    Ok(())
}

fn passed(result: Result<()>) -> Result<Outcome> {
    result.map(|()| Outcome::Passed)
}

fn format(workspace: &Workspace) -> Result<Outcome> {
    process::run(&mut workspace.cargo(&["fmt", "--all", "--check"]))?;
    passed(process::run(&mut workspace.cargo(&["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"])))
}

/// Early, so that a machine that lacks something says so before the long builds.
fn install(workspace: &Workspace) -> Result<Outcome> {
    for folder in NODE_SUITES.into_iter().chain(["tests/python"]) {
        if !workspace.root.join(folder).is_dir() {
            bail!("{folder} is missing");
        }
    }
    console::install(workspace)?;
    sdk::install(workspace)?;
    for folder in NODE_SUITES {
        npm::install(&workspace.root.join(folder))?;
    }
    needs::chromium()?;
    needs::firefox()?;
    python::environment(workspace)?;
    Ok(Outcome::Passed)
}

fn console_build(workspace: &Workspace) -> Result<Outcome> {
    passed(console::build(workspace))
}

fn server_build(workspace: &Workspace) -> Result<Outcome> {
    passed(process::run(&mut workspace.cargo(&["build", "-p", "tutti-server", "--bin", "tutti"])))
}

fn cargo_test(workspace: &Workspace) -> Result<Outcome> {
    console::ensure_folder(workspace)?;
    passed(process::run(&mut workspace.cargo(&["test", "--workspace"])))
}

fn sdk_test(workspace: &Workspace) -> Result<Outcome> {
    passed(sdk::test(workspace))
}

fn sdk_check_and_test(workspace: &Workspace) -> Result<Outcome> {
    passed(sdk::check_and_test(workspace))
}

fn sdk_real(workspace: &Workspace) -> Result<Outcome> {
    passed(sdk::against_server(workspace))
}

fn example(workspace: &Workspace) -> Result<Outcome> {
    passed(sdk::build_example(workspace))
}

fn console_test(workspace: &Workspace) -> Result<Outcome> {
    console::install(workspace)?;
    passed(npm::script(&workspace.root.join("console"), "test"))
}

fn console_check_and_test(workspace: &Workspace) -> Result<Outcome> {
    npm::script(&workspace.root.join("console"), "check")?;
    console_test(workspace)
}

fn python_client(workspace: &Workspace) -> Result<Outcome> {
    passed(python::test(workspace))
}

fn ws_client(workspace: &Workspace) -> Result<Outcome> {
    node_suite(workspace, "tests/ws", &mut Command::new("node"))
}

fn runtimes(workspace: &Workspace) -> Result<Outcome> {
    sdk::build_client(workspace)?;
    node_suite(workspace, "tests/runtimes", &mut Command::new("node"))
}

fn browser(workspace: &Workspace) -> Result<Outcome> {
    node_suite(workspace, "tests/browser", Command::new("node").env("CHROMIUM", needs::chromium()?))
}

fn firefox(workspace: &Workspace) -> Result<Outcome> {
    node_suite(workspace, "tests/firefox", Command::new("node").env("FIREFOX", needs::firefox()?))
}

fn reference(workspace: &Workspace) -> Result<Outcome> {
    passed(sdk::reference(workspace))
}

/// One of [`NODE_SUITES`], against the debug server.
fn node_suite(workspace: &Workspace, folder: &str, node: &mut Command) -> Result<Outcome> {
    let path = workspace.root.join(folder);
    if !holds(&path, |name| name.contains("test") && name.ends_with("js")) {
        bail!("{folder} holds no tests");
    }
    let test = node.args(["--test", "--test-concurrency=1", "--test-reporter=spec"]).current_dir(path);
    passed(process::run(test.env("TUTTI_BIN", workspace.debug_server())))
}

/// Whether a folder has a file with such a name. The runners of Node and Python call a folder without tests a success.
pub(crate) fn holds(folder: &Path, fits: impl Fn(&str) -> bool) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.filter_map(Result::ok).any(|entry| fits(&entry.file_name().to_string_lossy()))
}

fn clippy(workspace: &Workspace) -> Result<Outcome> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    passed(process::run(&mut workspace.cargo(&arguments)))
}

fn tidy_all(workspace: &Workspace) -> Result<Outcome> {
    passed(tidy::run(workspace, &[]))
}

fn cargo_deny(workspace: &Workspace) -> Result<Outcome> {
    if process::find("cargo-deny").is_none() {
        return Ok(Outcome::NotRun("cargo-deny is not installed"));
    }
    passed(process::run(&mut workspace.cargo(&["deny", "check", "bans", "licenses", "sources"])))
}
