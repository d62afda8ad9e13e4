//! The comparison as a table in docs/performance.md, between two marks.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::figures::{Comparison, Middle};
use super::workloads::{ALL, Figure};

const BEGIN: &str = "<!-- peers:begin -->";
const END: &str = "<!-- peers:end -->";

/// Puts the table where its marks are.
pub(crate) fn write(page: &Path, comparison: &Comparison) -> Result<()> {
    let text = fs::read_to_string(page).with_context(|| format!("{} cannot be read", page.display()))?;
    let text = replaced(&text, &table(comparison)).with_context(|| format!("{} has no {BEGIN}", page.display()))?;
    fs::write(page, text).with_context(|| format!("{} cannot be written", page.display()))
}

fn replaced(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))
}

/// The table and what has to be known to read it.
pub(crate) fn table(comparison: &Comparison) -> String {
    let mut text = String::new();
    let titles: Vec<&str> = ALL.iter().map(|workload| workload.title).collect();
    let _ = writeln!(text, "| | {} |\n|{}", titles.join(" | "), "---|".repeat(titles.len() + 1));
    for subject in &comparison.subjects {
        let cells: Vec<String> = ALL
            .iter()
            .map(|workload| {
                let of = |name: &str| comparison.middle(name, workload.name, workload.figure);
                cell(&subject.name, of(&subject.name), of("tutti"), workload.figure)
            })
            .collect();
        let _ = writeln!(text, "| {} | {} |", subject.name, cells.join(" | "));
    }
    text.push_str(&notes(comparison));
    text
}

/// Median, spread, and how much of it Tutti takes.
fn cell(name: &str, own: Option<Middle>, tutti: Option<Middle>, figure: Figure) -> String {
    let Some(own) = own else { return "failed".to_owned() };
    let number = |value: f64| match figure {
        Figure::PerDelivery => format!("{value:.2}"),
        Figure::PerConnection => format!("{value:.0}"),
    };
    let figures = format!("{} ({} to {})", number(own.median), number(own.least), number(own.most));
    match tutti.filter(|_| name != "tutti") {
        Some(tutti) => format!("{figures}; {}", multiple(tutti.median / own.median)),
        None => figures,
    }
}

/// Two figures that say something, also when it is little.
fn multiple(value: f64) -> String {
    if value < 0.1 { format!("{value:.3}x") } else { format!("{value:.2}x") }
}

fn notes(comparison: &Comparison) -> String {
    let Comparison { date, kernel, cores, rounds, duration, .. } = comparison;
    let load = comparison
        .load()
        .map_or_else(String::new, |load| format!(", load average {:.1} to {:.1}", load.least, load.most));
    let mut text = format!(
        "\nMedian (least to greatest) of {rounds} interleaved rounds of {duration} s: microseconds of server CPU per delivered \
         message, bytes of\nanonymous memory per idle connection; then Tutti's median as a multiple of the peer's. {date}, \
         {kernel}, {cores} cores{load}.\n\n"
    );
    for subject in &comparison.subjects {
        let _ = writeln!(text, "- {}: {}", subject.name, subject.version);
    }
    for trouble in comparison.troubles() {
        let _ = writeln!(text, "- not as it should be: {trouble}");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::figures::{Named, Run};
    use super::*;

    fn comparison() -> Comparison {
        let run = |subject: &str, us: f64| Run {
            round: 1,
            workload: "one",
            subject: subject.into(),
            result: Some(json!({"server_us_per_delivery": us, "load_average": 1.5})),
            failed: None,
        };
        let named = |name: &str| Named { name: name.into(), version: "1".into() };
        let failed = Run { result: None, failed: Some("gone".into()), ..run("ws", 0.0) };
        Comparison {
            date: "2026-01-01".into(),
            kernel: "Linux".into(),
            cores: 2,
            rounds: 1,
            duration: 5,
            subjects: vec![named("tutti"), named("ws"), named("bun")],
            runs: vec![run("tutti", 5.0), run("ws", 10.0), failed, run("bun", 4.0)],
        }
    }

    #[test]
    fn a_row_has_the_median_and_tuttis_multiple_of_it_and_failures_are_told() {
        let table = table(&comparison());
        assert!(table.contains("| tutti | 5.00 (5.00 to 5.00) | failed |"), "{table}");
        assert!(table.contains("| ws | 10.00 (10.00 to 10.00); 0.50x |"), "{table}");
        assert!(table.contains("; 1.25x"), "{table}");
        assert!(table.contains("- not as it should be: ws, one: failed: gone"), "{table}");
    }

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let page = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        assert_eq!(replaced(&page, "new\n").unwrap(), format!("before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"));
        assert!(replaced("nothing", "new").is_none());
    }
}
