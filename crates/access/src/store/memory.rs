//! Revocations, people and keys in memory, for a server without a data directory and for tests.

use std::collections::HashMap;
use std::collections::btree_map::{BTreeMap, Entry};

use async_trait::async_trait;
use parking_lot::Mutex;
use tutti_core::Failure;
use tutti_protocol::session::User;
use tutti_protocol::{Timestamp, UserId};

use super::Store;
use crate::key::{ApiKey, KeyId, StoredKey};

/// Keeps everything until the process ends.
#[derive(Debug, Default)]
pub struct MemoryStore {
    revocations: Mutex<HashMap<UserId, Timestamp>>,
    users: Mutex<BTreeMap<UserId, Option<String>>>,
    keys: Mutex<BTreeMap<KeyId, StoredKey>>,
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

    async fn user(&self, id: &UserId) -> Result<Option<User>, Failure> {
        Ok(self.users.lock().get(id).map(|name| User { id: id.clone(), name: name.clone() }))
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

    async fn save_key(&self, key: &StoredKey) -> Result<(), Failure> {
        match self.keys.lock().entry(key.key.id.clone()) {
            Entry::Occupied(_) => Err(Failure::internal(&"the id of an API key is taken")),
            Entry::Vacant(vacant) => {
                vacant.insert(key.clone());
                Ok(())
            }
        }
    }

    async fn keys(&self) -> Result<Vec<ApiKey>, Failure> {
        let mut keys: Vec<ApiKey> = self.keys.lock().values().map(|kept| kept.key.clone()).collect();
        // Stable, and they come by id.
        keys.sort_by_key(|key| key.created_at);
        Ok(keys)
    }

    async fn key(&self, id: &KeyId) -> Result<Option<StoredKey>, Failure> {
        Ok(self.keys.lock().get(id).cloned())
    }

    async fn remove_key(&self, id: &KeyId) -> Result<bool, Failure> {
        Ok(self.keys.lock().remove(id).is_some())
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
