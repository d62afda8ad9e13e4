//! Editing and deleting messages and reacting to them, in memory.

use tutti_protocol::chat::{Message, MessageDeleted, ReactionChanged};
use tutti_protocol::{MessageId, UserId};

use super::state::{Change, Stored, count};
use crate::decide;
use crate::error::Error;
use crate::event::Event;
use crate::model::Changed;

impl Change<'_> {
    /// Replaces the text of an own message.
    pub(super) fn edit(&mut self, by: &UserId, id: MessageId, text: String) -> Result<Changed<Message>, Error> {
        let (room, stored) = self.state.message(by, id)?;
        decide::edit(stored.message.sender_id == *by, &stored.facts())?;
        let (room, at) = (room.info.id, self.at);
        let stored = self.state.message_mut(id)?;
        stored.message.message = text;
        stored.message.edited_at = Some(at);
        let for_all = self.state.as_it_is(id, None).ok_or(Error::NotFound("message"))?;
        let value = self.state.as_it_is(id, Some(by)).ok_or(Error::NotFound("message"))?;
        let (_, offset) = self.record(room, Event::Edited(for_all))?;
        Ok(Changed { value, offset: Some(offset) })
    }

    /// Empties a message.
    pub(super) fn delete_message(&mut self, by: &UserId, id: MessageId) -> Result<Changed<MessageDeleted>, Error> {
        let (room, stored) = self.state.message(by, id)?;
        decide::delete(stored.message.sender_id == *by, room.role(by)?, &room.facts())?;
        let (room, deleted) = (room.info.id, stored.message.deleted);
        let value = MessageDeleted { message_id: id, conversation_id: room };
        if deleted {
            return Ok(Changed { value, offset: None });
        }
        self.state.message_mut(id)?.blank();
        let (_, offset) = self.record(room, Event::MessageDeleted(id))?;
        Ok(Changed { value, offset: Some(offset) })
    }

    /// Adds or takes back a reaction.
    pub(super) fn react(
        &mut self,
        by: &UserId,
        id: MessageId,
        emoji: String,
        on: bool,
    ) -> Result<Changed<ReactionChanged>, Error> {
        let (room, stored) = self.state.message(by, id)?;
        let room = room.info.id;
        let changes = stored.has_reaction(by, &emoji) != on;
        if on && changes {
            decide::react(&stored.facts(), stored.other_emoji(&emoji), self.config)?;
        }
        let stored = self.state.message_mut(id)?;
        if changes {
            stored.set_reaction(by, &emoji, on);
        }
        let count = stored.count_of(&emoji);
        let value = ReactionChanged { conversation_id: room, message_id: id, user_id: by.clone(), emoji, count };
        if !changes {
            return Ok(Changed { value, offset: None });
        }
        let event = if on { Event::ReactionAdded } else { Event::ReactionRemoved };
        let (_, offset) = self.record(room, event(value.clone()))?;
        Ok(Changed { value, offset: Some(offset) })
    }
}

impl Stored {
    fn blank(&mut self) {
        let message = &mut self.message;
        message.deleted = true;
        message.message.clear();
        message.attachments.clear();
        message.metadata.clear();
        message.mentions.clear();
        self.reactions.clear();
    }

    fn has_reaction(&self, user: &UserId, emoji: &str) -> bool {
        self.reactions.iter().any(|(with, who)| with == emoji && who == user)
    }

    fn set_reaction(&mut self, user: &UserId, emoji: &str, on: bool) {
        if on {
            self.reactions.push((emoji.to_owned(), user.clone()));
        } else {
            self.reactions.retain(|(with, who)| with != emoji || who != user);
        }
    }

    fn count_of(&self, emoji: &str) -> u64 {
        count(self.reactions.iter().filter(|(with, _)| with == emoji).count())
    }

    /// How many emoji there are besides this one.
    fn other_emoji(&self, emoji: &str) -> usize {
        let others = self.reactions.iter().map(|(with, _)| with.as_str()).filter(|with| *with != emoji);
        others.collect::<std::collections::BTreeSet<_>>().len()
    }
}
