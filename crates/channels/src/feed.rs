//! Where channels hand over what happened, to be delivered to those who listen.

use std::time::Duration;

use async_trait::async_trait;
use tutti_protocol::channels::{ChannelMember, Publication};
use tutti_protocol::{ChannelName, ConnectionId};

use crate::config::SlowReader;

/// A publication on its way.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Where it was published.
    pub channel: ChannelName,
    /// What, and its place.
    pub publication: Publication,
    /// A connection that does without it.
    pub except: Option<ConnectionId>,
    /// What becomes of it at a connection that reads too slowly.
    pub slow_reader: SlowReader,
    /// What it is the newest state of; empty for the channel as a whole.
    pub key: Box<str>,
    /// For how long it may wait for others, to be written together with them.
    pub gather: Duration,
}

/// Delivers to whoever listens. Calls for one channel come one after another, and their order is to be kept.
#[async_trait]
pub trait Feed: Send + Sync {
    /// Something was published.
    async fn published(&self, delivery: Delivery);

    /// Somebody began to listen.
    async fn joined(&self, member: ChannelMember, except: Option<ConnectionId>);

    /// Somebody stopped listening.
    async fn left(&self, member: ChannelMember);
}
