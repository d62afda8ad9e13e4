//! Where the project lies on this machine, and the commands that are run in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use cargo_metadata::{MetadataCommand, Package};

/// The project's folder and what cargo says about it.
pub(crate) struct Workspace {
    /// The folder of the top Cargo.toml.
    pub(crate) root: PathBuf,
    /// The members, with the dependencies that they declare.
    pub(crate) packages: Vec<Package>,
    target: PathBuf,
}

impl Workspace {
    /// The workspace that this program belongs to, whatever the current folder is.
    pub(crate) fn find() -> Result<Self> {
        let own = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&own).parent().context("xtask's folder has no parent")?;
        Self::open(root)
    }

    /// The workspace in a folder. Resolves nothing, so it needs neither the lock file nor the network.
    pub(crate) fn open(root: &Path) -> Result<Self> {
        let metadata = MetadataCommand::new()
            .manifest_path(root.join("Cargo.toml"))
            .no_deps()
            .exec()
            .with_context(|| format!("cargo metadata in {}", root.display()))?;
        Ok(Self {
            root: metadata.workspace_root.into(),
            target: metadata.target_directory.into(),
            packages: metadata.packages,
        })
    }

    /// A cargo command in the workspace.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments).current_dir(&self.root);
        command
    }

    /// A file or folder under the target folder.
    pub(crate) fn target(&self, path: &str) -> PathBuf {
        self.target.join(path)
    }

    /// The server as `cargo build` leaves it.
    pub(crate) fn debug_server(&self) -> PathBuf {
        self.target("debug/tutti")
    }

    /// The server as `cargo build --release` leaves it.
    pub(crate) fn release_server(&self) -> PathBuf {
        self.target("release/tutti")
    }
}
