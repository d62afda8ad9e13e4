//! The server: reads the configuration, puts the parts together, runs them, and ends them in order.
//!
//! What is deliberately absent: behaviour of any domain. What one domain does because of another stands in
//! [`reactions`], one file for each pair.

pub mod app;
pub mod cli;
pub mod config;
pub mod console;
pub mod cors;
pub mod docs;
pub mod health;
pub mod housekeeping;
pub mod metrics;
pub mod reactions;
pub mod relay;
pub mod secret;
pub mod shutdown;
pub mod storage;

pub use app::{Running, start};
pub use config::Config;
