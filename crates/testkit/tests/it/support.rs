//! What several scenarios share: keeping account of offsets, and short ways to say common things.

use std::collections::HashMap;

use serde_json::{Value, json};
use tutti_testkit::Client;

/// The text of a field.
pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} is a text in {value}"))
}

/// The conversation that a durable frame belongs to, wherever it says so.
pub(crate) fn conversation_of(frame: &Value) -> &str {
    let places = [&frame["conversation_id"], &frame["message"]["conversation_id"], &frame["conversation"]["id"]];
    places.into_iter().find_map(Value::as_str).unwrap_or_else(|| panic!("a conversation in {frame}"))
}

/// Sends a message to a user without waiting.
pub(crate) fn to_user(receiver: &str, text: &str) -> Value {
    json!({"type": "message", "receiver_id": receiver, "message": text})
}

/// Sends a message into a conversation without waiting.
pub(crate) fn into(conversation: &str, text: &str) -> Value {
    json!({"type": "message", "conversation_id": conversation, "message": text})
}

/// Keeps what a client has seen of each conversation, the way every client must: repeats dropped, gaps noticed.
#[derive(Default)]
pub(crate) struct Account {
    newest: HashMap<String, u64>,
    /// Messages in the order in which they were first seen, by conversation.
    pub(crate) texts: HashMap<String, Vec<String>>,
    /// The last event, to resume from.
    pub(crate) since: String,
}

impl Account {
    /// Begins where a connection begins.
    pub(crate) fn from_welcome(client: &Client) -> Self {
        Self { since: text(&client.welcome, "since").to_owned(), ..Self::default() }
    }

    /// Starts to count a conversation after this offset.
    pub(crate) fn starts_at(&mut self, conversation: &str, offset: u64) {
        self.newest.insert(conversation.to_owned(), offset);
    }

    /// Takes a durable push. Returns whether it was new.
    pub(crate) fn take(&mut self, push: &Value) -> bool {
        let (conversation, offset) = (conversation_of(push).to_owned(), push["offset"].as_u64().expect("an offset"));
        let event = text(push, "event_id");
        if number(event) > number(&self.since) {
            event.clone_into(&mut self.since);
        }
        let newest = self.newest.entry(conversation.clone()).or_default();
        if offset <= *newest {
            return false;
        }
        assert_eq!(offset, *newest + 1, "a gap in {conversation}: {push}");
        *newest = offset;
        if push["type"] == "message" {
            self.texts.entry(conversation).or_default().push(text(&push["message"], "message").to_owned());
        }
        true
    }

    /// How many messages were seen in all.
    pub(crate) fn messages(&self) -> usize {
        self.texts.values().map(Vec::len).sum()
    }
}

fn number(id: &str) -> u64 {
    id.parse().expect("ids are numbers")
}
