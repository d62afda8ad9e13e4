//! Which channels there are: found by their name, made when they are needed, forgotten when nothing is left of them, and
//! listed in the order of their names.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Mutex as Lock, OwnedMutexGuard};
use tutti_core::{Clock, Snowflake, Tail};
use tutti_protocol::ChannelName;
use tutti_protocol::operator::OperatorEventKind;

use crate::channel::Channel;
use crate::error::Error;

/// A channel and whether it is still the one that its name stands for.
pub(crate) struct Slot {
    pub(crate) channel: Channel,
    forgotten: bool,
}

/// A channel that nobody else can use meanwhile.
pub(crate) type Held = OwnedMutexGuard<Slot>;

/// All channels of a server.
pub(crate) struct Slots {
    named: Mutex<Named>,
    max: usize,
    clock: Arc<dyn Clock>,
    ids: Arc<Snowflake>,
    tail: Arc<Tail>,
}

#[derive(Default)]
struct Named {
    slots: HashMap<ChannelName, Arc<Lock<Slot>>>,
    /// The same names in their order, touched only when a channel is made or forgotten.
    names: BTreeSet<ChannelName>,
}

impl Slots {
    /// No channels yet, and never more than so many.
    pub(crate) fn new(max: usize, clock: Arc<dyn Clock>, ids: Arc<Snowflake>, tail: Arc<Tail>) -> Self {
        Self { named: Mutex::default(), max, clock, ids, tail }
    }

    /// How many channels there are.
    pub(crate) fn count(&self) -> usize {
        self.named.lock().slots.len()
    }

    /// Locks the channel of a name; makes it if there is none and there is room.
    pub(crate) async fn open(&self, name: &ChannelName) -> Result<Held, Error> {
        loop {
            let slot = self.find_or_make(name)?.lock_owned().await;
            // Whoever had the lock before may have forgotten the channel; the name stands for a new one then.
            if !slot.forgotten {
                return Ok(slot);
            }
        }
    }

    /// Locks the channel of a name, if there is one.
    pub(crate) async fn find(&self, name: &ChannelName) -> Option<Held> {
        loop {
            let slot = self.named.lock().slots.get(name).cloned()?;
            let slot = slot.lock_owned().await;
            if !slot.forgotten {
                return Some(slot);
            }
        }
    }

    /// Locks the channel of a name to look at it; where there is none, an empty one that nobody else will see.
    pub(crate) async fn look(&self, name: &ChannelName) -> Held {
        match self.find(name).await {
            Some(slot) => slot,
            None => Arc::new(Lock::new(Slot { forgotten: true, ..self.new_slot() })).lock_owned().await,
        }
    }

    pub(crate) fn forget_if_empty(&self, name: &ChannelName, slot: &mut Slot) {
        if slot.channel.is_empty() && !slot.forgotten {
            slot.forgotten = true;
            let mut named = self.named.lock();
            named.slots.remove(name);
            named.names.remove(name);
            // Before anybody can make it again, so that it is told in this order.
            self.tail.tell(OperatorEventKind::ChannelForgotten, |event| event.channel = Some(name.clone()));
        }
    }

    /// All names, in any order.
    pub(crate) fn names(&self) -> Vec<ChannelName> {
        self.named.lock().slots.keys().cloned().collect()
    }

    /// At most so many names that start with this text and come after another, in their order.
    pub(crate) fn names_after(&self, prefix: &str, after: &str, count: usize) -> Vec<ChannelName> {
        let start = if after < prefix { Bound::Included(prefix) } else { Bound::Excluded(after) };
        let named = self.named.lock();
        let following = named.names.range::<str, _>((start, Bound::Unbounded));
        following.take_while(|name| name.as_str().starts_with(prefix)).take(count).cloned().collect()
    }

    fn find_or_make(&self, name: &ChannelName) -> Result<Arc<Lock<Slot>>, Error> {
        let mut named = self.named.lock();
        if let Some(slot) = named.slots.get(name) {
            return Ok(Arc::clone(slot));
        }
        if named.slots.len() >= self.max {
            return Err(Error::TooManyOnServer);
        }
        let slot = Arc::new(Lock::new(self.new_slot()));
        named.slots.insert(name.clone(), Arc::clone(&slot));
        named.names.insert(name.clone());
        self.tail.tell(OperatorEventKind::ChannelCreated, |event| event.channel = Some(name.clone()));
        Ok(slot)
    }

    fn new_slot(&self) -> Slot {
        Slot { channel: Channel::new(self.ids.next().to_string(), self.clock.now()), forgotten: false }
    }
}

#[cfg(test)]
mod tests {
    use tutti_core::clock::ManualClock;
    use tutti_protocol::Timestamp;

    use super::*;

    fn slots(max: usize) -> Slots {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::default()));
        let ids = Arc::new(Snowflake::new(Arc::clone(&clock), 0));
        Slots::new(max, Arc::clone(&clock), ids, Tail::new(clock))
    }

    fn name(text: &str) -> ChannelName {
        ChannelName::new(text).unwrap()
    }

    #[tokio::test]
    async fn names_come_in_order_after_the_prefix_and_the_cursor() {
        let slots = slots(10);
        for text in ["b:2", "a:1", "b:1", "bb:1", "b:3"] {
            drop(slots.open(&name(text)).await.unwrap());
        }
        let listed = |prefix: &str, after: &str, count| {
            slots.names_after(prefix, after, count).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(listed("", "", 10), ["a:1", "b:1", "b:2", "b:3", "bb:1"]);
        assert_eq!(listed("b:", "", 2), ["b:1", "b:2"]);
        assert_eq!(listed("b:", "b:2", 2), ["b:3"]);
        assert_eq!(listed("b:", "a:9", 1), ["b:1"], "a cursor from before the prefix");
        assert!(listed("b:", "c:1", 9).is_empty());
        slots.forget_if_empty(&name("b:2"), &mut slots.open(&name("b:2")).await.unwrap());
        assert_eq!(listed("b:", "b:1", 9), ["b:3"], "one that is forgotten is listed no more");
        assert_eq!(slots.count(), 4);
    }

    #[tokio::test]
    async fn looking_makes_no_channel_and_needs_no_room() {
        let slots = slots(1);
        drop(slots.open(&name("a:1")).await.unwrap());
        let mut looked = slots.look(&name("a:2")).await;
        let mut real = slots.open(&name("a:1")).await.unwrap();
        slots.forget_if_empty(&name("a:1"), &mut looked);
        assert_eq!(slots.count(), 1, "what was only looked at stands for no name");
        slots.forget_if_empty(&name("a:1"), &mut real);
        assert_eq!(slots.count(), 0);
        assert!(slots.find(&name("a:1")).await.is_none());
    }
}
