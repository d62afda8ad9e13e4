//! What presence asks of storage: when users were last seen, and nothing else. Who is here now is never stored.

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod memory;

use async_trait::async_trait;
use tutti_core::Failure;
use tutti_protocol::{Timestamp, UserId};

pub use memory::MemoryStore;

/// Remembers when users were last seen.
#[async_trait]
pub trait Store: Send + Sync {
    /// When these users were last seen, in any order; users who never were are left out, one named twice comes once.
    async fn last_seen(&self, users: &[UserId]) -> Result<Vec<(UserId, Timestamp)>, Failure>;

    /// Remembers when users were last seen, all of them or none, durably. A later time than the one given is kept: the
    /// time never goes back. One user may be named twice.
    async fn save_last_seen(&self, seen: &[(UserId, Timestamp)]) -> Result<(), Failure>;
}
