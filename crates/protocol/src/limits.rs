//! The bounds a client is told in `welcome.limits`. Which bound applies where is said at each field.

use serde::{Deserialize, Serialize};

/// Longest text of a message, in Unicode characters (a seed's figure).
pub const MAX_MESSAGE_CHARS: usize = 5000;
/// Most messages a history page holds.
pub const MAX_PAGE: u32 = 100;
/// Messages on a page when the client does not say.
pub const DEFAULT_PAGE: u32 = 20;

/// What the server accepts, so that a client can check before it sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Limits {
    /// Largest frame or body, in bytes.
    #[ts(type = "number")]
    pub max_frame_bytes: u64,
    /// Longest message text, in Unicode characters.
    #[ts(type = "number")]
    pub max_message_chars: u64,
    /// Most attachments on one message.
    #[ts(type = "number")]
    pub max_attachments: u64,
    /// Most mentioned users on one message.
    #[ts(type = "number")]
    pub max_mentions: u64,
    /// Most message ids in one `read_receipt`.
    #[ts(type = "number")]
    pub max_receipt_ids: u64,
    /// Most members of one group.
    #[ts(type = "number")]
    pub max_members: u64,
    /// Most users whose presence one connection follows.
    #[ts(type = "number")]
    pub max_presence_subscriptions: u64,
    /// Most messages on one history page.
    #[ts(type = "number")]
    pub max_page: u64,
}
