//! The kernel that every domain stands on: who is calling, what time it is, how things fail, where events go, who owns
//! the tasks, and how much is too much.
//!
//! What is deliberately absent: any domain, any transport, any storage. A type is here because at least two domains
//! need it and none of them should own it.

pub mod bus;
pub mod caller;
pub mod clock;
pub mod failure;
pub mod idempotency;
pub mod limits;
pub mod outbox;
pub mod pages;
pub mod random;
pub mod snowflake;
pub mod tail;
pub mod tasks;
pub mod topic;

pub use bus::{Bus, Push, Signal};
pub use caller::Caller;
pub use clock::Clock;
pub use failure::Failure;
pub use snowflake::Snowflake;
pub use tail::Tail;
pub use tasks::Tasks;
pub use topic::Topic;
