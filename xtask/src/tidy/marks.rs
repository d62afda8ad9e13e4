//! Nothing unfinished, switched off or left over from debugging. The marks are written in halves here, so that this
//! file does not find itself.

use super::Problem;
use super::tree::{TextFile, Tree};

const RUST: &[&str] = &["rs"];
const SCRIPT: &[&str] = &["ts", "tsx", "js", "jsx", "mjs", "cjs", "py"];

/// Marks that stand for themselves, and in which kinds of files.
const MARKS: [(&str, &[&str]); 7] = [
    (concat!("to", "do!"), RUST),
    (concat!("unimple", "mented!"), RUST),
    (concat!("db", "g!"), RUST),
    (concat!("#[", "ignore"), RUST),
    (concat!(".sk", "ip("), SCRIPT),
    (concat!(".on", "ly("), SCRIPT),
    (concat!(".to", "do("), SCRIPT),
];

/// Marks that are whole words, in every text file.
const WORDS: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

/// Names every line with a mark.
pub(crate) fn check(tree: &Tree) -> Vec<Problem> {
    tree.files.iter().filter(|file| !is_lock(file)).flat_map(check_file).collect()
}

fn check_file(file: &TextFile) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (place, line) in file.lines() {
        let marks = MARKS.iter().filter(|(mark, kinds)| kinds.contains(&file.extension()) && line.contains(mark));
        let words = WORDS.iter().filter(|word| has_word(line, word));
        for mark in marks.map(|(mark, _)| mark).chain(words) {
            problems.push(Problem::new(place.as_str(), format!("`{mark}` marks unfinished work")));
        }
    }
    problems
}

/// Checksums can spell anything.
fn is_lock(file: &TextFile) -> bool {
    file.path.ends_with("package-lock.json") || file.extension() == "lock"
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        ![before, after].into_iter().flatten().any(|c| c.is_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, lines};
    use super::*;

    #[test]
    fn every_mark_is_found_in_its_kinds_of_files_and_only_there() {
        for (mark, kinds) in MARKS {
            for kind in RUST.iter().chain(SCRIPT) {
                let path = format!("a.{kind}");
                let fixture = Fixture::tree(&[(&path, &format!("fine\nx{mark}x\n"))]);
                let expected: &[String] = &[format!("{path}:2: `{mark}` marks unfinished work")];
                let expected = if kinds.contains(kind) { expected } else { &[] };
                assert_eq!(lines(&check(&fixture.files())), expected, "{mark} in {path}");
            }
        }
    }

    #[test]
    fn words_are_found_in_any_text_file_but_not_inside_other_words_nor_in_lock_files() {
        for word in WORDS {
            let whole = format!("# {word}: later\n");
            let inside = format!("MAS{word} {word}_LIST {word}S\n");
            let fixture = Fixture::tree(&[(".ci/run", &whole), ("a.md", &inside), ("package-lock.json", &whole)]);
            assert_eq!(lines(&check(&fixture.files())), [format!(".ci/run:1: `{word}` marks unfinished work")]);
        }
    }
}
