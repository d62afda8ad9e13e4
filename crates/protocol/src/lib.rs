//! The wire language: identifiers, frames, codes and codecs, and one file of plain values per domain.
//!
//! Everything a client can see is written down here once. The TypeScript types, the OpenAPI and the AsyncAPI
//! documents are generated from these definitions, and the golden vectors under `vectors/` bind the Rust and the
//! TypeScript readers to the same bytes.
//!
//! What is deliberately absent: behaviour. No permissions, no storage, no sockets, no clock. A value here says only
//! what it looks like; what it means is the domains' business.

pub mod channels;
pub mod chat;
pub mod code;
pub mod codec;
pub mod command;
pub mod frame;
pub mod http;
pub mod ids;
pub mod limits;
pub mod operator;
pub mod presence;
pub mod session;
pub mod time;
pub mod typescript;

pub use code::{CloseCode, ErrorCode};
pub use codec::{Codec, DecodeError};
pub use command::Command;
pub use frame::{Head, Ref, Request, ServerBody, ServerFrame};
pub use ids::{ChannelName, ConnectionId, ConversationId, EventId, MessageId, UserId};
pub use time::Timestamp;

/// Version of the wire contract, as `welcome.protocol` and the sub-protocol names carry it.
pub const PROTOCOL_VERSION: u32 = 1;
