//! What is going on, once a second, for a person at a terminal. Nothing is shown to a file or a pipe.

use std::io::{IsTerminal as _, Write as _};

use crate::clock::{SECOND, now};

/// A line that is written over.
pub(crate) struct Progress {
    terminal: bool,
    next: u64,
    /// How much there was at the last line, and when.
    last: (u64, u64),
}

impl Progress {
    /// Shows something only on a terminal.
    pub(crate) fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), next: 0, last: (0, now()) }
    }

    /// Shows how much there is of something, and how fast it grows, if a second has passed.
    pub(crate) fn tick(&mut self, phase: &str, what: &str, count: u64, errors: u64) {
        let at = now();
        if !self.terminal || at < self.next {
            return;
        }
        let (before, since) = self.last;
        let rate = count.saturating_sub(before) as f64 * SECOND as f64 / at.saturating_sub(since).max(1) as f64;
        self.last = (count, at);
        self.next = at + SECOND;
        show(&format!("{phase}: {count} {what}, {rate:.0} a second, {errors} errors"));
    }

    /// Removes the line.
    pub(crate) fn clear(&self) {
        if self.terminal {
            show("");
        }
    }
}

fn show(line: &str) {
    // A terminal that is gone shows nothing.
    let _ = write!(std::io::stderr(), "\r\x1b[2K{line}");
}
