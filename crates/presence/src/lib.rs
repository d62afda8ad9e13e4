//! Presence: who is here, how they say they are, when they were last seen, and who is typing.
//!
//! Invariants: others see at most one change for one thing that happened, and never the same state twice in a row; a
//! connection that drops and comes back within the grace is not seen at all; an invisible user looks exactly like one
//! who is offline; nobody who is offline takes memory here.
//!
//! What is deliberately absent: who may follow whom (the edges ask chat), sockets and pings (the gateway reports what
//! it hears), and the way to the followers (whoever implements [`Feed`]).

pub mod config;
pub mod engine;
pub mod error;
mod lane;
pub mod model;
pub mod service;
pub mod store;
pub mod typing;
pub mod worker;

pub use config::Config;
pub use error::Error;
pub use model::{Departure, MAX_TEXT_CHARS};
pub use service::{Feed, Service};
pub use store::Store;
