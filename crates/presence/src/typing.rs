//! Who is typing where. Pure: time is passed in, and every step returns what others see change.
//!
//! Saying it again while typing only puts the end off; nothing is pushed for it. Typing ends when its user says so, when
//! their last connection is gone, or by itself. A conversation remembers a bounded number of typists and leaves further
//! ones out: nobody reads fifty names.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use tutti_protocol::chat::Typing as Push;
use tutti_protocol::{ConversationId, Timestamp, UserId};

use crate::config::Config;

/// Everybody who is typing.
#[derive(Debug)]
pub struct Typing {
    lasts: Duration,
    max_typists: usize,
    /// When each typist's typing ends, by user and conversation.
    ends: HashMap<UserId, BTreeMap<ConversationId, Timestamp>>,
    /// The same by time.
    deadlines: BTreeSet<(Timestamp, UserId, ConversationId)>,
    /// How many typists a conversation has.
    typists: HashMap<ConversationId, usize>,
}

impl Typing {
    /// Nobody is typing yet.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            lasts: config.typing,
            max_typists: config.max_typists,
            ends: HashMap::new(),
            deadlines: BTreeSet::new(),
            typists: HashMap::new(),
        }
    }

    /// A user says whether they are typing.
    pub fn set(
        &mut self,
        conversation: ConversationId,
        user: &UserId,
        is_typing: bool,
        now: Timestamp,
    ) -> Option<Push> {
        if is_typing { self.start(conversation, user, now) } else { self.stop(conversation, user) }
    }

    /// Ends everything that one user types.
    pub fn stop_all(&mut self, user: &UserId) -> Vec<Push> {
        let conversations: Vec<ConversationId> =
            self.ends.get(user).map(|of_user| of_user.keys().copied().collect()).unwrap_or_default();
        conversations.into_iter().filter_map(|conversation| self.stop(conversation, user)).collect()
    }

    /// Ends all typing whose time is over.
    pub fn expire(&mut self, now: Timestamp) -> Vec<Push> {
        let mut changes = Vec::new();
        while let Some((_, user, conversation)) = self.deadlines.first().filter(|(ends, ..)| *ends <= now).cloned() {
            changes.extend(self.stop(conversation, &user));
        }
        changes
    }

    /// When [`Typing::expire`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(ends, ..)| *ends)
    }

    /// Whether nothing is kept at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty() && self.deadlines.is_empty() && self.typists.is_empty()
    }

    fn start(&mut self, conversation: ConversationId, user: &UserId, now: Timestamp) -> Option<Push> {
        let known = self.ends.get(user).and_then(|of_user| of_user.get(&conversation)).copied();
        match known {
            Some(ends) => {
                self.deadlines.remove(&(ends, user.clone(), conversation));
            }
            None => {
                let typists = self.typists.get(&conversation).copied().unwrap_or(0);
                if typists >= self.max_typists {
                    return None;
                }
                self.typists.insert(conversation, typists + 1);
            }
        }
        let ends = now + self.lasts;
        self.ends.entry(user.clone()).or_default().insert(conversation, ends);
        self.deadlines.insert((ends, user.clone(), conversation));
        known.is_none().then(|| push(conversation, user, true))
    }

    fn stop(&mut self, conversation: ConversationId, user: &UserId) -> Option<Push> {
        let of_user = self.ends.get_mut(user)?;
        let ends = of_user.remove(&conversation)?;
        if of_user.is_empty() {
            self.ends.remove(user);
        }
        self.deadlines.remove(&(ends, user.clone(), conversation));
        if let Some(typists) = self.typists.get_mut(&conversation) {
            *typists = typists.saturating_sub(1);
            if *typists == 0 {
                self.typists.remove(&conversation);
            }
        }
        Some(push(conversation, user, false))
    }
}

fn push(conversation_id: ConversationId, user: &UserId, is_typing: bool) -> Push {
    Push { conversation_id, user_id: user.clone(), is_typing }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: ConversationId = ConversationId(1);
    const THERE: ConversationId = ConversationId(2);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn user(n: usize) -> UserId {
        UserId::new(format!("user-{n}")).unwrap()
    }

    #[test]
    fn saying_it_again_puts_the_end_off_without_a_push() {
        let mut typing = Typing::new(&Config::default());
        assert_eq!(typing.set(HERE, &user(0), true, at(0)), Some(push(HERE, &user(0), true)));
        assert_eq!(typing.set(HERE, &user(0), true, at(4_000)), None);
        assert_eq!(typing.expire(at(9_999)), []);
        assert_eq!(typing.next_deadline(), Some(at(10_000)));
        assert_eq!(typing.expire(at(10_000)), [push(HERE, &user(0), false)]);
        assert!(typing.is_empty());
    }

    #[test]
    fn stopping_is_told_once_and_only_of_those_who_type() {
        let mut typing = Typing::new(&Config::default());
        assert_eq!(typing.set(HERE, &user(0), false, at(0)), None);
        typing.set(HERE, &user(0), true, at(0));
        assert_eq!(typing.set(THERE, &user(0), false, at(1)), None);
        assert_eq!(typing.set(HERE, &user(0), false, at(1)), Some(push(HERE, &user(0), false)));
        assert_eq!(typing.set(HERE, &user(0), false, at(2)), None);
        assert_eq!(typing.expire(at(60_000)), []);
        assert!(typing.is_empty());
    }

    #[test]
    fn whoever_leaves_ceases_everywhere_and_nobody_else_does() {
        let mut typing = Typing::new(&Config::default());
        typing.set(THERE, &user(0), true, at(0));
        typing.set(HERE, &user(0), true, at(1));
        typing.set(HERE, &user(1), true, at(2));
        assert_eq!(typing.stop_all(&user(0)), [push(HERE, &user(0), false), push(THERE, &user(0), false)]);
        assert_eq!(typing.stop_all(&user(0)), []);
        assert_eq!(typing.expire(at(60_000)), [push(HERE, &user(1), false)]);
        assert!(typing.is_empty());
    }

    #[test]
    fn a_conversation_remembers_so_many_typists_and_no_more() {
        let mut typing = Typing::new(&Config::default());
        for n in 0..50 {
            assert!(typing.set(HERE, &user(n), true, at(0)).is_some(), "typist {n}");
        }
        assert_eq!(typing.set(HERE, &user(50), true, at(0)), None);
        assert_eq!(typing.set(HERE, &user(50), false, at(0)), None);
        assert!(typing.set(THERE, &user(50), true, at(0)).is_some(), "another conversation has room");
        assert_eq!(typing.set(HERE, &user(7), true, at(1)), None, "somebody known goes on");
        assert!(typing.set(HERE, &user(7), false, at(2)).is_some());
        assert!(typing.set(HERE, &user(50), true, at(3)).is_some(), "there is room again");
        assert_eq!(typing.expire(at(60_000)).len(), 51);
        assert!(typing.is_empty());
    }
}
