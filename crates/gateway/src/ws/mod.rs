//! WebSocket (RFC 6455): the upgrade, the framing, and the loop that drives one connection.

pub mod connection;
pub mod decoder;
pub mod deflate;
pub mod frame;
pub mod handshake;
mod work;
