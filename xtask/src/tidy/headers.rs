//! Every source file opens by saying what it is for.

use super::Problem;
use super::tree::{TextFile, Tree};

/// Names every file that opens with something else.
pub(crate) fn check(tree: &Tree) -> Vec<Problem> {
    tree.files.iter().filter_map(check_file).collect()
}

fn check_file(file: &TextFile) -> Option<Problem> {
    if file.is_generated() {
        return None;
    }
    let (fits, wanted) = match file.extension() {
        "rs" => (file.text.starts_with("//!"), "`//!`"),
        "ts" | "tsx" if is_shipped_script(&file.path) => {
            (file.text.starts_with("//") || file.text.starts_with("/**"), "a comment (`//` or `/**`)")
        }
        _ => return None,
    };
    (!fits).then(|| {
        Problem::new(&file.path, format!("must open with {wanted}: what it is for, and what it leaves to others"))
    })
}

/// `console/src/**` and `sdk/*/src/**`.
fn is_shipped_script(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts[..], ["console", "src", ..] | ["sdk", _, "src", ..])
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, lines};
    use super::*;

    #[test]
    fn a_file_that_opens_with_code_is_named() {
        let fixture = Fixture::tree(&[
            ("crates/a/src/lib.rs", "//! What it is for.\n"),
            ("crates/a/src/deep/er.rs", "use std::fs;\n"),
            ("crates/a/tests/it.rs", "// not a module comment\n"),
            ("xtask/src/main.rs", "\n//! Too late.\n"),
            ("console/src/app.tsx", "export {};\n"),
            ("console/vite.config.ts", "export {};\n"),
            ("sdk/client/src/index.ts", "/** What it is for. */\n"),
            ("sdk/client/src/chat/api.ts", "import x from 'x';\n"),
            ("sdk/client/src/generated/protocol.ts", "export {};\n"),
        ]);
        let found = lines(&check(&fixture.files()));
        let places: Vec<&str> = found.iter().filter_map(|line| line.split(':').next()).collect();
        assert_eq!(
            places,
            [
                "console/src/app.tsx",
                "crates/a/src/deep/er.rs",
                "crates/a/tests/it.rs",
                "sdk/client/src/chat/api.ts",
                "xtask/src/main.rs",
            ]
        );
    }
}
