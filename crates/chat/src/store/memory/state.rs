//! What the in-memory store holds, how things are found in it, and how a change puts its events into the log.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use tutti_core::Snowflake;
use tutti_protocol::chat::{ConversationInfo, ConversationKind, Member, Message, Role};
use tutti_protocol::{ConnectionId, ConversationId, EventId, MessageId, Timestamp, UserId};

use crate::config::Config;
use crate::decide;
use crate::error::Error;
use crate::event::{Event, Recorded};
use crate::model::{Facts, Membership, MessageFacts};

/// Everything.
#[derive(Default)]
pub(super) struct State {
    /// Conversations, the deleted ones among them until they are pruned: those have no members, so nobody finds them.
    pub(super) rooms: BTreeMap<ConversationId, Room>,
    /// Where each message stands.
    pub(super) places: HashMap<MessageId, Place>,
    /// Messages by sender and client id.
    pub(super) sent: HashMap<(UserId, String), MessageId>,
    /// Groups by creator and client id.
    pub(super) created: HashMap<(UserId, String), ConversationId>,
    /// Direct conversations by their two users, the lesser first.
    pub(super) directs: HashMap<(UserId, UserId), ConversationId>,
    /// Which conversations each user is in.
    pub(super) rooms_of: HashMap<UserId, BTreeSet<ConversationId>>,
    /// The event by which each user left each conversation they are no longer in, until it is pruned.
    pub(super) departures: HashMap<UserId, BTreeMap<ConversationId, EventId>>,
    /// The log of all conversations.
    pub(super) log: BTreeMap<EventId, Logged>,
    /// The newest event there ever was.
    pub(super) latest: EventId,
    /// How far the consumers of the log are.
    pub(super) cursors: HashMap<String, EventId>,
}

/// One conversation.
pub(super) struct Room {
    pub(super) info: ConversationInfo,
    pub(super) created_by: UserId,
    pub(super) created_at: Timestamp,
    pub(super) seats: BTreeMap<UserId, Seat>,
    /// By `seq`, which starts at 1.
    pub(super) messages: Vec<Stored>,
    pub(super) events: Events,
    pub(super) deleted: bool,
}

/// The events of one conversation.
#[derive(Default)]
pub(super) struct Events {
    /// The position of the newest.
    pub(super) offset: u64,
    /// The newest.
    pub(super) last: EventId,
    /// When that was.
    pub(super) last_at: Timestamp,
    /// Those still in the log, ascending.
    pub(super) kept: VecDeque<EventId>,
    /// The newest of those that were pruned.
    pub(super) pruned: EventId,
}

/// A member's place in a conversation.
pub(super) struct Seat {
    pub(super) membership: Membership,
    /// The event by which they joined.
    pub(super) joined: EventId,
}

/// Where a message stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) room: ConversationId,
    pub(super) seq: u64,
}

/// A message, without what is put together when it is read.
pub(super) struct Stored {
    /// Its `reactions` and `thread` are left empty.
    pub(super) message: Message,
    /// Emoji and users, the earliest first.
    pub(super) reactions: Vec<(String, UserId)>,
    /// The messages of the thread under it.
    pub(super) replies: Vec<u64>,
}

/// An event in the log. Messages are looked up when it is read, so that it holds no text of its own.
pub(super) struct Logged {
    pub(super) conversation: ConversationId,
    pub(super) offset: u64,
    pub(super) at: Timestamp,
    pub(super) entry: Entry,
}

/// What the log keeps of an event.
pub(super) enum Entry {
    Posted(MessageId),
    Edited(MessageId),
    Other(Box<Event>),
}

/// A position as an index.
pub(super) fn index(seq: u64) -> usize {
    usize::try_from(seq.saturating_sub(1)).unwrap_or(usize::MAX)
}

/// A number of things, as it travels.
pub(super) fn count(things: usize) -> u64 {
    u64::try_from(things).unwrap_or(u64::MAX)
}

impl Seat {
    /// The seat of one who joins now, with everything so far counting as read.
    pub(super) fn new(role: Role, joined_at: Timestamp, last_read_seq: u64, joined: EventId) -> Self {
        Self { membership: Membership { role, joined_at, last_read_seq, own_after_read: 0 }, joined }
    }

    pub(super) fn member(&self, user: &UserId) -> Member {
        let Membership { role, joined_at, last_read_seq, .. } = self.membership;
        Member { user_id: user.clone(), name: None, role, joined_at, last_read_seq }
    }
}

impl Stored {
    pub(super) fn facts(&self) -> MessageFacts {
        MessageFacts { sender: self.message.sender_id.clone(), deleted: self.message.deleted }
    }
}

impl Room {
    pub(super) fn facts(&self) -> Facts {
        let owner_count = self.seats.values().filter(|seat| seat.membership.role == Role::Owner).count();
        Facts { kind: self.info.kind, member_count: self.seats.len(), owner_count }
    }

    pub(super) fn last_seq(&self) -> u64 {
        count(self.messages.len())
    }

    pub(super) fn at_seq(&self, seq: u64) -> Option<&Stored> {
        self.messages.get(index(seq))
    }

    /// The messages after a position.
    pub(super) fn after_seq(&self, seq: u64) -> &[Stored] {
        self.messages.get(index(seq + 1)..).unwrap_or_default()
    }

    /// The role of a member.
    pub(super) fn role(&self, user: &UserId) -> Result<Role, Error> {
        decide::as_member(self.seats.get(user).map(|seat| seat.membership.clone())).map(|membership| membership.role)
    }
}

impl State {
    /// A conversation, for one of its members.
    pub(super) fn room(&self, user: &UserId, id: ConversationId) -> Result<&Room, Error> {
        let room = self.rooms.get(&id).filter(|room| room.seats.contains_key(user));
        room.ok_or(Error::NotFound("conversation"))
    }

    /// A message and its conversation, for one of its members.
    pub(super) fn message(&self, user: &UserId, id: MessageId) -> Result<(&Room, &Stored), Error> {
        let missing = Error::NotFound("message");
        let place = self.places.get(&id).ok_or_else(|| missing.clone())?;
        let room = self.room(user, place.room).map_err(|_| missing.clone())?;
        room.at_seq(place.seq).map(|stored| (room, stored)).ok_or(missing)
    }

    /// The same, to be changed by what was decided.
    pub(super) fn message_mut(&mut self, id: MessageId) -> Result<&mut Stored, Error> {
        let place = self.places.get(&id).ok_or(Error::NotFound("message"))?;
        let room = self.rooms.get_mut(&place.room).ok_or(Error::NotFound("message"))?;
        room.messages.get_mut(index(place.seq)).ok_or(Error::NotFound("message"))
    }

    /// All conversations of a user.
    pub(super) fn rooms_of(&self, user: &UserId) -> impl Iterator<Item = &Room> {
        self.rooms_of.get(user).into_iter().flatten().filter_map(|id| self.rooms.get(id))
    }

    /// The direct conversation of two users.
    pub(super) fn direct(&self, user: &UserId, other: &UserId) -> Option<ConversationId> {
        self.directs.get(&pair(user, other)).copied()
    }
}

/// Two users in an order that does not depend on who asks.
pub(super) fn pair(user: &UserId, other: &UserId) -> (UserId, UserId) {
    if user <= other { (user.clone(), other.clone()) } else { (other.clone(), user.clone()) }
}

/// One change under way: the state it works on, and what happened so far.
pub(super) struct Change<'a> {
    pub(super) state: &'a mut State,
    pub(super) config: &'a Config,
    pub(super) ids: &'a Snowflake,
    pub(super) at: Timestamp,
    pub(super) events: Vec<Recorded>,
    origin: Option<ConnectionId>,
}

impl<'a> Change<'a> {
    pub(super) fn new(
        state: &'a mut State,
        config: &'a Config,
        ids: &'a Snowflake,
        at: Timestamp,
        origin: Option<ConnectionId>,
    ) -> Self {
        Self { state, config, ids, at, events: Vec::new(), origin }
    }

    /// A conversation to write to.
    pub(super) fn room_mut(&mut self, id: ConversationId) -> Result<&mut Room, Error> {
        self.state.rooms.get_mut(&id).ok_or(Error::NotFound("conversation"))
    }

    /// Puts an event into the log. Returns its id and its position in the conversation.
    pub(super) fn record(&mut self, conversation: ConversationId, event: Event) -> Result<(EventId, u64), Error> {
        let (id, at) = (EventId(self.ids.next()), self.at);
        let events = &mut self.room_mut(conversation)?.events;
        events.offset += 1;
        (events.last, events.last_at) = (id, at);
        events.kept.push_back(id);
        let offset = events.offset;
        self.state.latest = id;
        self.state.log.insert(id, Logged { conversation, offset, at, entry: Entry::of(&event) });
        self.events.push(Recorded { id, conversation, offset, at, origin: self.origin, event });
        Ok((id, offset))
    }

    /// Whether a user may be in one more conversation.
    pub(super) fn has_space(&self, user: &UserId) -> Result<(), Error> {
        let held = self.state.rooms_of.get(user).map_or(0, BTreeSet::len);
        if held >= self.config.max_conversations {
            return Err(Error::Conflict("a user can be in no more conversations"));
        }
        Ok(())
    }

    /// Gives a user a seat.
    pub(super) fn seat(&mut self, id: ConversationId, user: &UserId, seat: Seat) -> Result<(), Error> {
        self.room_mut(id)?.seats.insert(user.clone(), seat);
        self.state.rooms_of.entry(user.clone()).or_default().insert(id);
        if let Some(departures) = self.state.departures.get_mut(user) {
            departures.remove(&id);
        }
        Ok(())
    }

    /// Takes a user's seat, which an event says.
    pub(super) fn unseat(&mut self, id: ConversationId, user: &UserId, by: EventId) -> Result<(), Error> {
        self.room_mut(id)?.seats.remove(user);
        if let Some(rooms) = self.state.rooms_of.get_mut(user) {
            rooms.remove(&id);
        }
        self.state.departures.entry(user.clone()).or_default().insert(id, by);
        Ok(())
    }

    /// Makes a conversation, with its first event. The members must be within bounds.
    pub(super) fn open(
        &mut self,
        info: ConversationInfo,
        creator: &UserId,
        members: Vec<(UserId, Role)>,
    ) -> Result<(), Error> {
        let (id, at) = (info.id, self.at);
        let room = Room {
            info: info.clone(),
            created_by: creator.clone(),
            created_at: at,
            seats: BTreeMap::new(),
            messages: Vec::new(),
            events: Events::default(),
            deleted: false,
        };
        self.state.rooms.insert(id, room);
        let users = members.iter().map(|(user, _)| user.clone()).collect();
        let (joined, _) = self.record(id, Event::Created { info, members: users })?;
        for (user, role) in members {
            self.seat(id, &user, Seat::new(role, at, 0, joined))?;
        }
        Ok(())
    }

    /// Makes a direct conversation.
    pub(super) fn make_direct(&mut self, user: &UserId, other: &UserId) -> Result<ConversationId, Error> {
        self.has_space(user)?;
        self.has_space(other)?;
        let id = ConversationId(self.ids.next());
        let info =
            ConversationInfo { id, kind: ConversationKind::Direct, title: None, metadata: serde_json::Map::new() };
        self.state.directs.insert(pair(user, other), id);
        self.open(info, user, vec![(user.clone(), Role::Member), (other.clone(), Role::Member)])?;
        Ok(id)
    }
}

impl Entry {
    fn of(event: &Event) -> Self {
        match event {
            Event::Posted(message) => Self::Posted(message.id),
            Event::Edited(message) => Self::Edited(message.id),
            other => Self::Other(Box::new(other.clone())),
        }
    }
}
