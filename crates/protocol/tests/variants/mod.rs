//! Every variant of the two closed sets of the wire, by name. The matches are exhaustive, so a new variant does not
//! compile here until it is named, and is then missing from whatever goes through the list.

use std::collections::BTreeSet;

use tutti_protocol::{Command, ServerBody};

macro_rules! variants {
    ($list:ident, $name:ident, $set:ident: $($variant:ident)+) => {
        /// The names of all variants.
        pub(crate) const $list: &[&str] = &[$(stringify!($variant)),+];

        /// The name of a value's variant.
        pub(crate) fn $name(value: &$set) -> &'static str {
            match value {
                $($set::$variant { .. } => stringify!($variant)),+
            }
        }
    };
}

variants! {
    COMMANDS, command_name, Command:
    Auth Ping Logout Message MessageEdit MessageDelete ReactionAdd ReactionRemove ReadReceipt Typing History PresenceSet
    PresenceSubscribe PresenceUnsubscribe Subscribe Unsubscribe Publish
}

variants! {
    SERVER_BODIES, server_body_name, ServerBody:
    Welcome AuthOk Pong Error MessageSent Message MessageEdited MessageDeleted ReactionAdded ReactionRemoved
    ReadReceiptOk ReadReceipt Typing History ConversationCreated ConversationUpdated ConversationDeleted MemberAdded
    MemberUpdated MemberRemoved PresenceSetOk PresenceState Presence Subscribed Unsubscribed Published
    Publication ChannelMemberJoined ChannelMemberLeft
}

/// Fails with the names that were not seen.
#[track_caller]
pub(crate) fn assert_all_seen(all: &[&'static str], seen: &BTreeSet<&'static str>) {
    let missing: Vec<&str> = all.iter().copied().filter(|name| !seen.contains(name)).collect();
    assert!(missing.is_empty(), "nothing stands for {missing:?}");
}
