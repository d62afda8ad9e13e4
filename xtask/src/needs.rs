//! What a machine must have beside the Rust toolchain, and how it gets it: Debian packages when we may install them,
//! else an error that says what to type.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;

/// What the console's build tool asks for.
const OLDEST_NODE: (u32, u32) = (20, 19);

const HOW_TO_GET_NODE: &str = "Debian 13 and later have it: `apt-get install -y nodejs npm`. \
    Debian 12 has only version 18: add a newer one's repository first (https://nodejs.org/en/download), \
    then `apt-get install -y nodejs`";

/// Node and npm, as the console and the SDK need them.
pub(crate) fn node() -> Result<()> {
    let (major, minor) = OLDEST_NODE;
    let Ok(version) = process::read(Command::new("node").arg("--version")) else {
        bail!("Node.js {major}.{minor} or later is needed and `node` was not found. {HOW_TO_GET_NODE}");
    };
    if node_version(&version).is_none_or(|found| found < OLDEST_NODE) {
        bail!("Node.js {major}.{minor} or later is needed, but this is {}. {HOW_TO_GET_NODE}", version.trim());
    }
    if process::find("npm").is_none() {
        bail!("npm is needed and was not found: `apt-get install -y npm` (it also comes with Node.js's own packages)");
    }
    Ok(())
}

/// Reads `v20.19.2`.
fn node_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// The browser of most browser tests: `$CHROMIUM`, or what is installed, or Debian's, which is installed when it may be.
pub(crate) fn chromium() -> Result<PathBuf> {
    browser("CHROMIUM", "chromium")
}

/// The other browser, found in the same way by `$FIREFOX`.
pub(crate) fn firefox() -> Result<PathBuf> {
    browser("FIREFOX", "firefox-esr")
}

/// A program that Debian has in a package of the same name.
fn browser(variable: &str, program: &str) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os(variable) {
        return Ok(named.into());
    }
    if process::find(program).is_none() {
        debian(program)?;
    }
    process::find(program).ok_or_else(|| anyhow::anyhow!("{program} was installed but is not in the search path"))
}

/// The fuzzer: a nightly compiler and `cargo fuzz`.
pub(crate) fn fuzzer() -> Result<()> {
    let nightly =
        |arguments: &[&str]| process::succeeds(Command::new("rustup").args(["run", "nightly"]).args(arguments));
    if !nightly(&["rustc", "--version"]) {
        bail!("the fuzzer needs a nightly compiler: `rustup toolchain install nightly`");
    }
    if !nightly(&["cargo", "fuzz", "--version"]) {
        bail!("`cargo fuzz` is needed and was not found: `cargo install cargo-fuzz --locked`");
    }
    Ok(())
}

/// A Python that can make virtual environments.
pub(crate) fn python() -> Result<()> {
    let usable = || process::succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"]));
    if !usable() {
        debian("python3-venv")?;
    }
    if !usable() {
        bail!("`python3` in the search path cannot make virtual environments (no module `ensurepip`)");
    }
    Ok(())
}

/// Installs a Debian package, when this is Debian and we are root.
fn debian(package: &str) -> Result<()> {
    let root = process::read(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !root || process::find("apt-get").is_none() {
        bail!("`{package}` is needed for the tests: `sudo apt-get install -y {package}`");
    }
    process::run(Command::new("apt-get").args(["update", "-q"]))?;
    process::run(
        Command::new("apt-get")
            .args(["install", "-q", "-y", "--no-install-recommends", package])
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_are_read_and_compared() {
        assert_eq!(node_version("v20.20.2\n"), Some((20, 20)));
        assert!(node_version("v18.19.0\n").is_some_and(|found| found < OLDEST_NODE));
        assert!(node_version("v20.19.0\n").is_some_and(|found| found >= OLDEST_NODE));
        assert_eq!(node_version("something else"), None);
    }
}
