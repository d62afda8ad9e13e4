//! The workloads, one file each: what is sent when, and what is expected to come back.

pub(crate) mod chat;
pub(crate) mod churn;
pub(crate) mod echo;
pub(crate) mod fanout;
pub(crate) mod idle;
pub(crate) mod soak;
pub(crate) mod storm;
