//! Frames: what a client sends (a request) and what the server sends (a reply or a push).
//!
//! A frame is one flat object, `type` first. A request may carry `ref`, and its reply carries it back.

use serde::{Deserialize, Serialize};

use crate::channels::{ChannelMember, PublicationPushed, Published, Subscribed, Unsubscribe};
use crate::chat::{
    ConversationChanged, ConversationDeleted, MemberChanged, MemberRemoved, MessageChanged, MessageDeleted,
    MessagePage, MessageSent, ReactionChanged, ReadPosition, ReadReceiptOk, Typing,
};
use crate::command::Command;
use crate::ids::EventId;
use crate::presence::{Presence, PresenceSetOk, PresenceState};
use crate::session::{AuthOk, ErrorBody, Pong, Welcome};

/// What a client puts on a request to know its reply: a string of at most 64 bytes, or a whole number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Ref {
    /// A number.
    Number(#[ts(type = "number")] i64),
    /// A text.
    Text(String),
}

/// Longest textual `ref`, in bytes.
const MAX_REF_BYTES: usize = 64;

impl<'de> Deserialize<'de> for Ref {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl serde::de::Visitor<'_> for Either {
            type Value = Ref;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string of at most 64 bytes or a whole number")
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Ref, E> {
                Ok(Ref::Number(number))
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Ref, E> {
                i64::try_from(number).map(Ref::Number).map_err(E::custom)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Ref, E> {
                if text.len() > MAX_REF_BYTES {
                    return Err(E::custom("`ref` is a string of at most 64 bytes or a whole number"));
                }
                Ok(Ref::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// The part of a request that is read first.
#[derive(Debug, Clone, Deserialize)]
pub struct Head {
    /// Which command.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// What the reply shall carry.
    #[serde(default, rename = "ref")]
    pub reference: Option<Ref>,
}

/// A command and the `ref` it came under.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Request {
    /// What is asked.
    #[serde(flatten)]
    pub command: Command,
    /// What the reply shall carry.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<Ref>,
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerBody {
    /// First frame of a connection.
    Welcome(Welcome),
    /// Reply to a later `auth`.
    AuthOk(AuthOk),
    /// Reply to `ping`.
    Pong(Pong),
    /// A request was refused.
    Error(ErrorBody),
    /// Reply to `message`.
    MessageSent(MessageSent),
    /// Push: a new message.
    Message(MessageChanged),
    /// Reply to `message_edit`, and push.
    MessageEdited(MessageChanged),
    /// Reply to `message_delete`, and push.
    MessageDeleted(MessageDeleted),
    /// Reply to `reaction_add`, and push.
    ReactionAdded(ReactionChanged),
    /// Reply to `reaction_remove`, and push.
    ReactionRemoved(ReactionChanged),
    /// Reply to `read_receipt`.
    ReadReceiptOk(ReadReceiptOk),
    /// Push: a member's read position moved.
    ReadReceipt(ReadPosition),
    /// Push: somebody writes, or stopped.
    Typing(Typing),
    /// Reply to `history`.
    History(MessagePage),
    /// Push: the caller is now in a conversation that was just created.
    ConversationCreated(ConversationChanged),
    /// Push: title or metadata changed.
    ConversationUpdated(ConversationChanged),
    /// Push: the conversation is gone.
    ConversationDeleted(ConversationDeleted),
    /// Push: somebody joined.
    MemberAdded(MemberChanged),
    /// Push: somebody's role changed.
    MemberUpdated(MemberChanged),
    /// Push: somebody left or was removed.
    MemberRemoved(MemberRemoved),
    /// Reply to `presence_set`.
    PresenceSetOk(PresenceSetOk),
    /// Reply to `presence_subscribe` and `presence_unsubscribe`.
    PresenceState(PresenceState),
    /// Push: somebody's presence changed.
    Presence(Presence),
    /// Reply to `subscribe`.
    Subscribed(Subscribed),
    /// Reply to `unsubscribe`.
    Unsubscribed(Unsubscribe),
    /// Reply to `publish`.
    Published(Published),
    /// Push: something was published in a channel.
    Publication(PublicationPushed),
    /// Push: somebody began to listen to a channel.
    ChannelMemberJoined(ChannelMember),
    /// Push: somebody stopped listening.
    ChannelMemberLeft(ChannelMember),
}

/// What the server sends: a body, with `ref` on a reply, and with `event_id` and `offset` on a durable push.
///
/// A reply to a change carries the change's `offset` but no `event_id`: it may overtake pushes of other conversations,
/// so a client must not resume from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct ServerFrame {
    /// What is said.
    #[serde(flatten)]
    pub body: ServerBody,
    /// On a durable push: what to hand back to resume after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub event_id: Option<EventId>,
    /// Position in its conversation or channel: 1, 2, 3, without gaps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub offset: Option<u64>,
    /// On a reply: the request's `ref`.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reference: Option<Ref>,
}

impl ServerBody {
    /// Whether the connection that gets this reply often gets a push of the same thing in the same moment, so that it
    /// is worth waiting for, to write both at once.
    #[must_use]
    pub fn comes_with_a_push(&self) -> bool {
        matches!(self, Self::Published(_))
    }
}

impl From<ServerBody> for ServerFrame {
    fn from(body: ServerBody) -> Self {
        Self { body, event_id: None, offset: None, reference: None }
    }
}

impl ServerFrame {
    /// The frame as the reply to a request.
    #[must_use]
    pub fn in_reply_to(mut self, reference: Option<Ref>) -> Self {
        self.reference = reference;
        self
    }
}
