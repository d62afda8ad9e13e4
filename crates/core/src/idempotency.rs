//! Idempotency keys for HTTP POST (a seed's practice): the first answer is kept for 24 hours and given again to whoever
//! repeats the request; the same key with another body is an error.
//!
//! The key only saves work and catches misuse. What must not happen twice is guarded where it is written, by the
//! unique client id in the same transaction.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use tutti_protocol::{Timestamp, UserId};

use crate::failure::Failure;

/// How long an answer is kept.
pub const KEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// What makes two requests the same request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Who asked.
    pub user: UserId,
    /// Method and path.
    pub endpoint: String,
    /// The `Idempotency-Key` header.
    pub key: String,
}

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// SHA-256 of the request's body.
    pub body_hash: [u8; 32],
    /// The HTTP status.
    pub status: u16,
    /// The answer's body.
    pub body: Bytes,
    /// When it was given.
    pub at: Timestamp,
}

/// Keeps answers. An answer is durable once `put` returns.
#[async_trait]
pub trait Store: Send + Sync {
    /// The answer given under a key since `not_before`, if there is one.
    async fn get(&self, key: &Key, not_before: Timestamp) -> Result<Option<Answer>, Failure>;

    /// Keeps an answer; if another was kept under the key meanwhile, that one stays.
    async fn put(&self, key: Key, answer: Answer) -> Result<(), Failure>;

    /// Forgets answers given before this time.
    async fn prune(&self, before: Timestamp) -> Result<(), Failure>;
}

/// Keeps answers in memory, for a server without a data directory and for tests.
#[derive(Debug, Default)]
pub struct MemoryStore {
    answers: Mutex<HashMap<Key, Answer>>,
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, key: &Key, not_before: Timestamp) -> Result<Option<Answer>, Failure> {
        Ok(self.answers.lock().get(key).filter(|answer| answer.at >= not_before).cloned())
    }

    async fn put(&self, key: Key, answer: Answer) -> Result<(), Failure> {
        let oldest = answer.at - KEEP;
        let mut answers = self.answers.lock();
        if answers.get(&key).is_none_or(|kept| kept.at < oldest) {
            answers.insert(key, answer);
        }
        Ok(())
    }

    async fn prune(&self, before: Timestamp) -> Result<(), Failure> {
        self.answers.lock().retain(|_, answer| answer.at >= before);
        Ok(())
    }
}
