//! Presence on the wire: who is here, and when somebody was last seen.

use serde::{Deserialize, Serialize};

use crate::ids::{ConversationId, UserId};
use crate::time::Timestamp;

/// What a user says of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Here.
    #[default]
    Online,
    /// Here, but not at the screen.
    Away,
    /// Here, not to be disturbed.
    Busy,
    /// Here, but shown to others as offline.
    Invisible,
}

/// What others see of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Here.
    Online,
    /// Here, but not at the screen.
    Away,
    /// Here, not to be disturbed.
    Busy,
    /// Not here, or invisible.
    Offline,
}

/// `presence_set`: say how one is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct SetPresence {
    /// The new status.
    pub status: Availability,
    /// A short text beside it, at most 140 characters; left out, there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub text: Option<String>,
}

/// `presence_set_ok`: the status as the server holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct PresenceSetOk {
    /// The status.
    pub status: Availability,
    /// The text beside it.
    pub text: Option<String>,
}

/// `presence_subscribe` and `presence_unsubscribe`: follow users by id, or the members of a conversation page by page.
/// Only users who share a conversation with the caller can be followed; others are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct PresenceFollow {
    /// These users, at most 100 in one frame.
    #[serde(default, deserialize_with = "crate::codec::null_as_default", skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub user_ids: Vec<UserId>,
    /// The members of this conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub conversation_id: Option<ConversationId>,
    /// With `conversation_id`: where the page starts, from the `next_cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub cursor: Option<String>,
    /// With `conversation_id`: members on the page, 1 to 100; 20 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub limit: Option<u32>,
}

/// What others see of one user; also the push `presence`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Presence {
    /// Who.
    #[ts(type = "string")]
    pub user_id: UserId,
    /// How they are.
    pub status: Status,
    /// The short text beside it.
    pub text: Option<String>,
    /// When they were last here; none if never, or if they are here now.
    #[ts(type = "string | null")]
    pub last_seen_at: Option<Timestamp>,
}

/// `presence_state`: the users now followed, and how they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct PresenceState {
    /// One entry per user.
    pub users: Vec<Presence>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}
