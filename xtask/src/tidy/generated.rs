//! The generated files say what would be generated now.

use std::fs;
use std::path::Path;

use super::Problem;
use crate::generate::Generated;

/// Names every file that differs or is missing.
pub(crate) fn check(root: &Path, files: &[Generated]) -> Vec<Problem> {
    let stale = files.iter().filter(|file| fs::read_to_string(root.join(file.path)).ok().as_ref() != Some(&file.text));
    stale.map(|file| Problem::new(file.path, "is stale or missing: run `cargo xtask gen`")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, lines};
    use super::*;

    #[test]
    fn a_stale_and_a_missing_file_are_named_and_a_fresh_one_is_not() {
        let fixture = Fixture::tree(&[("docs/fresh.md", "now\n"), ("docs/stale.md", "before\n")]);
        let made = |path| Generated { path, text: "now\n".into() };
        let files = [made("docs/fresh.md"), made("docs/stale.md"), made("docs/missing.md")];
        assert_eq!(
            lines(&check(fixture.root(), &files)),
            [
                "docs/stale.md: is stale or missing: run `cargo xtask gen`",
                "docs/missing.md: is stale or missing: run `cargo xtask gen`",
            ]
        );
    }
}
