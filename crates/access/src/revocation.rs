//! Who was revoked, and when: a map in memory, so that every frame can be checked against it. The service keeps it in
//! step with the store.
//!
//! A revocation refuses every token issued up to that millisecond. `iat` usually counts whole seconds: a token made
//! later within the very second of the revocation says it was issued at the second's start, and is refused for good.
//! Whoever signs in again within that second has to sign in once more. Tokens without `iat` count as issued at the
//! epoch, so a revocation refuses them all, also those made after it.

use std::collections::HashMap;

use parking_lot::RwLock;
use tutti_protocol::{Timestamp, UserId};

/// The latest revocation of each user who was ever revoked and not forgotten since.
#[derive(Debug, Default)]
pub struct Revocations {
    by_user: RwLock<HashMap<UserId, Timestamp>>,
}

impl Revocations {
    /// Whether a token of this user, issued then, was revoked.
    #[must_use]
    pub fn covers(&self, user: &UserId, issued_at: Timestamp) -> bool {
        self.revoked_at(user).is_some_and(|revoked_at| issued_at <= revoked_at)
    }

    /// When a user was revoked last.
    #[must_use]
    pub fn revoked_at(&self, user: &UserId) -> Option<Timestamp> {
        self.by_user.read().get(user).copied()
    }

    /// Takes revocations in; of two of one user, the later counts.
    pub fn add(&self, revocations: impl IntoIterator<Item = (UserId, Timestamp)>) {
        let mut by_user = self.by_user.write();
        for (user, at) in revocations {
            let latest = by_user.entry(user).or_insert(at);
            *latest = (*latest).max(at);
        }
    }

    /// Forgets revocations from before this time.
    pub fn forget(&self, before: Timestamp) {
        self.by_user.write().retain(|_, at| *at >= before);
    }
}
