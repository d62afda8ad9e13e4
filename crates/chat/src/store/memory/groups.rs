//! Conversations and their members, in memory.

use std::collections::BTreeSet;

use tutti_protocol::chat::{ConversationInfo, ConversationKind, Member, Role};
use tutti_protocol::{ConversationId, EventId, UserId};

use super::state::{Change, Seat};
use crate::decide::{self, PutMember};
use crate::error::Error;
use crate::event::Event;
use crate::model::{NewGroup, Patch};

impl Change<'_> {
    /// Creates a group, unless it was created before.
    pub(super) fn create_group(&mut self, by: &UserId, group: NewGroup) -> Result<ConversationId, Error> {
        let key = group.client_id.map(|client_id| (by.clone(), client_id));
        if let Some(id) = key.as_ref().and_then(|key| self.state.created.get(key)) {
            return Ok(*id);
        }
        let others: BTreeSet<UserId> = group.members.into_iter().filter(|user| user != by).collect();
        self.has_space(by)?;
        others.iter().try_for_each(|user| self.has_space(user))?;
        let id = ConversationId(self.ids.next());
        let info = ConversationInfo { id, kind: ConversationKind::Group, title: group.title, metadata: group.metadata };
        let mut members = vec![(by.clone(), Role::Owner)];
        members.extend(others.into_iter().map(|user| (user, Role::Member)));
        self.open(info, by, members)?;
        if let Some(key) = key {
            self.state.created.insert(key, id);
        }
        Ok(id)
    }

    /// The direct conversation of two users, made if there is none.
    pub(super) fn open_direct(&mut self, by: &UserId, other: &UserId) -> Result<ConversationId, Error> {
        self.state.direct(by, other).map_or_else(|| self.make_direct(by, other), Ok)
    }

    /// Changes title or metadata.
    pub(super) fn update(&mut self, by: &UserId, id: ConversationId, patch: Patch) -> Result<(), Error> {
        let room = self.state.room(by, id)?;
        decide::manage(&room.facts(), room.role(by)?)?;
        let info = &mut self.room_mut(id)?.info;
        if let Some(title) = patch.title {
            info.title = Some(title);
        }
        if let Some(metadata) = patch.metadata {
            info.metadata = metadata;
        }
        let info = info.clone();
        self.record(id, Event::Updated(info)).map(drop)
    }

    /// Deletes a group for everybody.
    pub(super) fn delete_conversation(&mut self, by: &UserId, id: ConversationId) -> Result<(), Error> {
        let room = self.state.room(by, id)?;
        decide::delete_conversation(&room.facts(), room.role(by)?)?;
        let (event, _) = self.record(id, Event::Deleted)?;
        self.vacate(id, event)
    }

    fn vacate(&mut self, id: ConversationId, by: EventId) -> Result<(), Error> {
        let room = self.room_mut(id)?;
        room.deleted = true;
        let users: Vec<UserId> = room.seats.keys().cloned().collect();
        users.iter().try_for_each(|user| self.unseat(id, user, by))
    }

    /// Adds a member, or gives one another role.
    pub(super) fn put_member(
        &mut self,
        by: &UserId,
        id: ConversationId,
        user: &UserId,
        role: Option<Role>,
    ) -> Result<Member, Error> {
        let room = self.state.room(by, id)?;
        let present = room.seats.get(user).map(|seat| seat.membership.role);
        match decide::put_member(&room.facts(), room.role(by)?, present, role, self.config)? {
            PutMember::Add(role) => self.add_member(id, user, role),
            PutMember::Change(role) => self.change_role(id, user, role),
            PutMember::Nothing => self.member(id, user),
        }
    }

    fn add_member(&mut self, id: ConversationId, user: &UserId, role: Role) -> Result<Member, Error> {
        self.has_space(user)?;
        let (last_seq, at) = (self.room_mut(id)?.last_seq(), self.at);
        let member = Seat::new(role, at, last_seq, EventId::default()).member(user);
        let (joined, _) = self.record(id, Event::MemberAdded(member.clone()))?;
        self.seat(id, user, Seat::new(role, at, last_seq, joined))?;
        Ok(member)
    }

    fn change_role(&mut self, id: ConversationId, user: &UserId, role: Role) -> Result<Member, Error> {
        if let Some(seat) = self.room_mut(id)?.seats.get_mut(user) {
            seat.membership.role = role;
        }
        let member = self.member(id, user)?;
        self.record(id, Event::MemberUpdated(member.clone()))?;
        Ok(member)
    }

    fn member(&self, id: ConversationId, user: &UserId) -> Result<Member, Error> {
        let seat = self.state.room(user, id)?.seats.get(user);
        seat.map(|seat| seat.member(user)).ok_or(Error::NotFound("member"))
    }

    /// Removes a member, or lets the caller leave; the last one takes the group along.
    pub(super) fn remove_member(&mut self, by: &UserId, id: ConversationId, user: &UserId) -> Result<(), Error> {
        let room = self.state.room(by, id)?;
        let seat = room.seats.get(user).ok_or(Error::NotFound("member"))?;
        let facts = room.facts();
        decide::remove_member(&facts, room.role(by)?, by == user, seat.membership.role)?;
        let (left, _) = self.record(id, Event::MemberRemoved(user.clone()))?;
        self.unseat(id, user, left)?;
        if facts.member_count == 1 {
            self.record(id, Event::Deleted)?;
            self.room_mut(id)?.deleted = true;
        }
        Ok(())
    }
}
