//! WebSocket (RFC 6455): the upgrade, the framing, and the loop that drives one connection.

pub mod codec;
pub mod connection;
pub mod deflate;
pub mod handshake;
mod work;
