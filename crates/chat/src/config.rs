//! The bounds of chat. Crossing one is `validation_failed` with the bound in `details.limit`.

use tutti_protocol::limits::MAX_MESSAGE_CHARS;

/// How much of everything there may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Longest text, in Unicode characters.
    pub max_message_chars: usize,
    /// Most attachments on one message.
    pub max_attachments: usize,
    /// Most mentioned users on one message.
    pub max_mentions: usize,
    /// Most different emoji on one message.
    pub max_emoji: usize,
    /// Most ids in one read receipt.
    pub max_receipt_ids: usize,
    /// Most members of a group.
    pub max_members: usize,
    /// Most conversations one user is in.
    pub max_conversations: usize,
    /// Most events replayed for one conversation; beyond, the client is told to load it afresh.
    pub max_replay_per_conversation: usize,
    /// Most events replayed in all.
    pub max_replay: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_message_chars: MAX_MESSAGE_CHARS,
            max_attachments: 30,
            max_mentions: 100,
            max_emoji: 20,
            max_receipt_ids: 200,
            max_members: 1000,
            max_conversations: 5000,
            max_replay_per_conversation: 500,
            max_replay: 5000,
        }
    }
}

/// Longest client id, in bytes.
pub const MAX_CLIENT_ID_BYTES: usize = 128;
/// Longest emoji, in bytes: room for any joined sequence, or a short name.
pub const MAX_EMOJI_BYTES: usize = 64;
/// Longest title of a group, in characters.
pub const MAX_TITLE_CHARS: usize = 200;
/// Most application data on a message or conversation, in bytes of JSON.
pub const MAX_METADATA_BYTES: usize = 4096;
/// Longest address of an attachment, in bytes.
pub const MAX_URL_BYTES: usize = 2048;
/// Longest name of an attachment, in characters.
pub const MAX_FILE_NAME_CHARS: usize = 255;
/// Longest media type of an attachment, in characters (RFC 6838 section 4.2).
pub const MAX_MIME_TYPE_CHARS: usize = 127;
/// Most user ids listed per reaction.
pub const MAX_REACTION_USERS: usize = 100;
/// Most members listed inside a conversation.
pub const MAX_LISTED_MEMBERS: usize = 20;
