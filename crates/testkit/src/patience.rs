//! The one place where tests wait in real time: for something that must come, never for time to pass.

use std::future::Future;
use std::time::Duration;

use tutti_core::Clock;
use tutti_core::clock::SystemClock;

/// How long anything may take. Reached only when something is broken, so it is generous.
const PATIENCE: Duration = Duration::from_secs(20);

/// The outcome of something that must come to its end.
///
/// # Panics
/// When it does not, naming it.
pub async fn within<F: Future>(what: &str, work: F) -> F::Output {
    let clock: &dyn Clock = &SystemClock;
    match clock.timeout(PATIENCE, work).await {
        Ok(output) => output,
        Err(_) => panic!("waited {PATIENCE:?} in vain for {what}"),
    }
}

/// Lets everything else run until a condition holds.
///
/// # Panics
/// When it never does.
pub async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    within(what, async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
