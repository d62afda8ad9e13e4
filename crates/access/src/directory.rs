//! The directory: who has signed in, and what they are called, so that people can be found and shown by name.
//!
//! It knows what tokens said and nothing else; whom a caller may find is for the edges to decide.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tutti_core::Caller;
use tutti_protocol::UserId;
use tutti_protocol::session::User;

use crate::error::Error;
use crate::store::Store;

/// People who have signed in.
pub struct Directory {
    store: Arc<dyn Store>,
    /// Users as they were last written. Emptied when full: writing one again is all that it costs.
    written: Mutex<HashMap<UserId, Option<String>>>,
    max_written: usize,
}

impl Directory {
    /// A directory over a store, remembering so many users as written.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, max_written: usize) -> Self {
        Self { store, written: Mutex::new(HashMap::new()), max_written }
    }

    /// Somebody signed in. Writes only when the user is new or their name has changed; a token without a name leaves
    /// the name that is known.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn seen(&self, caller: &Caller) -> Result<(), Error> {
        if self.written.lock().get(&caller.user).is_some_and(|name| *name == caller.name) {
            return Ok(());
        }
        self.store.put_user(&User { id: caller.user.clone(), name: caller.name.clone() }).await?;
        let mut written = self.written.lock();
        if written.len() >= self.max_written {
            written.clear();
        }
        if self.max_written > 0 {
            written.insert(caller.user.clone(), caller.name.clone());
        }
        Ok(())
    }

    /// People whose id or name starts with this text, by name.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn search(&self, prefix: &str, limit: usize) -> Result<Vec<User>, Error> {
        Ok(self.store.users(prefix, limit).await?)
    }

    /// Somebody who has signed in, by id.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn find(&self, user: &UserId) -> Result<Option<User>, Error> {
        Ok(self.store.user(user).await?)
    }

    /// What these users are called; those without a known name are left out.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn names(&self, users: &[UserId]) -> Result<HashMap<UserId, String>, Error> {
        Ok(self.store.names(users).await?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use tutti_core::Failure;
    use tutti_protocol::Timestamp;

    use super::*;
    use crate::key::{ApiKey, KeyId, StoredKey};
    use crate::store::MemoryStore;

    /// A store that counts what is written.
    #[derive(Default)]
    struct Counting {
        inner: MemoryStore,
        writes: AtomicUsize,
    }

    #[async_trait]
    impl Store for Counting {
        async fn save_revocation(&self, user: &UserId, at: Timestamp) -> Result<(), Failure> {
            self.inner.save_revocation(user, at).await
        }

        async fn revocations(&self) -> Result<Vec<(UserId, Timestamp)>, Failure> {
            self.inner.revocations().await
        }

        async fn prune_revocations(&self, before: Timestamp) -> Result<(), Failure> {
            self.inner.prune_revocations(before).await
        }

        async fn put_user(&self, user: &User) -> Result<(), Failure> {
            self.writes.fetch_add(1, Ordering::SeqCst);
            self.inner.put_user(user).await
        }

        async fn user(&self, id: &UserId) -> Result<Option<User>, Failure> {
            self.inner.user(id).await
        }

        async fn users(&self, prefix: &str, limit: usize) -> Result<Vec<User>, Failure> {
            self.inner.users(prefix, limit).await
        }

        async fn names(&self, users: &[UserId]) -> Result<HashMap<UserId, String>, Failure> {
            self.inner.names(users).await
        }

        async fn save_key(&self, key: &StoredKey) -> Result<(), Failure> {
            self.inner.save_key(key).await
        }

        async fn keys(&self) -> Result<Vec<ApiKey>, Failure> {
            self.inner.keys().await
        }

        async fn key(&self, id: &KeyId) -> Result<Option<StoredKey>, Failure> {
            self.inner.key(id).await
        }

        async fn remove_key(&self, id: &KeyId) -> Result<bool, Failure> {
            self.inner.remove_key(id).await
        }
    }

    fn caller(id: &str, name: Option<&str>) -> Caller {
        Caller {
            user: UserId::new(id).unwrap(),
            name: name.map(str::to_owned),
            roles: vec![],
            scopes: vec![],
            issued_at: Timestamp::default(),
            expires_at: Timestamp::default(),
        }
    }

    #[tokio::test]
    async fn a_user_is_written_when_new_or_renamed_and_not_otherwise() {
        let store = Arc::new(Counting::default());
        let directory = Directory::new(store.clone(), 10);
        for name in [Some("Ada"), Some("Ada"), Some("Ada King"), None, Some("Ada King")] {
            directory.seen(&caller("ada", name)).await.unwrap();
        }
        assert_eq!(store.writes.load(Ordering::SeqCst), 4, "the repeat is spared");
        let ada = UserId::new("ada").unwrap();
        assert_eq!(directory.names(std::slice::from_ref(&ada)).await.unwrap()[&ada], "Ada King");
        assert_eq!(directory.search("ada k", 5).await.unwrap().len(), 1);
        assert_eq!(directory.find(&ada).await.unwrap().unwrap().name.as_deref(), Some("Ada King"));
    }

    #[tokio::test]
    async fn what_is_remembered_as_written_is_bounded() {
        let store = Arc::new(Counting::default());
        let directory = Directory::new(store.clone(), 2);
        for id in ["a", "b", "c", "c"] {
            directory.seen(&caller(id, None)).await.unwrap();
            assert!(directory.written.lock().len() <= 2);
        }
        assert_eq!(store.writes.load(Ordering::SeqCst), 3);
        directory.seen(&caller("a", None)).await.unwrap();
        assert_eq!(store.writes.load(Ordering::SeqCst), 4, "forgotten, and written again");
        assert_eq!(directory.search("", 10).await.unwrap().len(), 3);
    }
}
