//! Last-seen times in memory, for a server without a data directory and for tests. Unbounded only in the number of
//! users there are, like every store.

use std::collections::HashMap;

use async_trait::async_trait;
use parking_lot::Mutex;
use tutti_core::Failure;
use tutti_protocol::{Timestamp, UserId};

use super::Store;

/// Remembers until the process ends.
#[derive(Debug, Default)]
pub struct MemoryStore {
    seen: Mutex<HashMap<UserId, Timestamp>>,
}

#[async_trait]
impl Store for MemoryStore {
    async fn last_seen(&self, users: &[UserId]) -> Result<Vec<(UserId, Timestamp)>, Failure> {
        let seen = self.seen.lock();
        let found: HashMap<&UserId, Timestamp> =
            users.iter().filter_map(|user| seen.get(user).map(|at| (user, *at))).collect();
        Ok(found.into_iter().map(|(user, at)| (user.clone(), at)).collect())
    }

    async fn save_last_seen(&self, seen: &[(UserId, Timestamp)]) -> Result<(), Failure> {
        let mut kept = self.seen.lock();
        for (user, at) in seen {
            let latest = kept.entry(user.clone()).or_insert(*at);
            *latest = (*latest).max(*at);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance;

    #[tokio::test]
    async fn keeps_the_promises_of_the_trait() {
        conformance::all(&MemoryStore::default()).await;
    }
}
