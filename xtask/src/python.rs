//! The independent client in Python: its virtual environment under the target folder, and its run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::test::holds;
use crate::workspace::Workspace;
use crate::{needs, process};

/// Runs `tests/python` against the debug server.
pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join("tests/python");
    if !holds(&folder, |name| name.starts_with("test") && name.ends_with(".py")) {
        bail!("tests/python holds no test_*.py");
    }
    let python = environment(workspace)?;
    process::run(
        Command::new(python)
            .args(["-m", "unittest", "discover", "--verbose", "--start-directory", "."])
            .current_dir(folder)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("TUTTI_BIN", workspace.debug_server()),
    )
}

/// What the client needs when it has no requirements.txt of its own.
const REQUIREMENTS: &str = "websockets\n";

/// A Python that has what `tests/python/requirements.txt` lists, or the usual.
pub(crate) fn environment(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target("python");
    let python = folder.join("bin/python");
    let listed = fs::read_to_string(workspace.root.join("tests/python/requirements.txt"));
    let wanted = listed.unwrap_or_else(|_| REQUIREMENTS.to_owned());
    let installed = folder.join("installed.txt");
    if python.is_file() && fs::read_to_string(&installed).is_ok_and(|list| list == wanted) {
        return Ok(python);
    }
    needs::python()?;
    process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let list = folder.join("wanted.txt");
    fs::write(&list, &wanted).with_context(|| format!("could not write {}", list.display()))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    process::run(Command::new(&python).args(pip).arg(&list))?;
    // Only now is it complete.
    fs::rename(&list, &installed).with_context(|| format!("could not write {}", installed.display()))?;
    Ok(python)
}
