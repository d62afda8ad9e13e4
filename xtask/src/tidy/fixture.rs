//! Small trees on disk in which the rules are shown to fail.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::tree::Tree;
use crate::process;
use crate::workspace::Workspace;

/// A git repository in a temporary folder.
pub(crate) struct Fixture {
    folder: TempDir,
}

impl Fixture {
    /// Files by path and text, none of them added to git.
    pub(crate) fn tree(files: &[(&str, &str)]) -> Self {
        let fixture = Self { folder: TempDir::new().unwrap() };
        fixture.git(&["init", "--quiet"]);
        for (path, text) in files {
            fixture.write_bytes(path, text.as_bytes());
        }
        fixture
    }

    /// A workspace of `tutti-NAME` crates, each with the rest of its manifest.
    pub(crate) fn workspace(crates: &[(&str, &str)]) -> Self {
        let fixture = Self::tree(&[("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n")]);
        for (name, manifest) in crates {
            let head = format!("[package]\nname = \"tutti-{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
            fixture.write_bytes(&format!("crates/{name}/Cargo.toml"), format!("{head}{manifest}").as_bytes());
            fixture.write_bytes(&format!("crates/{name}/src/lib.rs"), b"");
        }
        fixture
    }

    /// Where it is.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Reads it as the rules do.
    pub(crate) fn files(&self) -> Tree {
        Tree::open(self.root()).unwrap()
    }

    /// Opens it as the verbs do.
    pub(crate) fn open(&self) -> Workspace {
        Workspace::open(self.root()).unwrap()
    }

    /// Writes a file.
    pub(crate) fn write_bytes(&self, path: &str, bytes: &[u8]) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Runs git in it.
    pub(crate) fn git(&self, arguments: &[&str]) {
        process::run(Command::new("git").args(arguments).current_dir(self.root())).unwrap();
    }
}

/// What problems say, for comparing.
pub(crate) fn lines(problems: &[super::Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}
