//! The project's own text files: what git tracks, and what it would track once added.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process;

/// A text file.
pub(crate) struct TextFile {
    /// From the root, with slashes.
    pub(crate) path: String,
    /// All of it.
    pub(crate) text: String,
}

impl TextFile {
    /// The part after the last dot of the name, or nothing.
    pub(crate) fn extension(&self) -> &str {
        Path::new(&self.path).extension().and_then(|extension| extension.to_str()).unwrap_or("")
    }

    /// Whether a person wrote it, as far as its place tells.
    pub(crate) fn is_generated(&self) -> bool {
        self.path.split('/').any(|part| part == "generated")
    }

    /// Its lines, with where they are.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (String, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (format!("{}:{}", self.path, index + 1), line))
    }
}

/// All of them.
pub(crate) struct Tree {
    /// In the order of their paths.
    pub(crate) files: Vec<TextFile>,
}

impl Tree {
    /// Reads what git lists; skips what is not text, and what was removed but not yet committed.
    pub(crate) fn open(root: &Path) -> Result<Self> {
        let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let listed = process::read(Command::new("git").args(list).current_dir(root))?;
        let mut paths: Vec<&str> = listed.split('\0').filter(|path| !path.is_empty()).collect();
        paths.sort_unstable();
        paths.dedup();
        let mut files = Vec::new();
        for path in paths {
            let file = root.join(path);
            if !file.is_file() {
                continue;
            }
            let bytes = fs::read(&file).with_context(|| format!("could not read {path}"))?;
            if let Ok(text) = String::from_utf8(bytes) {
                files.push(TextFile { path: path.to_owned(), text });
            }
        }
        Ok(Self { files })
    }
}

#[cfg(test)]
mod tests {
    use crate::tidy::fixture::Fixture;

    #[test]
    fn tracked_and_new_files_count_but_not_ignored_ones_nor_bytes() {
        let fixture =
            Fixture::tree(&[("a/new.rs", "x"), ("old.md", "x"), ("target/made.rs", "x"), (".gitignore", "/target\n")]);
        fixture.git(&["add", "old.md"]);
        fixture.write_bytes("picture.png", &[0xff, 0xfe, 0x00]);
        let tree = fixture.files();
        let paths: Vec<&str> = tree.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, [".gitignore", "a/new.rs", "old.md"]);
    }
}
