//! The bus: how something that happened reaches every node's hub. In-process, the hub itself is the bus; a broker
//! carries the same signals between nodes.
//!
//! Guarantee: signals sent one after another by one sender arrive at every connection in that order. What is lost on
//! the way is found again in the log, never by the bus.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tutti_protocol::{CloseCode, ConnectionId, EventId, UserId};

use crate::topic::Topic;

/// A frame on its way to everybody who listens to a topic.
#[derive(Debug, Clone)]
pub struct Push {
    /// Who shall have it.
    pub topic: Topic,
    /// The frame as JSON; the hub makes the other encodings of it, once each.
    pub frame: Bytes,
    /// The connection that caused it and has its reply instead.
    pub except: Option<ConnectionId>,
    /// The event of the log that the frame tells of; none for an ephemeral frame.
    pub event: Option<EventId>,
    /// What becomes of it at a connection that reads too slowly.
    pub when_slow: WhenSlow,
    /// For how long it may wait for others, to be written together with them; zero for not at all.
    pub gather: Duration,
}

/// What becomes of a frame at a connection whose queue is full.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum WhenSlow {
    /// It is not dropped: the connection is closed with 4100 and resumes.
    #[default]
    Disconnect,
    /// It may be dropped, the oldest such first.
    Drop,
    /// As [`WhenSlow::Drop`]; and in the queue it takes the place of an earlier one of the same topic and key.
    Latest(Box<str>),
}

/// What travels on the bus.
#[derive(Debug, Clone)]
pub enum Signal {
    /// Deliver a frame.
    Push(Push),
    /// From here on, all connections of this user listen to this topic.
    Join {
        /// Whose connections.
        user: UserId,
        /// To what.
        topic: Topic,
    },
    /// From here on, no connection of this user does.
    Leave {
        /// Whose connections.
        user: UserId,
        /// To what.
        topic: Topic,
    },
    /// The topic is gone; nobody listens to it any more.
    Retire {
        /// Which topic.
        topic: Topic,
    },
    /// Close every connection of this user.
    Disconnect {
        /// Whose.
        user: UserId,
        /// Saying why.
        code: CloseCode,
    },
}

/// Carries signals to every hub.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Hands a signal over. Waits while the way is full; signals of one sender keep their order.
    async fn send(&self, signal: Signal);
}
