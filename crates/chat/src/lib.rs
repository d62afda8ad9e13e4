//! Chat: conversations, members, messages, threads, reactions, mentions and read positions.
//!
//! Invariants:
//! - Messages of a conversation have dense positions (`seq`), and so do its events (`offset`); both are given out in
//!   the transaction that stores them.
//! - A change is decided on the state that the same transaction has read: the store loads, calls [`decide`], and
//!   writes what it says. There is no moment in which a removed member can still act.
//! - Unread is arithmetic on positions; there is no receipt per message and recipient.
//! - A message is stored once per (sender, client id), whatever is repeated.
//!
//! What is deliberately absent: sockets, SQL, names of users, presence and typing, and delivery. Committed events go
//! to the feed that the store was given; who hears of them is not chat's concern.

pub mod config;
pub mod decide;
pub mod error;
pub mod event;
pub mod model;
pub mod service;
pub mod store;

pub use config::Config;
pub use error::Error;
pub use event::{Event, Feed, Recorded};
pub use service::Service;
pub use store::Store;
