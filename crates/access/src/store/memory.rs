//! Revocations and people in memory, for a server without a data directory and for tests.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use parking_lot::Mutex;
use tutti_core::Failure;
use tutti_protocol::session::User;
use tutti_protocol::{Timestamp, UserId};

use super::Store;

/// Keeps everything until the process ends.
#[derive(Debug, Default)]
pub struct MemoryStore {
    revocations: Mutex<HashMap<UserId, Timestamp>>,
    users: Mutex<BTreeMap<UserId, Option<String>>>,
}

#[async_trait]
impl Store for MemoryStore {
    async fn save_revocation(&self, user: &UserId, at: Timestamp) -> Result<(), Failure> {
        let mut revocations = self.revocations.lock();
        let latest = revocations.entry(user.clone()).or_insert(at);
        *latest = (*latest).max(at);
        Ok(())
    }

    async fn revocations(&self) -> Result<Vec<(UserId, Timestamp)>, Failure> {
        Ok(self.revocations.lock().iter().map(|(user, at)| (user.clone(), *at)).collect())
    }

    async fn prune_revocations(&self, before: Timestamp) -> Result<(), Failure> {
        self.revocations.lock().retain(|_, at| *at >= before);
        Ok(())
    }

    async fn put_user(&self, user: &User) -> Result<(), Failure> {
        let mut users = self.users.lock();
        let name = users.entry(user.id.clone()).or_default();
        if user.name.is_some() {
            name.clone_from(&user.name);
        }
        Ok(())
    }

    async fn users(&self, prefix: &str, limit: usize) -> Result<Vec<User>, Failure> {
        let prefix = prefix.to_ascii_lowercase();
        let starts = |text: &str| text.to_ascii_lowercase().starts_with(&prefix);
        let users = self.users.lock();
        let mut found: Vec<User> = users
            .iter()
            .filter(|(id, name)| starts(id.as_str()) || name.as_deref().is_some_and(starts))
            .map(|(id, name)| User { id: id.clone(), name: name.clone() })
            .collect();
        // Stable, and they come by id.
        found.sort_by_key(|user| user.name.as_deref().unwrap_or(user.id.as_str()).to_ascii_lowercase());
        found.truncate(limit);
        Ok(found)
    }

    async fn names(&self, users: &[UserId]) -> Result<HashMap<UserId, String>, Failure> {
        let known = self.users.lock();
        let name = |user: &UserId| Some((user.clone(), known.get(user)?.clone()?));
        Ok(users.iter().filter_map(name).collect())
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
