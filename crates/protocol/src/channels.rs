//! Channels on the wire: subscribe, publish, and what was published.
//!
//! Where a frame speaks of a place in a channel, it stands in the frame's own `offset`; a publication inside a list
//! carries its own.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{ChannelName, UserId};
use crate::time::Timestamp;

/// A place in a channel. The epoch changes when the server had to begin counting anew; positions of different epochs
/// cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ChannelPosition {
    /// Which count.
    pub epoch: String,
    /// The last publication that the client has; 0 for none.
    #[ts(type = "number")]
    pub offset: u64,
}

/// `subscribe`: listen to a channel from now on, and be given what was missed since a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Subscribe {
    /// The channel, `namespace:rest`.
    #[ts(type = "string")]
    pub channel: ChannelName,
    /// Where the client left off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub position: Option<ChannelPosition>,
}

/// `subscribed`: the connection listens. The frame's `offset` is the channel's newest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Subscribed {
    /// The channel.
    #[ts(type = "string")]
    pub channel: ChannelName,
    /// Which count `offset` belongs to.
    pub epoch: String,
    /// Whether `publications` is everything that followed the position that was asked for. If not, load afresh.
    pub recovered: bool,
    /// What was missed, oldest first.
    pub publications: Vec<Publication>,
}

/// `unsubscribe` and its reply `unsubscribed`: stop listening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Unsubscribe {
    /// The channel.
    #[ts(type = "string")]
    pub channel: ChannelName,
}

/// `publish`: tell everybody who listens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Publish {
    /// The channel.
    #[ts(type = "string")]
    pub channel: ChannelName,
    /// Any JSON value.
    #[ts(type = "unknown")]
    pub data: Value,
    /// The client's own id for it, 1 to 128 bytes: published once, however often it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub client_id: Option<String>,
    /// What it is the newest state of, at most 64 bytes. Where the namespace keeps only the latest for a slow reader, a
    /// publication replaces an unsent one of the same key; the whole channel is one key when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub key: Option<String>,
    /// Whether the connection that publishes does without the push.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub exclude_sender: bool,
}

/// `published`: it was given its place, the frame's `offset`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Published {
    /// The channel.
    #[ts(type = "string")]
    pub channel: ChannelName,
    /// Whether it had been published before, under the same `client_id`.
    pub duplicate: bool,
}

/// The push `publication`. Its place is the frame's `offset`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct PublicationPushed {
    /// The channel.
    #[ts(type = "string")]
    pub channel: ChannelName,
    /// Who published it; none for a server.
    #[ts(type = "string | null")]
    pub from: Option<UserId>,
    /// What was published.
    #[ts(type = "unknown")]
    pub data: Value,
    /// When.
    #[ts(type = "string")]
    pub sent_at: Timestamp,
}

/// A publication in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Publication {
    /// Its place in the channel: 1, 2, 3, without gaps.
    #[ts(type = "number")]
    pub offset: u64,
    /// Who published it; none for a server.
    #[ts(type = "string | null")]
    pub from: Option<UserId>,
    /// What was published.
    #[ts(type = "unknown")]
    pub data: Value,
    /// When.
    #[ts(type = "string")]
    pub sent_at: Timestamp,
}

/// The pushes `channel_member_joined` and `channel_member_left`: a user's first connection came, or the last one went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ChannelMember {
    /// The channel.
    #[ts(type = "string")]
    pub channel: ChannelName,
    /// Who.
    #[ts(type = "string")]
    pub user_id: UserId,
}

/// `POST /channels/{channel}/publish`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct NewPublication {
    /// Any JSON value.
    #[ts(type = "unknown")]
    pub data: Value,
    /// As in `publish`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub client_id: Option<String>,
    /// As in `publish`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub key: Option<String>,
}

/// Where a publication stands; the reply to one published over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct PublishedAt {
    /// The channel.
    #[ts(type = "string")]
    pub channel: ChannelName,
    /// Which count `offset` belongs to.
    pub epoch: String,
    /// Its place.
    #[ts(type = "number")]
    pub offset: u64,
    /// Whether it had been published before, under the same `client_id`.
    pub duplicate: bool,
}

/// `POST /channels/broadcast`: the same publication in many channels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct Broadcast {
    /// The channels, 1 to 100.
    #[ts(type = "Array<string>")]
    pub channels: Vec<ChannelName>,
    /// What to publish in each.
    #[serde(flatten)]
    pub publication: NewPublication,
}

/// `POST /channels/broadcast`, the reply: one entry for each channel, in the order of the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct BroadcastReply {
    /// What became of each.
    pub results: Vec<BroadcastResult>,
}

/// What became of a broadcast in one channel: its place, or the error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
#[serde(untagged)]
pub enum BroadcastResult {
    /// It is published.
    Published(PublishedAt),
    /// It is not.
    Refused {
        /// The channel.
        #[ts(type = "string")]
        channel: ChannelName,
        /// Why.
        error: crate::session::ErrorBody,
    },
}

/// `GET /channels/{channel}/history`.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, utoipa::IntoParams, ts_rs::TS,
)]
#[into_params(parameter_in = Query)]
pub struct ChannelHistoryQuery {
    /// Only what follows this offset; left out, from the oldest that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub after: Option<u64>,
    /// How many, 1 to 100; 20 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub limit: Option<u32>,
}

/// `GET /channels/{channel}/history`, the reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ChannelHistory {
    /// The channel.
    #[ts(type = "string")]
    pub channel: ChannelName,
    /// Which count the offsets belong to.
    pub epoch: String,
    /// The newest offset of the channel.
    #[ts(type = "number")]
    pub offset: u64,
    /// What is kept, oldest first.
    pub publications: Vec<Publication>,
    /// Whether more follows.
    pub has_more: bool,
}

/// `GET /channels/{channel}/presence`, the reply: who listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ChannelPresence {
    /// The channel.
    #[ts(type = "string")]
    pub channel: ChannelName,
    /// One page of those who listen, by user id.
    pub members: Vec<ChannelPresent>,
    /// How many users listen in all.
    #[ts(type = "number")]
    pub total: u64,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

/// Somebody who listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
pub struct ChannelPresent {
    /// Who.
    #[ts(type = "string")]
    pub user_id: UserId,
    /// Over how many connections.
    pub connections: u32,
}
