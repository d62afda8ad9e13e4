//! No paths of the machines on which the project is written, and no names of what surrounds it there. Written in
//! halves, so that this file does not find itself.

use super::Problem;
use super::tree::{TextFile, Tree};

const WORDS: [&str; 3] = [concat!("/wo", "rk/"), concat!(".lib", "rary"), concat!("fa", "rm-")];

/// Names every line with one of them.
pub(crate) fn check(tree: &Tree) -> Vec<Problem> {
    let lines = tree.files.iter().flat_map(TextFile::lines);
    let found = lines.flat_map(|(place, line)| {
        let words = WORDS.iter().filter(move |word| stands_alone(line, word));
        words.map(move |word| {
            Problem::new(place.as_str(), format!("`{word}` belongs to the machine this was written on"))
        })
    });
    found.collect()
}

/// Whether a word is there and is not the end of a longer one, as a field is of its object.
fn stands_alone(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        word.starts_with('/') || !line[..start].chars().next_back().is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, lines};
    use super::*;

    #[test]
    fn each_word_is_found_with_its_line() {
        for word in WORDS {
            let fixture =
                Fixture::tree(&[("docs/a.md", &format!("fine\nsee {word}x\n")), ("b.rs", "//! network/workers\n")]);
            let expected = format!("docs/a.md:2: `{word}` belongs to the machine this was written on");
            assert_eq!(lines(&check(&fixture.files())), [expected]);
        }
    }

    #[test]
    fn a_field_of_that_name_is_no_path() {
        let fixture = Fixture::tree(&[("a.ts", concat!("// ok\nthis.lib", "rary.open();\n"))]);
        assert_eq!(lines(&check(&fixture.files())), Vec::<String>::new());
    }
}
