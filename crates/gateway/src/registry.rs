//! How many connections there are: in all, and by user. Each holds a place and gives it back when it is dropped.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tutti_protocol::UserId;

/// Counts connections against their bounds.
#[derive(Debug)]
pub struct Registry {
    counts: Mutex<Counts>,
    max: usize,
    max_per_user: usize,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_user: HashMap<UserId, usize>,
}

/// A place among the server's connections.
#[derive(Debug)]
pub struct Place {
    registry: Arc<Registry>,
    user: Option<UserId>,
}

impl Registry {
    /// A registry with these bounds.
    #[must_use]
    pub fn new(max: usize, max_per_user: usize) -> Arc<Self> {
        Arc::new(Self { counts: Mutex::default(), max, max_per_user })
    }

    /// How many connections there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.lock().all
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A place for a connection whose user is not known yet; none when the server is full.
    #[must_use]
    pub fn enter(self: &Arc<Self>) -> Option<Place> {
        let mut counts = self.counts.lock();
        if counts.all >= self.max {
            return None;
        }
        counts.all += 1;
        Some(Place { registry: Arc::clone(self), user: None })
    }
}

impl Place {
    /// Counts the connection as this user's. Returns whether there was room.
    pub fn belongs_to(&mut self, user: &UserId) -> bool {
        let mut counts = self.registry.counts.lock();
        let count = counts.by_user.entry(user.clone()).or_default();
        if *count >= self.registry.max_per_user {
            return false;
        }
        *count += 1;
        self.user = Some(user.clone());
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.registry.counts.lock();
        counts.all -= 1;
        if let Some(user) = &self.user
            && let Some(count) = counts.by_user.get_mut(user)
        {
            *count -= 1;
            if *count == 0 {
                counts.by_user.remove(user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_place_of_a_user_is_refused_until_one_is_free() {
        let registry = Registry::new(100, 5);
        let alice = UserId::new("alice").unwrap();
        let mut places: Vec<Place> = (0..5).map(|_| registry.enter().unwrap()).collect();
        assert!(places.iter_mut().all(|place| place.belongs_to(&alice)));
        assert!(!registry.enter().unwrap().belongs_to(&alice));
        places.pop();
        assert!(registry.enter().unwrap().belongs_to(&alice));
        places.clear();
        assert_eq!(registry.len(), 0);
        assert!(registry.counts.lock().by_user.is_empty(), "nothing is kept of users without connections");
    }

    #[test]
    fn a_full_server_takes_nobody() {
        let registry = Registry::new(1, 5);
        let place = registry.enter().unwrap();
        assert!(registry.enter().is_none());
        drop(place);
        assert!(registry.enter().is_some());
    }
}
