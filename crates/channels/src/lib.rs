//! Channels: publish and subscribe for whatever an application invents.
//!
//! Invariants: publications of a channel have dense offsets within an epoch and are delivered in their order; whoever
//! subscribes from a position is given everything after it, or told that this is not possible; a `client_id` is
//! published once while it is remembered; a channel that nobody listens to and that keeps nothing is forgotten.
//!
//! A channel is live state of one process: it is acknowledged with a place, not with a commit, and after a restart its
//! epoch is another. What must survive a restart belongs into a conversation.
//!
//! What is deliberately absent: the fan-out itself (the hub does it), frames (api makes them), and whose key a server
//! presented (access knows).

pub mod channel;
pub mod config;
pub mod error;
pub mod feed;
pub(crate) mod history;
pub(crate) mod pace;
pub mod policy;
pub mod service;
pub(crate) mod slots;

pub use config::{Config, Namespace, Right, SlowReader};
pub use error::Error;
pub use feed::{Delivery, Feed};
pub use policy::Author;
pub use service::{Service, Subscription};
