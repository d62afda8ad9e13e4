//! What access asks of storage: revocations, which must survive everything, the directory of people seen, and API keys.

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod memory;

use std::collections::HashMap;

use async_trait::async_trait;
use tutti_core::Failure;
use tutti_protocol::session::User;
use tutti_protocol::{Timestamp, UserId};

use crate::key::{ApiKey, KeyId, StoredKey};

pub use memory::MemoryStore;

/// Keeps revocations, people and keys.
#[async_trait]
pub trait Store: Send + Sync {
    /// Remembers that a user was revoked at this time, durably once it returns. Of two times the later is kept.
    async fn save_revocation(&self, user: &UserId, at: Timestamp) -> Result<(), Failure>;

    /// Every revocation that is kept, one per user, in any order.
    async fn revocations(&self) -> Result<Vec<(UserId, Timestamp)>, Failure>;

    /// Forgets revocations from before this time; one at exactly this time stays.
    async fn prune_revocations(&self, before: Timestamp) -> Result<(), Failure>;

    /// Remembers a user and their name. One without a name keeps the name they had.
    async fn put_user(&self, user: &User) -> Result<(), Failure>;

    /// The user with this id, if they are remembered.
    async fn user(&self, id: &UserId) -> Result<Option<User>, Failure>;

    /// Users whose id or name starts with this text, at most so many. ASCII letters match in either case, everything
    /// else as it is; an empty text matches everybody. In the order of their name, or id where there is none, ASCII
    /// letters in lower case, compared as UTF-8 bytes; then of their id.
    async fn users(&self, prefix: &str, limit: usize) -> Result<Vec<User>, Failure>;

    /// The names of these users; those who are not known or have no name are left out.
    async fn names(&self, users: &[UserId]) -> Result<HashMap<UserId, String>, Failure>;

    /// Keeps a key, durably once it returns. An id that is taken is an error, and leaves the key that has it as it is.
    async fn save_key(&self, key: &StoredKey) -> Result<(), Failure>;

    /// All keys, by when they were made, then by id.
    async fn keys(&self) -> Result<Vec<ApiKey>, Failure>;

    /// The key with this id. Sees what was saved or removed before it was asked, whoever did it; it is asked with every
    /// request that shows a key.
    async fn key(&self, id: &KeyId) -> Result<Option<StoredKey>, Failure>;

    /// Forgets a key, durably once it returns. Returns whether there was one.
    async fn remove_key(&self, id: &KeyId) -> Result<bool, Failure>;
}
