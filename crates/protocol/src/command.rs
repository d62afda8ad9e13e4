//! Commands: everything a client can ask over a connection, one variant each. The router matches them exhaustively.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::channels::{Publish, Subscribe, Unsubscribe};
use crate::chat::{DeleteMessage, EditMessage, GetHistory, ReadReceipt, SendMessage, SetReaction, SetTyping};
use crate::codec::{Codec, DecodeError};
use crate::presence::{PresenceFollow, SetPresence};
use crate::session::Auth;

/// What a client asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Say who one is; `welcome` or `auth_ok`.
    Auth(Auth),
    /// Ask for `pong`.
    Ping,
    /// Leave for good: presence ends at once, then the connection.
    Logout,
    /// Send a message; `message_sent`.
    Message(SendMessage),
    /// Edit one; `message_edited`.
    MessageEdit(EditMessage),
    /// Delete one; `message_deleted`.
    MessageDelete(DeleteMessage),
    /// React; `reaction_added`.
    ReactionAdd(SetReaction),
    /// Take a reaction back; `reaction_removed`.
    ReactionRemove(SetReaction),
    /// Say what was read; `read_receipt_ok`.
    ReadReceipt(ReadReceipt),
    /// Say that one is writing; no reply.
    Typing(SetTyping),
    /// Read messages; `history`.
    History(GetHistory),
    /// Say how one is; `presence_set_ok`.
    PresenceSet(SetPresence),
    /// Follow others' presence; `presence_state`.
    PresenceSubscribe(PresenceFollow),
    /// Stop following; `presence_state`.
    PresenceUnsubscribe(PresenceFollow),
    /// Listen to a channel; `subscribed`.
    Subscribe(Subscribe),
    /// Stop listening; `unsubscribed`.
    Unsubscribe(Unsubscribe),
    /// Publish in a channel; `published`.
    Publish(Publish),
}

impl Command {
    /// Every `type` a client can send, in the order of the variants.
    pub const KINDS: [&'static str; 17] = [
        "auth",
        "ping",
        "logout",
        "message",
        "message_edit",
        "message_delete",
        "reaction_add",
        "reaction_remove",
        "read_receipt",
        "typing",
        "history",
        "presence_set",
        "presence_subscribe",
        "presence_unsubscribe",
        "subscribe",
        "unsubscribe",
        "publish",
    ];

    /// Its `type`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Auth(_) => "auth",
            Self::Ping => "ping",
            Self::Logout => "logout",
            Self::Message(_) => "message",
            Self::MessageEdit(_) => "message_edit",
            Self::MessageDelete(_) => "message_delete",
            Self::ReactionAdd(_) => "reaction_add",
            Self::ReactionRemove(_) => "reaction_remove",
            Self::ReadReceipt(_) => "read_receipt",
            Self::Typing(_) => "typing",
            Self::History(_) => "history",
            Self::PresenceSet(_) => "presence_set",
            Self::PresenceSubscribe(_) => "presence_subscribe",
            Self::PresenceUnsubscribe(_) => "presence_unsubscribe",
            Self::Subscribe(_) => "subscribe",
            Self::Unsubscribe(_) => "unsubscribe",
            Self::Publish(_) => "publish",
        }
    }

    /// Reads the body of a command whose `type` is known. Written out rather than derived, so that an error can name
    /// the field at fault.
    ///
    /// # Errors
    /// An unknown `type`, or a body that does not fit it.
    pub fn decode(codec: Codec, kind: &str, bytes: &[u8]) -> Result<Self, DecodeError> {
        fn body<T: DeserializeOwned>(
            codec: Codec,
            bytes: &[u8],
            variant: fn(T) -> Command,
        ) -> Result<Command, DecodeError> {
            codec.decode(bytes).map(variant)
        }
        match kind {
            "auth" => body(codec, bytes, Self::Auth),
            "ping" => Ok(Self::Ping),
            "logout" => Ok(Self::Logout),
            "message" => body(codec, bytes, Self::Message),
            "message_edit" => body(codec, bytes, Self::MessageEdit),
            "message_delete" => body(codec, bytes, Self::MessageDelete),
            "reaction_add" => body(codec, bytes, Self::ReactionAdd),
            "reaction_remove" => body(codec, bytes, Self::ReactionRemove),
            "read_receipt" => body(codec, bytes, Self::ReadReceipt),
            "typing" => body(codec, bytes, Self::Typing),
            "history" => body(codec, bytes, Self::History),
            "presence_set" => body(codec, bytes, Self::PresenceSet),
            "presence_subscribe" => body(codec, bytes, Self::PresenceSubscribe),
            "presence_unsubscribe" => body(codec, bytes, Self::PresenceUnsubscribe),
            "subscribe" => body(codec, bytes, Self::Subscribe),
            "unsubscribe" => body(codec, bytes, Self::Unsubscribe),
            "publish" => body(codec, bytes, Self::Publish),
            _ => Err(DecodeError {
                reference: None,
                message: format!("unknown type `{}`", kind.chars().take(64).collect::<String>()),
                field: Some("type".into()),
            }),
        }
    }

    /// Whether a client may send the next command before this one is answered and still have both take effect in
    /// order: true for what goes through the store's single writer, and for what a channel takes in the order of asking.
    #[must_use]
    pub fn pipelines(&self) -> bool {
        matches!(
            self,
            Self::Message(_)
                | Self::MessageEdit(_)
                | Self::MessageDelete(_)
                | Self::ReactionAdd(_)
                | Self::ReactionRemove(_)
                | Self::Publish(_)
        )
    }
}
