//! The log of the in-memory store: what somebody missed, what consumers read, and what is forgotten.

use std::cmp::Reverse;
use std::ops::Bound;

use tutti_protocol::{ConversationId, EventId, UserId};

use super::state::{Entry, Logged, Room, State};
use crate::config::Config;
use crate::event::{Event, Recorded};
use crate::model::Replay;

/// What somebody missed of one conversation.
struct Missed {
    conversation: ConversationId,
    events: Vec<EventId>,
}

impl State {
    /// What a user missed since an event.
    pub(super) fn replay(&self, user: &UserId, since: EventId, config: &Config) -> Replay {
        if since > self.latest {
            return Replay { latest: self.latest, ..Replay::default() };
        }
        let (mut missed, mut reset) = (Vec::new(), Vec::new());
        for room in self.rooms_of(user) {
            match room.missed(user, since, config.max_replay_per_conversation) {
                Some(events) => missed.push(Missed { conversation: room.info.id, events }),
                None => reset.push(room.info.id),
            }
        }
        let mut departures = self.departures_since(user, since);
        let budget = config.max_replay.saturating_sub(departures.len());
        reset.extend(give_up_largest(&mut missed, budget));
        departures.extend(missed.into_iter().flat_map(|missed| missed.events));
        departures.sort_unstable();
        let events = departures.into_iter().filter_map(|id| self.recorded(id, self.log.get(&id)?)).collect();
        Replay { resumed: true, events, reset, latest: self.latest }
    }

    fn departures_since(&self, user: &UserId, since: EventId) -> Vec<EventId> {
        let departures = self.departures.get(user).into_iter().flat_map(|rooms| rooms.values());
        departures.copied().filter(|event| *event > since).collect()
    }

    /// Events of all conversations.
    pub(super) fn after(&self, event: EventId, limit: usize) -> Vec<Recorded> {
        let later = self.log.range((Bound::Excluded(event), Bound::Unbounded));
        later.filter_map(|(id, logged)| self.recorded(*id, logged)).take(limit).collect()
    }

    /// An event with its message as it is now; none when that was pruned with its conversation.
    fn recorded(&self, id: EventId, logged: &Logged) -> Option<Recorded> {
        let event = match &logged.entry {
            Entry::Posted(message) => Event::Posted(self.as_it_is(*message, None)?),
            Entry::Edited(message) => Event::Edited(self.as_it_is(*message, None)?),
            Entry::Other(event) => Event::clone(event),
        };
        let Logged { conversation, offset, at, .. } = *logged;
        Some(Recorded { id, conversation, offset, at, origin: None, event })
    }

    /// Forgets events before one, and what deleted conversations held.
    pub(super) fn prune(&mut self, before: EventId) {
        self.log = self.log.split_off(&before);
        for room in self.rooms.values_mut() {
            room.forget_events(before);
        }
        for departures in self.departures.values_mut() {
            departures.retain(|_, event| *event >= before);
        }
        self.departures.retain(|_, departures| !departures.is_empty());
        self.rooms.retain(|_, room| !room.deleted);
        let rooms = &self.rooms;
        self.places.retain(|_, place| rooms.contains_key(&place.room));
        let places = &self.places;
        self.sent.retain(|_, message| places.contains_key(message));
        self.created.retain(|_, id| rooms.contains_key(id));
    }
}

impl Room {
    /// The events that a member missed here; none when it is too many, or some are no longer known.
    fn missed(&self, user: &UserId, since: EventId, most: usize) -> Option<Vec<EventId>> {
        let joined = self.seats.get(user)?.joined;
        // The joining event itself is among what was missed.
        let since = since.max(EventId(joined.0.saturating_sub(1)));
        if self.events.pruned > since {
            return None;
        }
        let start = self.events.kept.partition_point(|event| *event <= since);
        let count = self.events.kept.len() - start;
        (count <= most).then(|| self.events.kept.range(start..).copied().collect())
    }

    fn forget_events(&mut self, before: EventId) {
        let gone = self.events.kept.partition_point(|event| *event < before);
        if let Some(last) = self.events.kept.drain(..gone).next_back() {
            self.events.pruned = last;
        }
    }
}

/// Drops the conversations with the most events until the rest is few enough; returns which.
fn give_up_largest(missed: &mut Vec<Missed>, most: usize) -> Vec<ConversationId> {
    missed.sort_unstable_by_key(|missed| Reverse(missed.events.len()));
    let mut total: usize = missed.iter().map(|missed| missed.events.len()).sum();
    let mut dropped = 0;
    while total > most && dropped < missed.len() {
        total -= missed[dropped].events.len();
        dropped += 1;
    }
    missed.drain(..dropped).map(|missed| missed.conversation).collect()
}
