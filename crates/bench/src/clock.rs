//! The clock of a measurement: nanoseconds since the program first looked. The project's own clock counts milliseconds,
//! which is too coarse here.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// One second.
pub(crate) const SECOND: u64 = 1_000_000_000;
/// One millisecond.
pub(crate) const MILLISECOND: u64 = 1_000_000;

static BEGAN: LazyLock<Instant> = LazyLock::new(read);

/// The present moment.
pub(crate) fn now() -> u64 {
    nanoseconds(read().saturating_duration_since(*BEGAN))
}

/// A time as a number.
pub(crate) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "measures a real server; nothing of the server is decided by it")]
fn read() -> Instant {
    Instant::now()
}
