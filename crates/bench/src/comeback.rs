//! When a connection that was lost comes back, as Tutti's SDK decides it: when the server says so in the reason of its close
//! frame, else by exponential backoff with full jitter.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use fastrand::Rng;

use crate::clock::MILLISECOND;
use crate::net::NEVER;

/// The steps of the backoff, in milliseconds; the last one for all further attempts.
const STEPS: [u64; 6] = [1000, 2000, 4000, 8000, 16_000, 30_000];
/// The longest wait that advice can ask for, in milliseconds.
const LONGEST_ADVICE: u64 = 60_000;

/// Those who come back, each at its time.
pub(crate) struct Comebacks {
    waiting: BinaryHeap<Reverse<(u64, usize)>>,
    random: Rng,
}

impl Comebacks {
    /// Nobody yet.
    pub(crate) fn new(seed: u64) -> Self {
        Self { waiting: BinaryHeap::new(), random: Rng::with_seed(seed) }
    }

    /// Somebody comes back at some moment within so many milliseconds.
    pub(crate) fn within(&mut self, person: usize, milliseconds: u64, now: u64) {
        let wait = if milliseconds == 0 { 0 } else { self.random.u64(0..milliseconds * MILLISECOND) };
        self.waiting.push(Reverse((now + wait, person)));
    }

    /// Somebody was lost for this reason, and tries for the so manieth time since it was last here, from 1.
    pub(crate) fn lost(&mut self, person: usize, why: &str, attempt: usize, now: u64) {
        match advised(why) {
            Some(milliseconds) => self.waiting.push(Reverse((now + milliseconds * MILLISECOND, person))),
            None => self.within(person, STEPS[attempt.clamp(1, STEPS.len()) - 1], now),
        }
    }

    /// Somebody whose time has come.
    pub(crate) fn take(&mut self, now: u64) -> Option<usize> {
        let Reverse((due, person)) = *self.waiting.peek()?;
        (due <= now).then(|| {
            self.waiting.pop();
            person
        })
    }

    /// When the next one is due.
    pub(crate) fn due(&self) -> u64 {
        self.waiting.peek().map_or(NEVER, |Reverse((due, _))| *due)
    }
}

/// When a server says that the client should come back, in milliseconds.
pub(crate) fn advised(why: &str) -> Option<u64> {
    let (_, rest) = why.split_once("retry_after_ms=")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    Some(rest[..digits].parse::<u64>().ok()?.min(LONGEST_ADVICE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_followed_up_to_its_bound() {
        assert_eq!(advised("code 4102: server draining; retry_after_ms=1840"), Some(1840));
        assert_eq!(advised("retry_after_ms=999999999"), Some(LONGEST_ADVICE));
        assert_eq!(advised("code 4100: slow consumer"), None);
        assert_eq!(advised("retry_after_ms=soon"), None);
        let mut comebacks = Comebacks::new(1);
        comebacks.lost(7, "; retry_after_ms=5", 3, 100);
        assert_eq!(comebacks.due(), 100 + 5 * MILLISECOND);
        assert_eq!(comebacks.take(100), None);
        assert_eq!(comebacks.take(comebacks.due()), Some(7));
        assert_eq!(comebacks.due(), NEVER);
    }

    #[test]
    fn without_advice_each_attempt_falls_anywhere_within_its_step() {
        let mut comebacks = Comebacks::new(2);
        for (attempt, step) in [(1, 1000), (2, 2000), (6, 30_000), (60, 30_000)] {
            let waits: Vec<u64> = (0..1000)
                .map(|person| {
                    comebacks.lost(person, "reset", attempt, 0);
                    let due = comebacks.due();
                    comebacks.take(due);
                    due / MILLISECOND
                })
                .collect();
            assert!(waits.iter().all(|wait| *wait < step), "attempt {attempt}");
            assert!(waits.iter().any(|wait| *wait < step / 10) && waits.iter().any(|wait| *wait > step * 9 / 10));
        }
    }
}
