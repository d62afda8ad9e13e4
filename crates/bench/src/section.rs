//! A table within a result: figures of the same kind for several things.

use std::fmt;

use serde::Serialize;

use crate::figures::Times;

/// The columns of a table of times.
const TIMES: [&str; 5] = ["count", "p50 ms", "p95 ms", "p99 ms", "max ms"];

/// A table.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Section {
    name: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Row>,
}

#[derive(Debug, Clone, Serialize)]
struct Row {
    name: String,
    cells: Vec<f64>,
}

impl Section {
    /// A table without rows.
    pub(crate) fn new(name: &'static str, columns: &[&'static str]) -> Self {
        Self { name, columns: columns.to_vec(), rows: Vec::new() }
    }

    /// A table of times without rows.
    pub(crate) fn of_times(name: &'static str) -> Self {
        Self::new(name, &TIMES)
    }

    /// Adds a row with a figure for each column.
    pub(crate) fn row(mut self, name: &str, cells: &[f64]) -> Self {
        self.rows.push(Row { name: name.to_owned(), cells: cells.to_vec() });
        self
    }

    /// Adds a row to a table of times.
    pub(crate) fn times(self, name: &str, times: &Times) -> Self {
        let figures = times.figures();
        self.row(name, &[times.count() as f64, figures.p50, figures.p95, figures.p99, figures.max])
    }

    /// A table of how many times some times are others, without rows.
    pub(crate) fn of_ratios(name: &'static str) -> Self {
        Self::new(name, &["p50", "p95", "p99", "max"])
    }

    /// Adds a row to a table of ratios.
    pub(crate) fn ratio(self, name: &str, times: &Times, to: &Times) -> Self {
        let (times, to) = (times.figures(), to.figures());
        let over = |one: f64, other: f64| if other > 0.0 { one / other } else { 0.0 };
        let pairs = [(times.p50, to.p50), (times.p95, to.p95), (times.p99, to.p99), (times.max, to.max)];
        self.row(name, &pairs.map(|(time, to)| over(time, to)))
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {:<42}", self.name)?;
        self.columns.iter().try_for_each(|column| write!(f, "{column:>15}"))?;
        writeln!(f)?;
        for row in &self.rows {
            write!(f, "    {:<40}", row.name)?;
            for cell in &row.cells {
                if cell.fract() == 0.0 { write!(f, "{cell:>15.0}") } else { write!(f, "{cell:>15.2}") }?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_their_ratio_stand_under_their_columns() {
        let (mut fast, mut slow) = (Times::default(), Times::default());
        fast.note(1_000_000);
        slow.note(2_500_000);
        let words = |section: Section| -> Vec<String> {
            let table = section.to_string();
            table.lines().nth(1).unwrap_or_default().split_ascii_whitespace().map(str::to_owned).collect()
        };
        assert_eq!(words(Section::of_times("latency").times("fast", &fast)), ["fast", "1", "1", "1", "1", "1"]);
        let ratio = words(Section::of_ratios("ratio").ratio("slow", &slow, &fast));
        assert_eq!(ratio, ["slow", "2.50", "2.50", "2.50", "2.50"]);
    }
}
