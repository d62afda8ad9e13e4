//! Whether what arrives is what was sent: each message once, none missing, in the order of its sender. One [`Stream`]
//! for each sender that a receiver hears; the sums are a [`Tally`].

use std::collections::BTreeSet;

use serde::Serialize;

/// What went wrong, in numbers.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    /// Sent and never received.
    pub(crate) lost: u64,
    /// Received again.
    pub(crate) repeated: u64,
    /// Received after a later one of the same sender.
    pub(crate) out_of_order: u64,
    /// Received by somebody whom it was not for, or unreadable.
    pub(crate) strange: u64,
}

impl Tally {
    /// Whether everything arrived as it should.
    pub(crate) fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

/// What one receiver has heard of one sender.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    next: u32,
    /// What was skipped and has not come yet. Hardly ever anything.
    skipped: BTreeSet<u32>,
}

impl Stream {
    /// One that begins with this number: who came later does not miss what was before.
    pub(crate) fn from(next: u32) -> Self {
        Self { next, skipped: BTreeSet::new() }
    }

    /// How many were left out so far, although later ones came.
    pub(crate) fn gaps(&self) -> u64 {
        self.skipped.len() as u64
    }

    /// Notes that this one arrived. Returns whether it is the first time.
    pub(crate) fn note(&mut self, number: u32, tally: &mut Tally) -> bool {
        if number == self.next {
            self.next += 1;
            return true;
        }
        if number > self.next {
            self.skipped.extend(self.next..number);
            self.next = number + 1;
            return true;
        }
        if self.skipped.remove(&number) {
            tally.out_of_order += 1;
            return true;
        }
        tally.repeated += 1;
        false
    }

    /// How many of so many never came.
    pub(crate) fn missing(&self, sent: u32) -> u64 {
        u64::from(sent.saturating_sub(self.next)) + self.gaps()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(numbers: &[u32], sent: u32) -> (Tally, usize) {
        let (mut stream, mut tally) = (Stream::default(), Tally::default());
        let first = numbers.iter().filter(|number| stream.note(**number, &mut tally)).count();
        tally.lost = stream.missing(sent);
        (tally, first)
    }

    #[test]
    fn everything_once_and_in_order_is_clean() {
        let (tally, first) = after(&[0, 1, 2, 3], 4);
        assert!(tally.is_clean());
        assert_eq!(first, 4);
    }

    #[test]
    fn what_never_comes_is_lost_in_the_middle_and_at_the_end() {
        assert_eq!(after(&[0, 3, 4], 6).0, Tally { lost: 3, ..Tally::default() });
        assert_eq!(after(&[], 2).0.lost, 2);
    }

    #[test]
    fn who_comes_later_misses_nothing_of_before_and_notices_a_gap_at_once() {
        let (mut stream, mut tally) = (Stream::from(5), Tally::default());
        assert!(stream.note(5, &mut tally) && stream.note(7, &mut tally));
        assert_eq!((stream.gaps(), stream.missing(9)), (1, 2));
        assert!(tally.is_clean());
    }

    #[test]
    fn what_comes_late_is_out_of_order_and_not_lost() {
        assert_eq!(after(&[0, 2, 1, 3], 4), (Tally { out_of_order: 1, ..Tally::default() }, 4));
    }

    #[test]
    fn what_comes_again_is_repeated_also_when_it_came_late() {
        assert_eq!(after(&[0, 0, 1], 2), (Tally { repeated: 1, ..Tally::default() }, 2));
        assert_eq!(after(&[0, 2, 1, 1], 3).0, Tally { out_of_order: 1, repeated: 1, ..Tally::default() });
    }
}
