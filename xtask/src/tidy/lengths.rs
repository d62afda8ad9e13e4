//! Long files: a reason to look again, not a failure.

use super::Problem;
use super::tree::Tree;

const LOOK_AGAIN: usize = 500;

/// Names every long file that a person wrote.
pub(crate) fn notices(tree: &Tree) -> Vec<Problem> {
    let sources =
        tree.files.iter().filter(|file| matches!(file.extension(), "rs" | "ts" | "tsx") && !file.is_generated());
    let counted = sources.map(|file| (file, file.text.lines().count()));
    let long = counted.filter(|(_, lines)| *lines > LOOK_AGAIN);
    long.map(|(file, lines)| Problem::new(&file.path, format!("{lines} lines: does it do more than one thing?")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, lines};
    use super::*;

    #[test]
    fn a_source_of_more_than_500_lines_is_noticed() {
        let long = "//!\n".repeat(LOOK_AGAIN + 1);
        let fits = "//!\n".repeat(LOOK_AGAIN);
        let fixture = Fixture::tree(&[("a.rs", &long), ("b.rs", &fits), ("c.md", &long), ("x/generated/d.ts", &long)]);
        assert_eq!(lines(&notices(&fixture.files())), ["a.rs: 501 lines: does it do more than one thing?"]);
    }
}
