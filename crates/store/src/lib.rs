//! SQL storage behind the domains' own store traits. One database for everything; today SQLite, in one file.
//!
//! Invariants: acknowledged is durable; every write is one transaction; what a domain decides it decides on what that
//! transaction read; events reach the feed in the order of their ids, and only after their commit.
//!
//! What is deliberately absent: rules (they are the domains', called inside the transactions), retention periods and
//! the schedule of pruning and backups (the server's), and files that users upload.

mod fault;
pub mod sqlite;

pub use sqlite::{Health, Metrics, OpenError, Options, SqliteStore};
