//! npm in one of the project's folders: installing exactly what the lock file says, once per lock file.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process;

/// A copy of the lock file that `node_modules` was made from.
const STAMP: &str = "node_modules/.installed-from-package-lock.json";

/// Makes `node_modules` match the lock file, unless it already does.
pub(crate) fn install(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let wanted = fs::read(&lock).with_context(|| format!("{} is missing or cannot be read", lock.display()))?;
    let stamp = folder.join(STAMP);
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!("    npm ci in {}", folder.display());
    process::run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))?;
    fs::create_dir_all(folder.join("node_modules"))?;
    fs::write(&stamp, wanted).with_context(|| format!("could not write {}", stamp.display()))
}

/// Runs one of the folder's scripts.
pub(crate) fn script(folder: &Path, name: &str) -> Result<()> {
    process::run(&mut script_command(folder, name)?)
}

/// One of the folder's scripts, to be completed and run by the caller.
pub(crate) fn script_command(folder: &Path, name: &str) -> Result<Command> {
    if !folder.join("package.json").is_file() {
        bail!("{} has no package.json", folder.display());
    }
    let mut npm = Command::new("npm");
    npm.args(["run", "--silent", name]).current_dir(folder);
    Ok(npm)
}
