//! Which connections there are: counted against their bounds, in all and by user, and listed once they are open. Each
//! holds a place and gives it back when it is dropped.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use parking_lot::Mutex;
use tutti_protocol::{ConnectionId, UserId};

use crate::peer::Peer;

/// Counts connections against their bounds, and lists them.
pub struct Registry {
    places: Mutex<Places>,
    max: usize,
    max_per_user: usize,
}

#[derive(Default)]
struct Places {
    all: usize,
    by_user: BTreeMap<UserId, OfUser>,
    open: BTreeMap<ConnectionId, Arc<Peer>>,
}

/// The connections of one user.
#[derive(Default)]
struct OfUser {
    places: usize,
    open: Vec<ConnectionId>,
}

/// A place among the server's connections.
pub struct Place {
    registry: Arc<Registry>,
    user: Option<UserId>,
    open: Option<ConnectionId>,
}

impl Registry {
    /// A registry with these bounds.
    #[must_use]
    pub fn new(max: usize, max_per_user: usize) -> Arc<Self> {
        Arc::new(Self { places: Mutex::default(), max, max_per_user })
    }

    /// How many connections there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.lock().all
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many users have a connection, those included whose first is just opening.
    #[must_use]
    pub fn users(&self) -> usize {
        self.places.lock().by_user.len()
    }

    /// A place for a connection whose user is not known yet; none when the server is full.
    #[must_use]
    pub fn enter(self: &Arc<Self>) -> Option<Place> {
        let mut places = self.places.lock();
        if places.all >= self.max {
            return None;
        }
        places.all += 1;
        Some(Place { registry: Arc::clone(self), user: None, open: None })
    }

    /// An open connection; none that is closing.
    #[must_use]
    pub fn find(&self, connection: ConnectionId) -> Option<Arc<Peer>> {
        let peer = self.places.lock().open.get(&connection).cloned();
        peer.filter(|peer| peer.closing().is_none())
    }

    /// At most so many open connections after this one, in the order in which they were opened.
    #[must_use]
    pub fn open_after(&self, after: ConnectionId, count: usize) -> Vec<Arc<Peer>> {
        let places = self.places.lock();
        let following = places.open.range((Bound::Excluded(after), Bound::Unbounded));
        following.take(count).map(|(_, peer)| Arc::clone(peer)).collect()
    }

    /// A user's open connections, in the order in which they were opened.
    #[must_use]
    pub fn open_of(&self, user: &UserId) -> Vec<Arc<Peer>> {
        let places = self.places.lock();
        let Some(of_user) = places.by_user.get(user) else { return Vec::new() };
        let mut peers: Vec<Arc<Peer>> = of_user.open.iter().filter_map(|id| places.open.get(id).cloned()).collect();
        peers.sort_unstable_by_key(|peer| peer.id);
        peers
    }

    /// At most so many users with open connections after this one, by id, and how many they have.
    #[must_use]
    pub fn users_after(&self, after: &str, count: usize) -> Vec<(UserId, usize)> {
        let places = self.places.lock();
        let following = places.by_user.range::<str, _>((Bound::Excluded(after), Bound::Unbounded));
        let open = following.filter(|(_, of_user)| !of_user.open.is_empty());
        open.take(count).map(|(user, of_user)| (user.clone(), of_user.open.len())).collect()
    }

    /// Lists a connection no more. It counts until its place is given back, which is when its socket is closed.
    pub(crate) fn unlist(&self, peer: &Peer) {
        let mut places = self.places.lock();
        let gone = places.open.remove(&peer.id);
        if let Some(of_user) = places.by_user.get_mut(&peer.caller().user) {
            of_user.open.retain(|connection| *connection != peer.id);
        }
        drop(places);
        drop(gone);
    }
}

impl Place {
    /// Counts the connection as this user's. Returns whether there was room.
    pub fn belongs_to(&mut self, user: &UserId) -> bool {
        let mut places = self.registry.places.lock();
        let of_user = places.by_user.entry(user.clone()).or_default();
        if of_user.places >= self.registry.max_per_user {
            return false;
        }
        of_user.places += 1;
        self.user = Some(user.clone());
        true
    }

    /// Lists the connection as open until it is unlisted, or the place is given back. To be called once, after [`Place::belongs_to`].
    pub(crate) fn is_open(&mut self, peer: &Arc<Peer>) {
        let mut places = self.registry.places.lock();
        if let Some(of_user) = self.user.as_ref().and_then(|user| places.by_user.get_mut(user)) {
            of_user.open.reserve_exact(1);
            of_user.open.push(peer.id);
        }
        places.open.insert(peer.id, Arc::clone(peer));
        self.open = Some(peer.id);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.registry.places.lock();
        places.all -= 1;
        let gone = self.open.and_then(|connection| places.open.remove(&connection));
        if let Some(user) = &self.user
            && let Some(of_user) = places.by_user.get_mut(user)
        {
            of_user.places -= 1;
            of_user.open.retain(|connection| Some(*connection) != self.open);
            if of_user.places == 0 {
                places.by_user.remove(user);
            }
        }
        drop(places);
        // What it still holds is let go without the lock.
        drop(gone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str) -> UserId {
        UserId::new(id).unwrap()
    }

    fn open(registry: &Arc<Registry>, id: u64, name: &str) -> Place {
        let peer = Peer::of(user(name), id);
        let mut place = registry.enter().unwrap();
        assert!(place.belongs_to(&user(name)));
        place.is_open(&Arc::new(peer));
        place
    }

    fn ids(peers: &[Arc<Peer>]) -> Vec<u64> {
        peers.iter().map(|peer| peer.id.0).collect()
    }

    #[test]
    fn the_sixth_place_of_a_user_is_refused_until_one_is_free() {
        let registry = Registry::new(100, 5);
        let alice = user("alice");
        let mut places: Vec<Place> = (0..5).map(|_| registry.enter().unwrap()).collect();
        assert!(places.iter_mut().all(|place| place.belongs_to(&alice)));
        assert!(!registry.enter().unwrap().belongs_to(&alice));
        places.pop();
        assert!(registry.enter().unwrap().belongs_to(&alice));
        places.clear();
        assert_eq!(registry.len(), 0);
        assert!(registry.places.lock().by_user.is_empty(), "nothing is kept of users without connections");
    }

    #[test]
    fn a_full_server_takes_nobody() {
        let registry = Registry::new(1, 5);
        let place = registry.enter().unwrap();
        assert!(registry.enter().is_none());
        drop(place);
        assert!(registry.enter().is_some());
    }

    #[test]
    fn open_connections_are_listed_page_by_page_while_others_come_and_go() {
        let registry = Registry::new(100, 5);
        let mut places: Vec<Place> = [4, 2, 9, 7].map(|id| open(&registry, id, "alice")).into();
        assert_eq!(ids(&registry.open_after(ConnectionId(0), 2)), [2, 4]);
        drop(places.remove(0));
        places.push(open(&registry, 11, "bob"));
        assert_eq!(ids(&registry.open_after(ConnectionId(4), 2)), [7, 9], "after one that is gone");
        assert_eq!(ids(&registry.open_after(ConnectionId(9), 2)), [11]);
        assert_eq!(ids(&registry.open_of(&user("alice"))), [2, 7, 9]);
        assert!(registry.find(ConnectionId(4)).is_none());
        assert_eq!(registry.find(ConnectionId(11)).unwrap().id, ConnectionId(11));
        places.clear();
        assert!(registry.places.lock().open.is_empty(), "nothing is kept of connections that ended");
    }

    #[test]
    fn a_connection_that_has_ended_is_not_listed_but_counts_until_its_place_is_given_back() {
        let registry = Registry::new(100, 5);
        let places = [1, 2].map(|id| open(&registry, id, "alice"));
        let peer = registry.find(ConnectionId(1)).unwrap();
        registry.unlist(&peer);
        assert!(registry.find(ConnectionId(1)).is_none());
        assert_eq!(
            (ids(&registry.open_after(ConnectionId(0), 9)), ids(&registry.open_of(&user("alice")))),
            (vec![2], vec![2])
        );
        assert_eq!((registry.users_after("", 9), registry.len()), (vec![(user("alice"), 1)], 2));
        drop(places);
        assert_eq!((registry.len(), registry.users()), (0, 0));
    }

    #[test]
    fn users_are_listed_once_a_connection_of_theirs_is_open() {
        let registry = Registry::new(100, 5);
        let mut opening = registry.enter().unwrap();
        assert!(opening.belongs_to(&user("dave")));
        let _places: Vec<Place> =
            [(1, "carol"), (2, "alice"), (3, "bob"), (4, "alice")].map(|(id, name)| open(&registry, id, name)).into();
        let all = [("alice", 2), ("bob", 1), ("carol", 1)].map(|(name, count)| (user(name), count));
        assert_eq!(registry.users_after("", 10), all);
        assert_eq!(registry.users_after("alice", 1), all[1..2]);
        assert_eq!(registry.users(), 4, "who is just opening is counted");
    }
}
