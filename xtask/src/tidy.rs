//! `cargo xtask tidy`: the rules of this project that no compiler and no linter knows. One file per rule; each can be
//! seen to fail in its own tests.

mod directions;
mod generated;
mod headers;
mod lengths;
mod marks;
mod places;
mod tree;

#[cfg(test)]
pub(crate) mod fixture;

use anyhow::{Result, bail};

use crate::tidy::tree::Tree;
use crate::workspace::Workspace;
use crate::{generate, no_arguments};

/// Something that a rule does not allow.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// A file, a file and a line, or a crate.
    place: String,
    what: String,
}

impl Problem {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Checks every rule and names every problem, not only the first.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    no_arguments("tidy", arguments)?;
    let tree = Tree::open(&workspace.root)?;
    for notice in lengths::notices(&tree) {
        println!("notice: {notice}");
    }
    let mut problems = directions::check(&workspace.packages);
    problems.extend(headers::check(&tree));
    problems.extend(marks::check(&tree));
    problems.extend(places::check(&tree));
    match generate::files(workspace) {
        Ok(files) => problems.extend(generated::check(&workspace.root, &files)),
        Err(error) => problems.push(Problem::new("docs", format!("generated files could not be made: {error:#}"))),
    }
    for problem in &problems {
        eprintln!("{problem}");
    }
    match problems.len() {
        0 => {
            println!("tidy: {} files and {} crates are in order", tree.files.len(), workspace.packages.len());
            Ok(())
        }
        count => bail!("tidy found {count} problem(s)"),
    }
}
