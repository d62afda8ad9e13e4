//! What an operator sees of a running server: its connections, users and channels, and what happens on it, live. Never
//! what users say: no payload and no text of a message is in any of these.

use serde::{Deserialize, Serialize};

use crate::codec::Codec;
use crate::ids::{ChannelName, ConnectionId, ConversationId, UserId};
use crate::presence::Presence;
use crate::time::Timestamp;

/// What carries a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
pub enum TransportKind {
    /// A WebSocket.
    WebSocket,
    /// Server-Sent Events.
    Sse,
    /// A long poll, as long as it waits.
    Poll,
}

impl TransportKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::WebSocket, Self::Sse, Self::Poll];

    /// Its name on the wire and in the metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::Sse => "sse",
            Self::Poll => "poll",
        }
    }
}

/// `GET /operator/overview`: the server as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Overview {
    /// The process.
    pub node: NodeInfo,
    /// Open connections.
    pub connections: ConnectionCounts,
    /// How many different users are connected.
    #[ts(type = "number")]
    pub users: u64,
    /// How many channels there are.
    #[ts(type = "number")]
    pub channels: u64,
    /// What was counted since the start.
    pub counters: Counters,
}

/// One server process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct NodeInfo {
    /// The server's version.
    pub version: String,
    /// When it was started.
    #[ts(type = "string")]
    pub started_at: Timestamp,
    /// What time it is there.
    #[ts(type = "string")]
    pub now: Timestamp,
    /// How many fan-out tasks there are.
    #[ts(type = "number")]
    pub shards: u64,
    /// What clients may connect over.
    pub transports: Vec<TransportKind>,
}

/// Open connections by what carries them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ConnectionCounts {
    /// All of them.
    #[ts(type = "number")]
    pub total: u64,
    /// WebSockets.
    #[ts(type = "number")]
    pub websocket: u64,
    /// Streams of Server-Sent Events.
    #[ts(type = "number")]
    pub sse: u64,
    /// Long polls that wait.
    #[ts(type = "number")]
    pub poll: u64,
}

/// Totals since the server was started: the difference of two of them, over the time between, is a rate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Counters {
    /// Frames that clients sent.
    #[ts(type = "number")]
    pub frames_received: u64,
    /// Pushes delivered, counted once for each connection.
    #[ts(type = "number")]
    pub frames_delivered: u64,
    /// Frames dropped for connections that read too slowly.
    #[ts(type = "number")]
    pub frames_dropped: u64,
    /// Commands answered with an error.
    #[ts(type = "number")]
    pub errors: u64,
    /// Publications in channels.
    #[ts(type = "number")]
    pub publications: u64,
    /// Connections opened.
    #[ts(type = "number")]
    pub opened: u64,
    /// Connections given up because they read too slowly; also in `closed`, under 4100.
    #[ts(type = "number")]
    pub slow_consumers: u64,
    /// Connections that the server closed, by close code. Codes that did not occur are left out.
    pub closed: Vec<ClosedCount>,
}

/// How often the server closed a connection with one code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ClosedCount {
    /// The close code.
    pub code: u16,
    /// How often.
    #[ts(type = "number")]
    pub count: u64,
}

/// `GET /operator/connections`
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, utoipa::IntoParams, ts_rs::TS,
)]
#[into_params(parameter_in = Query)]
pub struct ConnectionsQuery {
    /// Only those of this user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    #[ts(optional, type = "string")]
    pub user: Option<UserId>,
    /// Whether only those are listed that have bytes waiting.
    #[serde(default)]
    #[param(required = false)]
    #[ts(optional, as = "Option<bool>")]
    pub slow: bool,
    /// The `next_cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub cursor: Option<String>,
    /// How many, 1 to 100; 20 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub limit: Option<u32>,
}

/// `GET /operator/connections`, the reply: a page of open connections, the longest open first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ConnectionPage {
    /// The connections.
    pub connections: Vec<ConnectionInfo>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

/// One open connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ConnectionInfo {
    /// Its id.
    #[ts(type = "string")]
    pub id: ConnectionId,
    /// Whose it is.
    #[ts(type = "string")]
    pub user_id: UserId,
    /// What carries it.
    pub transport: TransportKind,
    /// How its frames are written.
    #[ts(type = "\"json\" | \"msgpack\"")]
    pub codec: Codec,
    /// Whether long frames are compressed.
    pub compressed: bool,
    /// When it was opened.
    #[ts(type = "string")]
    pub opened_at: Timestamp,
    /// When the last sign of life came: a frame, or the answer to a ping. Streams and polls give none after they open.
    #[ts(type = "string")]
    pub heard_at: Timestamp,
    /// Bytes that wait in the server for it to read on.
    #[ts(type = "number")]
    pub queued_bytes: u64,
    /// How many channels it listens to.
    #[ts(type = "number")]
    pub channels: u64,
}

/// `GET /operator/users`, the reply: a page of users who are connected, by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ConnectedUserPage {
    /// The users.
    pub users: Vec<ConnectedUser>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

/// A user who is connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ConnectedUser {
    /// Who.
    #[ts(type = "string")]
    pub user_id: UserId,
    /// What they are called, if that is known.
    pub name: Option<String>,
    /// Over how many connections.
    #[ts(type = "number")]
    pub connections: u64,
}

/// `GET /operator/users/{user}`: what the server knows of a user, connected or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct OperatorUser {
    /// Who.
    #[ts(type = "string")]
    pub user_id: UserId,
    /// What they are called, if that is known.
    pub name: Option<String>,
    /// How others see them, and when they were last here.
    pub presence: Presence,
    /// Their open connections, the longest open first.
    pub connections: Vec<ConnectionInfo>,
    /// Tokens issued up to this time are refused; none if they were not revoked.
    #[ts(type = "string | null")]
    pub revoked_at: Option<Timestamp>,
}

/// `GET /operator/channels`
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, utoipa::IntoParams, ts_rs::TS,
)]
#[into_params(parameter_in = Query)]
pub struct ChannelsQuery {
    /// How the name starts; left out, every channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub prefix: Option<String>,
    /// The `next_cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub cursor: Option<String>,
    /// How many, 1 to 100; 20 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub limit: Option<u32>,
}

/// `GET /operator/channels`, the reply: a page of channels, by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ChannelPage {
    /// The channels. A page may be shorter than asked for although more follow: `next_cursor` says so.
    pub channels: Vec<ChannelInfo>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

/// One channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ChannelInfo {
    /// Its name.
    #[ts(type = "string")]
    pub channel: ChannelName,
    /// How many connections listen.
    #[ts(type = "number")]
    pub connections: u64,
    /// How many users listen.
    #[ts(type = "number")]
    pub users: u64,
    /// The newest offset.
    #[ts(type = "number")]
    pub offset: u64,
    /// Which count `offset` belongs to.
    pub epoch: String,
    /// How many publications are kept.
    #[ts(type = "number")]
    pub kept: u64,
    /// Publications in a second, about the mean of the last ten seconds.
    pub per_second: f64,
}

/// `GET /operator/events`: which events are told. What is left out does not matter; each may be given many times, and
/// then one of them has to fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OperatorEventsQuery {
    /// What happened.
    #[param(required = false)]
    pub kind: Vec<OperatorEventKind>,
    /// To whom.
    #[param(required = false, value_type = Vec<String>)]
    pub user: Vec<UserId>,
    /// In which channel.
    #[param(required = false, value_type = Vec<String>)]
    pub channel: Vec<ChannelName>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum OperatorEventKind {
    /// A connection is open; `detail` is its transport.
    ConnectionOpened,
    /// It ended; `code` is the close code, if one was said by either side.
    ConnectionClosed,
    /// It is given up because it read too slowly; that it closed follows.
    SlowConsumer,
    /// A command was refused; `code` is the error code, `detail` the command's type where it could be read.
    CommandFailed,
    /// A channel came into being.
    ChannelCreated,
    /// Nothing was left of a channel.
    ChannelForgotten,
    /// A connection listens to a channel.
    Subscribed,
    /// It does so no longer.
    Unsubscribed,
    /// Something was published in a channel; without a user, a server did.
    Published,
    /// A conversation was made.
    ConversationCreated,
    /// It was deleted.
    ConversationDeleted,
    /// Somebody is in a conversation now.
    MemberAdded,
    /// Somebody is not any more.
    MemberRemoved,
    /// Somebody sent a message.
    MessagePosted,
    /// Somebody changed theirs.
    MessageEdited,
    /// One was deleted.
    MessageDeleted,
    /// The reader was too slow: `count` events of any kind went by untold. Passes every filter.
    Missed,
}

/// Something that happened; `data:` of one event in the stream of `GET /operator/events`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct OperatorEvent {
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// What.
    pub kind: OperatorEventKind,
    /// Who did it, or to whom it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub user_id: Option<UserId>,
    /// Over which connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub connection_id: Option<ConnectionId>,
    /// In which channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub channel: Option<ChannelName>,
    /// In which conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub conversation_id: Option<ConversationId>,
    /// The close code or error code that goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub code: Option<String>,
    /// What else the kind says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub detail: Option<String>,
    /// How many, where the kind counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub count: Option<u64>,
}

impl OperatorEvent {
    /// That this happened, with nothing said beside.
    #[must_use]
    pub fn new(kind: OperatorEventKind, at: Timestamp) -> Self {
        Self {
            at,
            kind,
            user_id: None,
            connection_id: None,
            channel: None,
            conversation_id: None,
            code: None,
            detail: None,
            count: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transport_has_one_name() {
        for transport in TransportKind::ALL {
            assert_eq!(serde_json::to_value(transport).unwrap(), transport.name());
        }
    }
}
