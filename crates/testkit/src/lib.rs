//! For tests: the whole server in one process under a virtual clock ([`World`]), and clients that share no code with
//! it, over real sockets.
//!
//! What is deliberately absent: any behaviour of the server, and any second implementation of it. The scenarios
//! themselves stand in `tests/it`, one file each.

pub mod client;
pub mod clock;
pub mod http;
pub mod patience;
pub mod process;
pub mod raw;
pub mod world;

pub use client::{Client, Connecting, Said, Way};
pub use http::{Answer, Http, Sse};
pub use raw::Raw;
pub use world::{Builder, World};
