//! Posting a message in memory.

use tutti_protocol::chat::Message;
use tutti_protocol::{ConversationId, MessageId, UserId};

use super::state::{Change, Place, Room, Stored, count};
use crate::error::Error;
use crate::event::Event;
use crate::model::{Draft, Posted, Target};

impl Change<'_> {
    /// Stores a message, unless it was stored before.
    pub(super) fn post(&mut self, by: &UserId, target: Target, draft: Draft) -> Result<Posted, Error> {
        if let Some(message) = self.sent_before(by, draft.client_id.as_ref())? {
            return Ok(Posted { message, duplicate: true, offset: None });
        }
        let id = match target {
            Target::Conversation(id) => {
                check_references(&draft, Some(self.state.room(by, id)?))?;
                check_mentions(&draft, |user| self.state.room(user, id).is_ok())?;
                id
            }
            Target::Direct(other) => self.direct_for(by, &other, &draft)?,
        };
        let message = self.store(by, id, draft)?;
        let (_, offset) = self.record(id, Event::Posted(message.clone()))?;
        Ok(Posted { message, duplicate: false, offset: Some(offset) })
    }

    fn sent_before(&self, by: &UserId, client_id: Option<&String>) -> Result<Option<Message>, Error> {
        let Some(client_id) = client_id else { return Ok(None) };
        let Some(id) = self.state.sent.get(&(by.clone(), client_id.clone())) else { return Ok(None) };
        Ok(self.state.as_it_is(*id, Some(by)))
    }

    /// The direct conversation, made only once the draft is known to be good.
    fn direct_for(&mut self, by: &UserId, other: &UserId, draft: &Draft) -> Result<ConversationId, Error> {
        let existing = self.state.direct(by, other);
        check_references(draft, existing.and_then(|id| self.state.rooms.get(&id)))?;
        check_mentions(draft, |user| user == by || user == other)?;
        existing.map_or_else(|| self.make_direct(by, other), Ok)
    }

    fn store(&mut self, by: &UserId, id: ConversationId, draft: Draft) -> Result<Message, Error> {
        let (message_id, at) = (MessageId(self.ids.next()), self.at);
        if let Some(client_id) = &draft.client_id {
            self.state.sent.insert((by.clone(), client_id.clone()), message_id);
        }
        let room = self.room_mut(id)?;
        let seq = room.last_seq() + 1;
        let message = Message {
            id: message_id,
            conversation_id: id,
            seq,
            sender_id: by.clone(),
            message: draft.message,
            client_id: draft.client_id,
            created_at: at,
            edited_at: None,
            deleted: false,
            reply_to: draft.reply_to,
            thread_id: draft.thread_id,
            thread: None,
            mentions: draft.mentions,
            reactions: Vec::new(),
            attachments: draft.attachments,
            metadata: draft.metadata,
        };
        room.add(by, message.clone());
        self.state.places.insert(message_id, Place { room: id, seq });
        if let Some(root) = message.thread_id {
            self.state.message_mut(root)?.replies.push(seq);
        }
        Ok(message)
    }
}

impl Room {
    fn add(&mut self, by: &UserId, message: Message) {
        self.messages.push(Stored { message, reactions: Vec::new(), replies: Vec::new() });
        if let Some(seat) = self.seats.get_mut(by) {
            seat.membership.own_after_read += 1;
        }
    }

    /// A message of this conversation.
    pub(super) fn find(&self, id: MessageId) -> Option<&Stored> {
        // Ids ascend with `seq`.
        let found = self.messages.binary_search_by_key(&id, |stored| stored.message.id).ok()?;
        self.at_seq(count(found) + 1)
    }
}

/// Whether what a draft refers to is there. A conversation that is not made yet has nothing to refer to.
fn check_references(draft: &Draft, room: Option<&Room>) -> Result<(), Error> {
    let find = |id: MessageId| room.and_then(|room| room.find(id));
    if draft.reply_to.is_some_and(|id| find(id).is_none()) {
        return Err(Error::invalid("reply_to", "`reply_to` is no message of this conversation"));
    }
    let is_root = |id: MessageId| find(id).is_some_and(|root| root.message.thread_id.is_none());
    if draft.thread_id.is_some_and(|id| !is_root(id)) {
        return Err(Error::invalid(
            "thread_id",
            "`thread_id` is no message of this conversation, or itself in a thread",
        ));
    }
    Ok(())
}

fn check_mentions(draft: &Draft, is_member: impl Fn(&UserId) -> bool) -> Result<(), Error> {
    if draft.mentions.iter().all(is_member) {
        return Ok(());
    }
    Err(Error::invalid("mentions", "only members can be mentioned"))
}
