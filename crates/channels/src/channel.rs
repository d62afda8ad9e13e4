//! One channel: its count, what it keeps, and who listens. Pure: times are passed in, nothing is delivered here.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;

use serde_json::Value;
use tutti_protocol::channels::{ChannelPosition, Publication};
use tutti_protocol::{ConnectionId, Timestamp, UserId};

use crate::config::Namespace;
use crate::history::History;
use crate::pace::Pace;

/// How many client ids a channel remembers.
const MAX_REMEMBERED: usize = 1024;
/// How long it remembers them.
const REMEMBER: Duration = Duration::from_secs(300);

/// A channel.
#[derive(Debug)]
pub struct Channel {
    epoch: String,
    offset: u64,
    history: History,
    remembered: Remembered,
    members: BTreeMap<UserId, u32>,
    connections: HashSet<ConnectionId>,
    pace: Pace,
}

/// A client id, by who used it; servers share one name space.
type ClientId = (Option<UserId>, String);

/// The client ids of late, in the order in which they came.
#[derive(Debug, Default)]
struct Remembered {
    order: VecDeque<(Timestamp, ClientId)>,
    offsets: HashMap<ClientId, u64>,
}

impl Remembered {
    fn add(&mut self, id: ClientId, offset: u64, now: Timestamp) {
        self.forget(now);
        if self.order.len() >= MAX_REMEMBERED {
            self.forget_oldest();
        }
        self.order.push_back((now, id.clone()));
        self.offsets.insert(id, offset);
    }

    fn forget(&mut self, now: Timestamp) {
        while self.order.front().is_some_and(|(at, _)| now.since(*at) >= REMEMBER) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, id)) = self.order.pop_front() {
            self.offsets.remove(&id);
        }
    }
}

/// What a channel has for somebody who comes back.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovery {
    /// Whether the publications are all that followed.
    pub recovered: bool,
    /// What followed, oldest first.
    pub publications: Vec<Publication>,
}

impl Channel {
    /// An empty channel that counts from 1 under this epoch.
    #[must_use]
    pub fn new(epoch: String, now: Timestamp) -> Self {
        Self {
            epoch,
            offset: 0,
            history: History::default(),
            remembered: Remembered::default(),
            members: BTreeMap::new(),
            connections: HashSet::new(),
            pace: Pace::from(now),
        }
    }

    /// Which count the offsets belong to.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// The newest offset; 0 before the first publication.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The place of what was published under this client id, if that is remembered.
    #[must_use]
    pub fn published_as(&mut self, user: Option<&UserId>, client_id: &str, now: Timestamp) -> Option<u64> {
        self.remembered.forget(now);
        self.remembered.offsets.get(&(user.cloned(), client_id.to_owned())).copied()
    }

    /// Gives a publication its place, and keeps it as long as the namespace says.
    pub fn publish(
        &mut self,
        namespace: &Namespace,
        from: Option<UserId>,
        data: Value,
        client_id: Option<String>,
        now: Timestamp,
    ) -> Publication {
        self.offset += 1;
        self.pace.count(now);
        if let Some(client_id) = client_id {
            self.remembered.add((from.clone(), client_id), self.offset, now);
        }
        let publication = Publication { offset: self.offset, from, data, sent_at: now };
        self.expire(namespace, now);
        self.history.add(namespace.history_size, namespace.history_bytes, &publication);
        publication
    }

    /// Lets go of what was kept long enough.
    pub fn expire(&mut self, namespace: &Namespace, now: Timestamp) {
        self.history.expire(namespace.history_time, now);
        self.remembered.forget(now);
    }

    /// What followed a position. Without one there is nothing to recover.
    #[must_use]
    pub fn recover(&self, position: Option<&ChannelPosition>) -> Recovery {
        let lost = Recovery { recovered: false, publications: Vec::new() };
        let Some(position) = position else { return lost };
        let missed = self.offset.checked_sub(position.offset);
        let kept = u64::try_from(self.kept()).unwrap_or(u64::MAX);
        match missed {
            Some(missed) if position.epoch == self.epoch && missed <= kept => {
                let publications = self.after(position.offset).cloned().collect();
                Recovery { recovered: true, publications }
            }
            _ => lost,
        }
    }

    /// What is kept and follows an offset, oldest first.
    pub fn after(&self, offset: u64) -> impl Iterator<Item = &Publication> {
        self.history.iter().skip_while(move |kept| kept.offset <= offset)
    }

    /// How many publications are kept.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.history.len()
    }

    /// Publications in a second, of late.
    #[must_use]
    pub fn per_second(&self, now: Timestamp) -> f64 {
        self.pace.per_second(now)
    }

    /// Whether a connection listens.
    #[must_use]
    pub fn has(&self, connection: ConnectionId) -> bool {
        self.connections.contains(&connection)
    }

    /// How many connections listen.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Lets a connection listen. Returns whether it is the user's first.
    pub fn join(&mut self, user: &UserId, connection: ConnectionId) -> bool {
        if !self.connections.insert(connection) {
            return false;
        }
        let count = self.members.entry(user.clone()).or_insert(0);
        *count += 1;
        *count == 1
    }

    /// Lets a connection go. Returns whether it was the user's last.
    pub fn leave(&mut self, user: &UserId, connection: ConnectionId) -> bool {
        if !self.connections.remove(&connection) {
            return false;
        }
        let Some(count) = self.members.get_mut(user) else { return false };
        *count -= 1;
        if *count > 0 {
            return false;
        }
        self.members.remove(user);
        true
    }

    /// Who listens, over how many connections, by user id.
    pub fn members(&self) -> impl Iterator<Item = (&UserId, u32)> {
        self.members.iter().map(|(user, count)| (user, *count))
    }

    /// How many users listen.
    #[must_use]
    pub fn users(&self) -> usize {
        self.members.len()
    }

    /// Whether forgetting the channel loses nothing: nobody listens, and nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty() && self.history.len() == 0 && self.remembered.order.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use proptest::prelude::*;
    use tutti_core::limits::Rate;

    use super::*;
    use crate::config::{Right, SlowReader};

    fn namespace(history_size: usize) -> Namespace {
        Namespace {
            subscribe: Right::Anyone,
            publish: Right::Anyone,
            history_size,
            history_bytes: usize::MAX,
            history_time: Duration::from_secs(60),
            presence: true,
            join_leave: true,
            max_members: 0,
            rate: Rate { count: NonZeroU32::MIN, per: Duration::from_secs(1) },
            slow_reader: SlowReader::Disconnect,
            gather: Duration::ZERO,
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn user(id: &str) -> UserId {
        UserId::new(id).unwrap()
    }

    fn channel() -> Channel {
        Channel::new("e".into(), at(0))
    }

    #[test]
    fn a_user_is_here_from_the_first_connection_to_the_last() {
        let mut channel = channel();
        assert!(channel.join(&user("ann"), ConnectionId(1)));
        assert!(!channel.join(&user("ann"), ConnectionId(2)));
        assert!(!channel.join(&user("ann"), ConnectionId(2)), "twice is once");
        assert!(!channel.leave(&user("ann"), ConnectionId(1)));
        assert!(!channel.leave(&user("ann"), ConnectionId(1)), "who is gone cannot go");
        assert!(channel.leave(&user("ann"), ConnectionId(2)));
        assert!(channel.is_empty());
    }

    #[test]
    fn a_client_id_is_remembered_by_its_user_and_for_a_time() {
        let (mut channel, namespace) = (channel(), namespace(0));
        channel.publish(&namespace, Some(user("ann")), Value::Null, Some("1".into()), at(0));
        assert_eq!(channel.published_as(Some(&user("ann")), "1", at(299)), Some(1));
        assert_eq!(channel.published_as(Some(&user("bob")), "1", at(299)), None);
        assert_eq!(channel.published_as(Some(&user("ann")), "1", at(300)), None);
        assert!(channel.is_empty(), "nothing is kept for a client id that is forgotten");
    }

    #[test]
    fn what_is_too_old_is_not_recovered() {
        let (mut channel, namespace) = (channel(), namespace(10));
        for second in [0, 30, 59] {
            channel.publish(&namespace, None, Value::Null, None, at(second));
        }
        let position = |offset| ChannelPosition { epoch: "e".into(), offset };
        assert!(channel.recover(Some(&position(0))).recovered);
        channel.expire(&namespace, at(60));
        assert!(!channel.recover(Some(&position(0))).recovered);
        assert_eq!(channel.recover(Some(&position(1))).publications.len(), 2);
        assert!(channel.recover(Some(&position(3))).recovered, "who has everything misses nothing");
        assert!(!channel.recover(Some(&position(4))).recovered, "a place that was never given");
        assert!(!channel.recover(Some(&ChannelPosition { epoch: "other".into(), offset: 2 })).recovered);
    }

    proptest! {
        /// Whatever is kept: who recovers has everything that followed without a gap, who does not is told so, and that
        /// happens only when something that followed is no longer kept.
        #[test]
        fn recovery_is_all_or_nothing(size in 0_usize..8, published in 0_u64..20, from in 0_u64..20) {
            let (mut channel, namespace) = (channel(), namespace(size));
            for _ in 0..published {
                channel.publish(&namespace, None, Value::Null, None, at(0));
            }
            let recovery = channel.recover(Some(&ChannelPosition { epoch: "e".into(), offset: from }));
            let offsets: Vec<u64> = recovery.publications.iter().map(|kept| kept.offset).collect();
            let oldest_kept = published.saturating_sub(u64::try_from(size).unwrap()) + 1;
            prop_assert_eq!(recovery.recovered, from <= published && from + 1 >= oldest_kept);
            if recovery.recovered {
                prop_assert_eq!(offsets, (from + 1..=published).collect::<Vec<_>>());
            } else {
                prop_assert!(offsets.is_empty());
            }
        }
    }
}
