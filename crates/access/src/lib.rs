//! Access: whose token this is, whether it still counts, what the people behind tokens are called, and which server
//! back-ends hold a key.
//!
//! Invariants: only HS256 with a configured secret is believed; a token is never believed for longer than the server
//! allows; once a user is revoked, no token issued until then is believed again, also after a restart; asking whether
//! a caller is revoked never waits; an API key's secret is kept nowhere, and a revoked key counts no more from the next
//! request on.
//!
//! What is deliberately absent: accounts, passwords and sign-up (the application issues the tokens), what a user may do
//! in a conversation (chat's policy), which routes take a key (api's), and closing the connections of somebody revoked
//! (the server does, over the bus).

pub mod config;
pub mod directory;
pub mod error;
pub mod key;
pub mod revocation;
pub mod service;
pub mod store;
pub mod token;

pub use config::{Config, Secret};
pub use directory::Directory;
pub use error::Error;
pub use key::{ApiKey, KeyId, NewKey, Scope, StoredKey};
pub use service::{Authenticate, Service};
pub use store::Store;
pub use token::{Grant, Issued};
