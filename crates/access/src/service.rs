//! Access at work: believes tokens and API keys, makes them, and takes them back.
//!
//! On a cluster, [`Service::reload`] brings in what other nodes revoked.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tutti_core::{Caller, Clock};
use tutti_protocol::{Timestamp, UserId};

use crate::config::Config;
use crate::directory::Directory;
use crate::error::Error;
use crate::key::{self, ApiKey, KeyId, NewKey, Presented, Scope};
use crate::revocation::Revocations;
use crate::store::Store;
use crate::token::{Grant, Issued, Keys};

/// Says who is behind a token.
#[async_trait]
pub trait Authenticate: Send + Sync {
    /// Believes a token, or says why not.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::BadSignature`], [`Error::Expired`], [`Error::NotYetValid`], [`Error::Revoked`];
    /// [`Error::KeyNotToken`] for whatever is meant to be an API key.
    async fn authenticate(&self, token: &str) -> Result<Caller, Error>;
}

/// Tokens, revocations, API keys and the directory of one server.
pub struct Service {
    keys: Keys,
    revocations: Revocations,
    directory: Directory,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    keep_revocations: Duration,
}

impl Service {
    /// A service with all revocations loaded.
    ///
    /// # Errors
    /// [`Error::NoSecret`], [`Error::Store`].
    pub async fn open(config: &Config, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let service = Self {
            keys: Keys::new(config)?,
            revocations: Revocations::default(),
            directory: Directory::new(Arc::clone(&store), config.directory_cache),
            store,
            clock,
            // A token with an `iat` must have run out before the revocation that covers it is forgotten.
            keep_revocations: config.keep_revocations.max(config.max_token_ttl + config.leeway),
        };
        service.reload().await?;
        Ok(service)
    }

    /// Makes a token, signed with the first secret.
    ///
    /// # Errors
    /// [`Error::Signing`].
    pub fn issue(&self, grant: &Grant) -> Result<Issued, Error> {
        self.keys.issue(grant, self.clock.now())
    }

    /// Takes back every token of a user that was issued up to now. It counts at once, and durably when this returns;
    /// after an error it counts on this node until it stops. Returns the time up to which tokens are refused.
    ///
    /// Closing the user's connections is the caller's part.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn revoke(&self, user: &UserId) -> Result<Timestamp, Error> {
        let now = self.clock.now();
        self.revocations.add([(user.clone(), now)]);
        self.store.save_revocation(user, now).await?;
        Ok(now)
    }

    /// Whether a caller's token was revoked since it was believed. One look into a map: meant for every frame.
    #[must_use]
    pub fn revoked(&self, caller: &Caller) -> bool {
        self.revocations.covers(&caller.user, caller.issued_at)
    }

    /// When a user's tokens were taken back last; none if they never were, or so long ago that it is forgotten.
    #[must_use]
    pub fn revoked_at(&self, user: &UserId) -> Option<Timestamp> {
        self.revocations.revoked_at(user)
    }

    /// Takes in the revocations that the store has, for example from other nodes.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn reload(&self) -> Result<(), Error> {
        let revocations = self.store.revocations().await?;
        self.revocations.add(revocations);
        Ok(())
    }

    /// Forgets revocations that are older than they are kept; call it now and then, so that memory stays bounded.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn prune(&self) -> Result<(), Error> {
        let before = self.clock.now() - self.keep_revocations;
        self.store.prune_revocations(before).await?;
        self.revocations.forget(before);
        Ok(())
    }

    /// Makes an API key. Its text is in what this returns and nowhere else; the key counts when it returns.
    ///
    /// # Errors
    /// [`Error::KeyName`], [`Error::NoScope`], [`Error::NoRandomness`], [`Error::Store`].
    pub async fn create_key(&self, name: &str, scopes: &[Scope]) -> Result<NewKey, Error> {
        let new = NewKey::mint(name, scopes, self.clock.now())?;
        self.store.save_key(&new.stored).await?;
        Ok(new)
    }

    /// All keys that count, oldest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list_keys(&self) -> Result<Vec<ApiKey>, Error> {
        Ok(self.store.keys().await?)
    }

    /// Takes a key back, on all nodes of the store: it is refused from the next request on, also after a restart.
    ///
    /// # Errors
    /// [`Error::UnknownKey`], [`Error::Store`].
    pub async fn revoke_key(&self, id: &KeyId) -> Result<(), Error> {
        if self.store.remove_key(id).await? { Ok(()) } else { Err(Error::UnknownKey) }
    }

    /// Says which key a text is. Looks into the store each time, unless the text can be no key.
    ///
    /// # Errors
    /// [`Error::BadKey`], [`Error::Store`].
    pub async fn authenticate_key(&self, text: &str) -> Result<ApiKey, Error> {
        let presented = Presented::read(text)?;
        presented.check(self.store.key(&presented.id).await?)
    }

    /// Who has signed in, and what they are called.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.directory
    }
}

#[async_trait]
impl Authenticate for Service {
    async fn authenticate(&self, token: &str) -> Result<Caller, Error> {
        if key::is_key(token) {
            return Err(Error::KeyNotToken);
        }
        let caller = self.keys.verify(token, self.clock.now())?;
        if self.revoked(&caller) { Err(Error::Revoked) } else { Ok(caller) }
    }
}

#[cfg(test)]
mod tests {
    use tutti_core::Failure;
    use tutti_core::clock::ManualClock;

    use super::*;
    use crate::config::Secret;
    use crate::store::MemoryStore;

    /// 2025-11-21T11:01:00.300Z
    const START: i64 = 1_763_722_860_300;
    const HOUR: Duration = Duration::from_secs(3600);
    const DAY: Duration = Duration::from_secs(24 * 3600);

    struct World {
        clock: ManualClock,
        store: Arc<MemoryStore>,
        config: Config,
    }

    impl World {
        fn new() -> Self {
            Self {
                clock: ManualClock::at(Timestamp::from_millis(START)),
                store: Arc::default(),
                config: Config::with_secrets([Secret::new("a secret of more than thirty-two bytes")]),
            }
        }

        async fn open(&self) -> Service {
            Service::open(&self.config, self.store.clone(), Arc::new(self.clock.clone())).await.unwrap()
        }
    }

    fn user(id: &str) -> UserId {
        UserId::new(id).unwrap()
    }

    fn grant(id: &str, ttl: Duration) -> Grant {
        Grant { user: user(id), name: None, roles: vec![], scopes: vec![], ttl }
    }

    #[tokio::test]
    async fn a_token_is_believed_until_it_expires() {
        let world = World::new();
        let service = world.open().await;
        let issued = service.issue(&grant("alice", HOUR)).unwrap();
        let caller = service.authenticate(&issued.token).await.unwrap();
        world.clock.advance(HOUR);
        assert!(!caller.expired(world.clock.now()), "a life in whole seconds is rounded up");
        assert!(service.authenticate(&issued.token).await.is_ok());
        world.clock.advance(Duration::from_millis(700));
        assert!(caller.expired(world.clock.now()));
        assert_eq!(service.authenticate(&issued.token).await, Err(Error::Expired));
    }

    #[tokio::test]
    async fn revoking_refuses_what_was_issued_and_not_what_is_issued_later() {
        let world = World::new();
        let service = world.open().await;
        let alice = service.issue(&grant("alice", HOUR)).unwrap().token;
        let bob = service.issue(&grant("bob", HOUR)).unwrap().token;
        let caller = service.authenticate(&alice).await.unwrap();
        assert!(!service.revoked(&caller));
        assert_eq!(service.revoked_at(&user("alice")), None);
        assert_eq!(service.revoke(&user("alice")).await, Ok(world.clock.now()));
        assert_eq!(service.revoked_at(&user("alice")), Some(world.clock.now()));
        assert!(service.revoked(&caller), "also for a connection that is open");
        assert_eq!(service.authenticate(&alice).await, Err(Error::Revoked));
        assert!(service.authenticate(&bob).await.is_ok());

        world.clock.advance(Duration::from_millis(699));
        let same_second = service.issue(&grant("alice", HOUR)).unwrap().token;
        assert_eq!(service.authenticate(&same_second).await, Err(Error::Revoked));
        world.clock.advance(Duration::from_millis(1));
        let next_second = service.issue(&grant("alice", HOUR)).unwrap().token;
        assert!(service.authenticate(&next_second).await.is_ok());
        assert_eq!(service.authenticate(&same_second).await, Err(Error::Revoked), "for good");
    }

    #[tokio::test]
    async fn a_revocation_survives_a_restart_and_reaches_another_node() {
        let world = World::new();
        let (here, there) = (world.open().await, world.open().await);
        let token = here.issue(&grant("alice", HOUR)).unwrap().token;
        here.revoke(&user("alice")).await.unwrap();
        assert_eq!(world.open().await.authenticate(&token).await, Err(Error::Revoked));
        assert!(there.authenticate(&token).await.is_ok());
        there.reload().await.unwrap();
        assert_eq!(there.authenticate(&token).await, Err(Error::Revoked));
    }

    #[tokio::test]
    async fn a_forgotten_revocation_brings_no_dated_token_back() {
        let mut world = World::new();
        world.config.keep_revocations = Duration::ZERO;
        let service = world.open().await;
        let token = service.issue(&grant("alice", 300 * DAY)).unwrap().token;
        service.revoke(&user("alice")).await.unwrap();
        world.clock.advance(30 * DAY);
        service.prune().await.unwrap();
        assert_eq!(world.store.revocations().await.unwrap().len(), 1, "kept at least as long as tokens count");
        world.clock.advance(Duration::from_millis(1));
        service.prune().await.unwrap();
        assert!(world.store.revocations().await.unwrap().is_empty());
        assert_eq!(service.authenticate(&token).await, Err(Error::Expired));
    }

    struct Broken;

    #[async_trait]
    impl Store for Broken {
        async fn save_revocation(&self, _: &UserId, _: Timestamp) -> Result<(), Failure> {
            Err(Failure::unavailable(Duration::from_secs(1)))
        }

        async fn revocations(&self) -> Result<Vec<(UserId, Timestamp)>, Failure> {
            Ok(vec![])
        }

        async fn prune_revocations(&self, _: Timestamp) -> Result<(), Failure> {
            Ok(())
        }

        async fn put_user(&self, _: &tutti_protocol::session::User) -> Result<(), Failure> {
            Err(Failure::unavailable(Duration::from_secs(1)))
        }

        async fn user(&self, _: &UserId) -> Result<Option<tutti_protocol::session::User>, Failure> {
            Ok(None)
        }

        async fn users(&self, _: &str, _: usize) -> Result<Vec<tutti_protocol::session::User>, Failure> {
            Ok(vec![])
        }

        async fn names(&self, _: &[UserId]) -> Result<std::collections::HashMap<UserId, String>, Failure> {
            Ok(std::collections::HashMap::new())
        }

        async fn save_key(&self, _: &crate::key::StoredKey) -> Result<(), Failure> {
            Err(Failure::unavailable(Duration::from_secs(1)))
        }

        async fn keys(&self) -> Result<Vec<ApiKey>, Failure> {
            Err(Failure::unavailable(Duration::from_secs(1)))
        }

        async fn key(&self, _: &KeyId) -> Result<Option<crate::key::StoredKey>, Failure> {
            Err(Failure::unavailable(Duration::from_secs(1)))
        }

        async fn remove_key(&self, _: &KeyId) -> Result<bool, Failure> {
            Err(Failure::unavailable(Duration::from_secs(1)))
        }
    }

    #[tokio::test]
    async fn a_revocation_that_cannot_be_saved_is_an_error_and_counts_here_all_the_same() {
        let world = World::new();
        let service = Service::open(&world.config, Arc::new(Broken), Arc::new(world.clock.clone())).await.unwrap();
        let token = service.issue(&grant("alice", HOUR)).unwrap().token;
        assert!(matches!(service.revoke(&user("alice")).await, Err(Error::Store(_))));
        assert_eq!(service.authenticate(&token).await, Err(Error::Revoked));
    }

    #[tokio::test]
    async fn no_key_is_made_or_believed_while_the_store_fails() {
        let world = World::new();
        let good = world.open().await.create_key("shop", &[Scope::Publish]).await.unwrap();
        let service = Service::open(&world.config, Arc::new(Broken), Arc::new(world.clock.clone())).await.unwrap();
        assert!(matches!(service.create_key("shop", &[Scope::Publish]).await, Err(Error::Store(_))));
        assert!(matches!(service.authenticate_key(&good.text).await, Err(Error::Store(_))), "not the key's fault");
        assert!(matches!(service.revoke_key(&good.stored.key.id).await, Err(Error::Store(_))));
    }

    #[tokio::test]
    async fn without_a_secret_nothing_opens() {
        let world = World::new();
        let opened = Service::open(&Config::with_secrets([]), world.store, Arc::new(world.clock)).await;
        assert_eq!(opened.err(), Some(Error::NoSecret));
    }
}
