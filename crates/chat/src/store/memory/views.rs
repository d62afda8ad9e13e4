//! What members see of the in-memory store: messages put together, conversations, members, and pages of them.

use tutti_core::pages::Page;
use tutti_protocol::chat::{Conversation, Member, Message, Reaction, ThreadSummary};
use tutti_protocol::{ConversationId, MessageId, Timestamp, UserId};

use super::state::{Room, State, Stored, count};
use crate::config::{MAX_LISTED_MEMBERS, MAX_REACTION_USERS};
use crate::error::Error;

impl Room {
    /// A message as somebody sees it, or as everybody does.
    pub(super) fn view(&self, stored: &Stored, viewer: Option<&UserId>) -> Message {
        let last_reply = stored.replies.last().and_then(|seq| self.at_seq(*seq));
        let thread = last_reply.map(|last| ThreadSummary {
            reply_count: count(stored.replies.len()),
            last_reply_at: last.message.created_at,
        });
        Message { thread, reactions: stored.view_reactions(viewer), ..stored.message.clone() }
    }

    /// The conversation as a member sees it.
    fn as_seen_by(&self, viewer: &UserId) -> Option<Conversation> {
        let membership = &self.seats.get(viewer)?.membership;
        let unread = self.unread(viewer)?;
        let mut members = self.in_order_of_joining();
        members.truncate(MAX_LISTED_MEMBERS);
        Some(Conversation {
            id: self.info.id,
            kind: self.info.kind,
            title: self.info.title.clone(),
            created_by: self.created_by.clone(),
            created_at: self.created_at,
            updated_at: self.events.last_at,
            last_seq: self.last_seq(),
            offset: self.events.offset,
            last_message: self.messages.last().map(|stored| self.view(stored, Some(viewer))),
            member_count: count(self.seats.len()),
            members,
            role: membership.role,
            last_read_seq: membership.last_read_seq,
            unread: unread.unread,
            unread_mentions: unread.mentions,
            metadata: self.info.metadata.clone(),
        })
    }

    fn in_order_of_joining(&self) -> Vec<Member> {
        let mut members: Vec<Member> = self.seats.iter().map(|(user, seat)| seat.member(user)).collect();
        // Stable: those who joined at the same time stay in the order of their ids.
        members.sort_by_key(|member| member.joined_at);
        members
    }
}

impl Stored {
    fn view_reactions(&self, viewer: Option<&UserId>) -> Vec<Reaction> {
        let mut reactions: Vec<Reaction> = Vec::new();
        for (emoji, user) in &self.reactions {
            let known = reactions.iter().position(|reaction| reaction.emoji == *emoji);
            let at = known.unwrap_or(reactions.len());
            if known.is_none() {
                reactions.push(Reaction { emoji: emoji.clone(), count: 0, user_ids: Vec::new() });
            }
            let reaction = &mut reactions[at];
            reaction.count += 1;
            if viewer == Some(user) {
                reaction.user_ids.insert(0, user.clone());
            } else {
                reaction.user_ids.push(user.clone());
            }
        }
        for reaction in &mut reactions {
            reaction.user_ids.truncate(MAX_REACTION_USERS);
        }
        reactions
    }
}

impl State {
    /// All members; of a deleted conversation those who were in it to the end.
    pub(super) fn member_ids(&self, id: ConversationId) -> Vec<UserId> {
        let Some(room) = self.rooms.get(&id) else { return Vec::new() };
        if !room.deleted {
            return room.seats.keys().cloned().collect();
        }
        let left_at_the_end = self.departures.iter().filter(|(_, rooms)| rooms.get(&id) == Some(&room.events.last));
        left_at_the_end.map(|(user, _)| user.clone()).collect()
    }

    /// A message as it is now, whoever asks.
    pub(super) fn as_it_is(&self, id: MessageId, viewer: Option<&UserId>) -> Option<Message> {
        let place = self.places.get(&id)?;
        let room = self.rooms.get(&place.room)?;
        room.at_seq(place.seq).map(|stored| room.view(stored, viewer))
    }

    /// One conversation.
    pub(super) fn conversation(&self, viewer: &UserId, id: ConversationId) -> Result<Conversation, Error> {
        self.room(viewer, id)?.as_seen_by(viewer).ok_or(Error::NotFound("conversation"))
    }

    /// A page of conversations, the newest message first. The cursor is the last one's place in that order.
    pub(super) fn conversations(
        &self,
        viewer: &UserId,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Conversation>, Error> {
        let start = cursor.map(conversation_cursor).transpose()?;
        let mut rooms: Vec<&Room> =
            self.rooms_of(viewer).filter(|room| start.is_none_or(|start| place(room) < start)).collect();
        rooms.sort_unstable_by_key(|room| std::cmp::Reverse(place(room)));
        rooms.truncate(limit + 1);
        let page = Page::cut(rooms, limit, |room| place(room).to_string());
        let items = page.items.into_iter().filter_map(|room| room.as_seen_by(viewer)).collect();
        Ok(Page { items, next: page.next })
    }

    /// A page of members, the longest-standing first. The cursor is the last one's place in that order.
    pub(super) fn members(
        &self,
        viewer: &UserId,
        id: ConversationId,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Member>, Error> {
        let mut members = self.room(viewer, id)?.in_order_of_joining();
        if let Some((joined_at, user)) = cursor.map(member_cursor).transpose()? {
            members.retain(|member| (member.joined_at, member.user_id.as_str()) > (joined_at, user));
        }
        members.truncate(limit + 1);
        Ok(Page::cut(members, limit, |member| format!("{}:{}", member.joined_at.millis(), member.user_id)))
    }

    /// Those of `users` who share a conversation with the viewer, or are the viewer.
    pub(super) fn acquainted(&self, viewer: &UserId, users: &[UserId]) -> Vec<UserId> {
        let shares = |user: &UserId| self.rooms_of(viewer).any(|room| room.seats.contains_key(user));
        users.iter().filter(|user| *user == viewer || shares(user)).cloned().collect()
    }
}

/// What lists of conversations are ordered by: the newest message's id, or the conversation's as long as it has none.
pub(super) fn place(room: &Room) -> u64 {
    room.messages.last().map_or(room.info.id.0, |stored| stored.message.id.0)
}

fn bad_cursor() -> Error {
    Error::invalid("cursor", "`cursor` is not one that this server gave")
}

fn conversation_cursor(text: &str) -> Result<u64, Error> {
    text.parse().map_err(|_| bad_cursor())
}

fn member_cursor(text: &str) -> Result<(Timestamp, &str), Error> {
    let (millis, user) = text.split_once(':').ok_or_else(bad_cursor)?;
    Ok((Timestamp::from_millis(millis.parse().map_err(|_| bad_cursor())?), user))
}
