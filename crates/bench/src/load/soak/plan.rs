//! Who sits where, and what happens when: decided beforehand, without looking at anything. Pure.

use std::time::Duration;

use crate::clock::{SECOND, nanoseconds};

/// So long after a switch nothing is timed: those who did not read catch up then.
const SETTLE: u64 = 3 * SECOND;
/// About how long the slow readers are slow, and then fast, before they change; a quarter of the measurement has a whole
/// number of both, so that its ends compare.
const PHASE: Duration = Duration::from_secs(60);

/// What somebody does in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Publishes, hears itself, and stays.
    Speaker,
    /// Stays, and reads little for half of the time.
    Slow,
    /// Reads what comes; these take turns in leaving.
    Fast,
}

/// Rooms of the same size; every other one has slow readers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) rooms: usize,
    pub(super) members: usize,
    slow: usize,
}

impl Plan {
    /// Whole rooms only, at least two. `slow_percent` of the members of every other room are slow.
    pub(super) fn new(connections: usize, members: usize, slow_percent: usize) -> Self {
        let slow = (members * slow_percent).div_ceil(100).min(members.saturating_sub(2));
        Self { rooms: (connections / members).max(2), members, slow }
    }

    /// How many there are in all.
    pub(super) fn seats(&self) -> usize {
        self.rooms * self.members
    }

    /// The room of a seat.
    pub(super) fn room(&self, seat: usize) -> usize {
        seat / self.members
    }

    /// The seat of who speaks in a room.
    pub(super) fn speaker(&self, room: usize) -> usize {
        room * self.members
    }

    /// Whether somebody in a room reads slowly.
    pub(super) fn has_slow(&self, room: usize) -> bool {
        room % 2 == 1 && self.slow > 0
    }

    /// What the one on this seat does.
    pub(super) fn kind(&self, seat: usize) -> Kind {
        match seat % self.members {
            0 => Kind::Speaker,
            place if self.has_slow(self.room(seat)) && place <= self.slow => Kind::Slow,
            _ => Kind::Fast,
        }
    }
}

/// When the slow readers are slow: in the first phase, then in every other one; and not before the measurement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Phases {
    begun: u64,
    length: u64,
}

impl Phases {
    /// Phases of a measurement that begins at this moment and is so long.
    pub(super) fn new(begun: u64, duration: Duration) -> Self {
        Self { begun, length: nanoseconds(phase(duration)) }
    }

    /// Whether the slow readers are slow at this moment.
    pub(super) fn slow_at(&self, at: u64) -> bool {
        at.checked_sub(self.begun).is_some_and(|since| (since / self.length).is_multiple_of(2))
    }

    /// For a message that was sent at this moment: whether readers were slow. None shortly after they have changed.
    pub(super) fn timed(&self, sent: u64) -> Option<bool> {
        let since = sent.checked_sub(self.begun)?;
        (since % self.length >= SETTLE.min(self.length / 4)).then(|| self.slow_at(sent))
    }

    /// When they change next.
    pub(super) fn next(&self, at: u64) -> u64 {
        at.checked_sub(self.begun).map_or(self.begun, |since| self.begun + (since / self.length + 1) * self.length)
    }
}

/// How long the slow readers are slow at a time.
pub(super) fn phase(duration: Duration) -> Duration {
    let eighth = duration / 8;
    let whole = (eighth.as_secs_f64() / PHASE.as_secs_f64()).round().max(1.0);
    eighth.div_f64(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_other_room_has_slow_readers_and_all_have_a_speaker() {
        let plan = Plan::new(45, 10, 15);
        assert_eq!((plan.rooms, plan.seats()), (4, 40));
        let kinds = |room: usize| (room * 10..room * 10 + 10).map(|seat| plan.kind(seat)).collect::<Vec<_>>();
        let slow = |room| kinds(room).iter().filter(|kind| **kind == Kind::Slow).count();
        assert_eq!((slow(0), slow(1), slow(2), slow(3)), (0, 2, 0, 2));
        assert!(
            (0..4).all(|room| plan.kind(plan.speaker(room)) == Kind::Speaker && plan.room(plan.speaker(room)) == room)
        );
        assert!(!Plan::new(40, 10, 0).has_slow(1));
        assert_eq!(Plan::new(1, 3, 100).kind(5), Kind::Fast, "somebody always reads");
    }

    #[test]
    fn a_quarter_has_as_much_of_both_phases_whatever_the_duration() {
        for (seconds, length) in [(120, 15.0), (600, 75.0), (960, 60.0), (3600, 56.25)] {
            let phase = phase(Duration::from_secs(seconds)).as_secs_f64();
            assert!((phase - length).abs() < 0.01, "{phase} s of {seconds} s");
            let pairs = seconds as f64 / 8.0 / phase;
            assert!((pairs - pairs.round()).abs() < 1e-6);
        }
    }

    #[test]
    fn phases_alternate_from_the_beginning_and_time_nothing_at_their_edges() {
        let phases = Phases::new(100 * SECOND, Duration::from_secs(120));
        assert!(!phases.slow_at(99 * SECOND) && phases.slow_at(100 * SECOND) && phases.slow_at(114 * SECOND));
        assert!(!phases.slow_at(115 * SECOND) && phases.slow_at(130 * SECOND));
        assert_eq!((phases.next(0), phases.next(101 * SECOND)), (100 * SECOND, 115 * SECOND));
        assert_eq!(phases.timed(99 * SECOND), None);
        assert_eq!(phases.timed(102 * SECOND), None);
        assert_eq!(phases.timed(103 * SECOND), Some(true));
        assert_eq!(phases.timed(116 * SECOND), None);
        assert_eq!(phases.timed(120 * SECOND), Some(false));
    }
}
