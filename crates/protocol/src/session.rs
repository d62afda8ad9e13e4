//! The frames that belong to a connection itself: authentication, welcome, ping and errors.

use serde::{Deserialize, Serialize};

use crate::code::ErrorCode;
use crate::ids::{ConnectionId, ConversationId, EventId, UserId};
use crate::limits::Limits;
use crate::time::Timestamp;

/// `auth`: who the caller is. The first frame of a connection that did not say so in the upgrade, and the way to bring
/// a fresh token before the old one expires.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Auth {
    /// A JWT that the application issued.
    pub token: String,
    /// Where the client left off, to be given what it missed.
    #[serde(default, deserialize_with = "crate::codec::object", skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub resume: Option<Resume>,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Auth").field("token", &"[secret]").field("resume", &self.resume).finish()
    }
}

/// Where a client left off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Resume {
    /// The `event_id` of the last push it received.
    #[ts(type = "string")]
    pub since: EventId,
}

/// The user a connection belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct User {
    /// Their id.
    #[ts(type = "string")]
    pub id: UserId,
    /// Their display name, if the token carries one.
    pub name: Option<String>,
}

/// `welcome`: the first frame from the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Welcome {
    /// Version of the wire contract.
    pub protocol: u32,
    /// This connection's id.
    #[ts(type = "string")]
    pub connection_id: ConnectionId,
    /// Who the server takes the caller for.
    pub user: User,
    /// The server's clock.
    #[ts(type = "string")]
    pub server_time: Timestamp,
    /// How often the server pings, in milliseconds.
    #[ts(type = "number")]
    pub heartbeat_ms: u64,
    /// Whether the missed events follow.
    pub resumed: bool,
    /// Conversations of which too much was missed: load them afresh.
    #[ts(type = "Array<string>")]
    pub reset: Vec<ConversationId>,
    /// What to hand back as `since` if the connection is lost before any push came.
    #[ts(type = "string")]
    pub since: EventId,
    /// What the server accepts.
    pub limits: Limits,
}

/// `auth_ok`: the fresh token counts from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct AuthOk {
    /// When it expires.
    #[ts(type = "string")]
    pub expires_at: Timestamp,
}

/// `pong`: the answer to `ping`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Pong {
    /// The server's clock.
    #[ts(type = "string")]
    pub server_time: Timestamp,
}

/// `error`: a request was refused, or a frame could not be read. The connection stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ErrorBody {
    /// What went wrong.
    pub code: ErrorCode,
    /// The same for a person.
    pub message: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// With `rate_limited` and `unavailable`: how long to wait, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub retry_after_ms: Option<u64>,
    /// More, for a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub details: Option<ErrorDetails>,
    /// On HTTP, and with `internal`: what the server's log calls this request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub request_id: Option<String>,
}

/// More about an error, for a program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ErrorDetails {
    /// The field at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub field: Option<String>,
    /// The bound that was crossed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub limit: Option<u64>,
}
