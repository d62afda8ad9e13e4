//! Everything that one domain does because of another, one file for each pair. Fed by the outbox: at least once, so
//! every reaction can be repeated.

pub mod chat_to_presence;
