//! Read positions and what is unread, in memory.

use std::collections::BTreeMap;

use tutti_protocol::chat::ReadPosition;
use tutti_protocol::http::{ConversationUnread, Unread};
use tutti_protocol::{ConversationId, MessageId, UserId};

use super::state::{Change, Room, State, count};
use super::views::place;
use crate::decide;
use crate::error::Error;
use crate::event::Event;
use crate::model::{Membership, ReadMark};

impl Change<'_> {
    /// Moves read positions forward and says where they stand.
    pub(super) fn mark_read(&mut self, by: &UserId, mark: ReadMark) -> Result<Vec<ReadPosition>, Error> {
        let wanted = self.state.wanted(by, mark)?;
        wanted.into_iter().map(|(id, seq)| self.read_upto(by, id, seq)).collect()
    }

    fn read_upto(&mut self, by: &UserId, id: ConversationId, wanted: u64) -> Result<ReadPosition, Error> {
        let moved = self.room_mut(id)?.advance(by, wanted);
        let position = self.state.room(by, id)?.position(by);
        if moved {
            self.record(id, Event::Read(position.clone()))?;
        }
        Ok(position)
    }
}

impl State {
    /// The position that a mark names in each conversation that the user is in.
    fn wanted(&self, by: &UserId, mark: ReadMark) -> Result<BTreeMap<ConversationId, u64>, Error> {
        match mark {
            ReadMark::Messages(ids) => Ok(self.newest_of(by, &ids)),
            ReadMark::Upto(id, message) => {
                let stored = self.room(by, id)?.find(message).ok_or(Error::NotFound("message"))?;
                Ok(BTreeMap::from([(id, stored.message.seq)]))
            }
            ReadMark::All(id) => Ok(BTreeMap::from([(id, self.room(by, id)?.last_seq())])),
        }
    }

    fn newest_of(&self, by: &UserId, ids: &[MessageId]) -> BTreeMap<ConversationId, u64> {
        let mut newest = BTreeMap::new();
        for (room, stored) in ids.iter().filter_map(|id| self.message(by, *id).ok()) {
            let seq = newest.entry(room.info.id).or_insert(0);
            *seq = stored.message.seq.max(*seq);
        }
        newest
    }

    /// What a user has not read.
    pub(super) fn unread(&self, user: &UserId) -> Unread {
        let mut rooms: Vec<&Room> = self.rooms_of(user).collect();
        rooms.sort_unstable_by_key(|room| std::cmp::Reverse(place(room)));
        let conversations: Vec<ConversationUnread> =
            rooms.into_iter().filter_map(|room| room.unread(user)).filter(|room| room.unread > 0).collect();
        Unread {
            total: conversations.iter().map(|room| room.unread).sum(),
            mentions: conversations.iter().map(|room| room.mentions).sum(),
            conversations,
        }
    }
}

impl Room {
    /// Moves a member's position. Returns whether it moved.
    fn advance(&mut self, user: &UserId, wanted: u64) -> bool {
        let last_seq = self.last_seq();
        let Some(seat) = self.seats.get(user) else { return false };
        let Some(reached) = decide::advance_read(seat.membership.last_read_seq, wanted, last_seq) else {
            return false;
        };
        let own = self.after_seq(reached).iter().filter(|stored| stored.message.sender_id == *user).count();
        if let Some(seat) = self.seats.get_mut(user) {
            seat.membership.last_read_seq = reached;
            seat.membership.own_after_read = count(own);
        }
        true
    }

    fn position(&self, user: &UserId) -> ReadPosition {
        let last_read_seq = self.seats.get(user).map_or(0, |seat| seat.membership.last_read_seq);
        let last_read_id =
            if last_read_seq == 0 { None } else { self.at_seq(last_read_seq).map(|stored| stored.message.id) };
        ReadPosition {
            conversation_id: self.info.id,
            user_id: user.clone(),
            last_read_id: last_read_id.unwrap_or_default(),
            last_read_seq,
        }
    }

    /// What a member has not read here.
    pub(super) fn unread(&self, user: &UserId) -> Option<ConversationUnread> {
        let membership = &self.seats.get(user)?.membership;
        let (deleted, mentions) = self.after_read(user, membership);
        Some(ConversationUnread {
            conversation_id: self.info.id,
            unread: decide::unread(self.last_seq(), membership, deleted),
            mentions,
            last_read_seq: membership.last_read_seq,
        })
    }

    /// How many messages of others after the position are deleted, and how many mention the member.
    fn after_read(&self, user: &UserId, membership: &Membership) -> (u64, u64) {
        let after = self.after_seq(membership.last_read_seq).iter().map(|stored| &stored.message);
        after.filter(|message| message.sender_id != *user).fold((0, 0), |(deleted, mentions), message| {
            (deleted + u64::from(message.deleted), mentions + u64::from(message.mentions.contains(user)))
        })
    }
}
