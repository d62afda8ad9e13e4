//! Short words for the cases: users, posting, and reading what the feed and the log have. Asserts nothing of its own
//! beyond that these succeed.

use std::time::Duration;

use tutti_core::caller::Actor;
use tutti_core::clock::Clock;
use tutti_protocol::chat::{Conversation, Message};
use tutti_protocol::{ConversationId, EventId, MessageId, Timestamp, UserId};

use super::Harness;
use crate::error::Error;
use crate::event::Recorded;
use crate::model::{Anchor, Draft, HistoryQuery, NewGroup, Posted, Replay, Target};

/// A user by name.
pub(super) fn user(name: &str) -> UserId {
    UserId::new(name).expect("names in cases are good user ids")
}

/// Many users, in the order of their ids.
pub(super) fn users(prefix: &str, count: usize) -> Vec<UserId> {
    (0..count).map(|n| user(&format!("{prefix}{n:04}"))).collect()
}

/// A user who acts over no connection.
pub(super) fn by(name: &str) -> Actor {
    Actor::of(user(name))
}

/// A message with only a text.
pub(super) fn text(message: &str) -> Draft {
    Draft { message: message.into(), ..Draft::default() }
}

/// Whether this is a refusal at a field.
pub(super) fn invalid_at<T>(result: &Result<T, Error>, wanted: &str) -> bool {
    matches!(result, Err(Error::Invalid { field, .. }) if *field == wanted)
}

/// Asserts that a conversation does not exist for the caller.
pub(super) fn assert_no_conversation<T: std::fmt::Debug>(result: Result<T, Error>, what: &str) {
    assert_eq!(result.err(), Some(Error::NotFound("conversation")), "{what}");
}

/// Asserts that a message does not exist for the caller.
pub(super) fn assert_no_message<T: std::fmt::Debug>(result: Result<T, Error>, what: &str) {
    assert_eq!(result.err(), Some(Error::NotFound("message")), "{what}");
}

/// Asserts that the caller may not do it.
pub(super) fn assert_forbidden<T: std::fmt::Debug>(result: &Result<T, Error>, what: &str) {
    assert!(matches!(result, Err(Error::Forbidden(_))), "{what}: {result:?}");
}

/// Asserts that the state does not allow it.
pub(super) fn assert_conflict<T: std::fmt::Debug>(result: &Result<T, Error>, what: &str) {
    assert!(matches!(result, Err(Error::Conflict(_))), "{what}: {result:?}");
}

impl Harness {
    /// The time now; every call is one millisecond later than the one before.
    pub(super) fn at(&self) -> Timestamp {
        self.clock.advance(Duration::from_millis(1));
        self.clock.now()
    }

    /// A group of these users; the first one is its owner.
    pub(super) async fn group(&self, names: &[&str]) -> ConversationId {
        let members = names[1..].iter().map(|name| user(name)).collect();
        let group = NewGroup { title: Some("Group".into()), members, metadata: Default::default(), client_id: None };
        self.store.create_group(by(names[0]), group, self.at()).await.expect("a group can be created")
    }

    /// Posts a draft into a conversation.
    pub(super) async fn post(&self, name: &str, to: ConversationId, draft: Draft) -> Result<Posted, Error> {
        self.store.post(by(name), Target::Conversation(to), draft, self.at()).await
    }

    /// Posts a text into a conversation.
    pub(super) async fn say(&self, name: &str, to: ConversationId, message: &str) -> Message {
        self.post(name, to, text(message)).await.expect("a member can post").message
    }

    /// Posts a text to another user.
    pub(super) async fn tell(&self, name: &str, other: &str, message: &str) -> Message {
        let target = Target::Direct(user(other));
        self.store.post(by(name), target, text(message), self.at()).await.expect("anybody can be told").message
    }

    /// Posts many numbered texts.
    pub(super) async fn say_many(&self, name: &str, to: ConversationId, count: usize) -> Vec<Message> {
        let mut said = Vec::with_capacity(count);
        for number in 1..=count {
            said.push(self.say(name, to, &format!("message {number}")).await);
        }
        said
    }

    /// Answers in a thread.
    pub(super) async fn answer(&self, name: &str, root: &Message, message: &str) -> Message {
        let draft = Draft { thread_id: Some(root.id), ..text(message) };
        self.post(name, root.conversation_id, draft).await.expect("a member can answer").message
    }

    /// A conversation as somebody sees it.
    pub(super) async fn seen_by(&self, name: &str, id: ConversationId) -> Conversation {
        self.store.conversation(&user(name), id).await.expect("a member sees the conversation")
    }

    /// One message as somebody sees it.
    pub(super) async fn message(&self, name: &str, message: &Message) -> Message {
        let anchor = Anchor::Around(message.id);
        let query = HistoryQuery { conversation: message.conversation_id, thread: None, anchor, limit: 1 };
        let page = self.store.history(&user(name), query).await.expect("a member sees the message");
        page.messages.into_iter().next().expect("the anchor is on its page")
    }

    /// What is in the feed by now, in the order it came.
    pub(super) fn fed(&mut self) -> Vec<Recorded> {
        let mut events = Vec::new();
        while let Ok(batch) = self.feed.try_recv() {
            events.extend(batch);
        }
        events
    }

    /// The whole log.
    pub(super) async fn logged(&self) -> Vec<Recorded> {
        self.log.after(EventId(0), 100_000).await.expect("the log can be read")
    }

    /// The conversations somebody is in.
    pub(super) async fn conversations_of(&self, name: &str) -> Vec<ConversationId> {
        self.store.standing(&user(name)).await.expect("it can be read").conversations
    }

    /// The newest event.
    pub(super) async fn latest(&self) -> EventId {
        self.store.latest_event().await.expect("the log can be read")
    }

    /// What somebody missed.
    pub(super) async fn missed(&self, name: &str, since: EventId) -> Replay {
        self.store.replay(&user(name), since).await.expect("the log can be read")
    }

    /// Removes a member, on their own or another's behalf.
    pub(super) async fn remove(&self, name: &str, id: ConversationId, other: &str) -> Result<(), Error> {
        self.store.remove_member(by(name), id, user(other), self.at()).await
    }

    /// Adds a member or changes a role.
    pub(super) async fn put(
        &self,
        name: &str,
        id: ConversationId,
        other: &str,
        role: Option<tutti_protocol::chat::Role>,
    ) -> Result<tutti_protocol::chat::Member, Error> {
        self.store.put_member(by(name), id, user(other), role, self.at()).await
    }
}

/// The ids of messages.
pub(super) fn ids(messages: &[Message]) -> Vec<MessageId> {
    messages.iter().map(|message| message.id).collect()
}
