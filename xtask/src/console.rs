//! The console's build: when it is out of date, and how it is made. The server embeds what comes out.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;
use crate::{needs, npm};

/// Names that are made, not written.
const MADE: [&str; 3] = ["node_modules", "dist", ".vite"];

/// Whether `console/dist` is newer than everything it is made from.
pub(crate) fn is_fresh(workspace: &Workspace) -> Result<bool> {
    let Ok(page) = fs::metadata(workspace.root.join("console/dist/index.html")) else { return Ok(false) };
    let newest = newest_source(&workspace.root)?;
    Ok(newest.is_none_or(|newest| newest <= page.modified().unwrap_or(SystemTime::UNIX_EPOCH)))
}

/// Builds the console unless it is fresh.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    if is_fresh(workspace)? {
        println!("    console/dist is up to date");
        return Ok(());
    }
    install(workspace)?;
    npm::script(&workspace.root.join("console"), "build")?;
    if !workspace.root.join("console/dist/index.html").is_file() {
        bail!("the console's build left no console/dist/index.html");
    }
    Ok(())
}

/// Installs the packages of the SDK and of the console.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    needs::node()?;
    npm::install(&workspace.root.join("sdk/client"))?;
    npm::install(&workspace.root.join("console"))
}

/// Makes sure that `console/dist` exists, if only empty: the server does not compile without the folder.
pub(crate) fn ensure_folder(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join("console/dist");
    fs::create_dir_all(&folder).with_context(|| format!("could not make {}", folder.display()))
}

fn newest_source(root: &Path) -> Result<Option<SystemTime>> {
    let mut sources = vec![root.join("console")];
    for sdk in children(&root.join("sdk"))? {
        sources.push(sdk.join("src"));
    }
    let mut newest = None;
    while let Some(folder) = sources.pop() {
        for path in children(&folder)? {
            let found = fs::symlink_metadata(&path)?;
            // A folder's own time tells of files that were removed from it.
            newest = newest.max(found.modified().ok());
            if found.is_dir() {
                sources.push(path);
            }
        }
    }
    Ok(newest)
}

fn children(folder: &Path) -> Result<Vec<PathBuf>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    Ok(paths.into_iter().filter(|path| !is_made(path)).collect())
}

fn is_made(path: &Path) -> bool {
    path.file_name().is_some_and(|name| MADE.iter().any(|made| name == *made))
        || path.extension().is_some_and(|extension| extension == "tsbuildinfo")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn write(root: &Path, path: &str, age: u64) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "x").unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000 - age);
        fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    }

    #[test]
    fn a_newer_source_of_the_console_or_the_sdk_makes_the_build_stale() {
        let fixture = crate::tidy::fixture::Fixture::workspace(&[("chat", "")]);
        let workspace = fixture.open();
        let root = &workspace.root;
        assert!(!is_fresh(&workspace).unwrap(), "nothing was built");
        write(root, "console/src/main.tsx", 50);
        write(root, "console/dist/index.html", 40);
        write(root, "console/node_modules/a/index.js", 10);
        write(root, "sdk/client/src/index.ts", 50);
        write(root, "sdk/client/dist/index.js", 10);
        assert!(is_fresh(&workspace).unwrap(), "what is made does not count");
        write(root, "sdk/client/src/index.ts", 30);
        assert!(!is_fresh(&workspace).unwrap());
        write(root, "sdk/client/src/index.ts", 50);
        write(root, "console/package.json", 30);
        assert!(!is_fresh(&workspace).unwrap());
    }
}
