//! Translation between the wire and the domains: one thin file per domain, for its commands and its HTTP routes.
//!
//! A handler checks the shape, makes one service call and replies. What is deliberately absent: decisions (the
//! domains'), storage, sockets. This is the one place that makes HTTP statuses, and the one that turns a domain's
//! events into frames.

pub mod access;
pub mod app;
pub mod asyncapi;
pub mod channels;
pub mod chat;
pub mod events;
pub mod extract;
pub mod idempotency;
pub mod limits;
pub mod operator;
pub mod presence;
pub mod push;
pub mod reply;
pub mod router;
pub mod routes;

pub use app::{Api, Parts};
pub use limits::{Operation, Rates};
pub use routes::{Routes, State};
