//! The wire types as a TypeScript module, for the SDK. `cargo xtask gen` writes it; `cargo xtask tidy` fails when it
//! is stale.

use std::fmt::Write as _;

use ts_rs::{Config, TS};

use crate::code::{CloseCode, ErrorCode};
use crate::{channels, chat, command, frame, http, limits, operator, presence, session};

/// The generated module.
#[must_use]
pub fn module() -> String {
    let config = Config::default();
    let mut out = String::from(
        "// The wire types of Tutti, generated from crates/protocol by `cargo xtask gen`. Do not edit.\n\n",
    );
    types(&config, &mut out);
    codes(&mut out);
    out
}

fn declare<T: TS>(config: &Config, out: &mut String) {
    let docs = T::docs().unwrap_or_default();
    let _ = writeln!(out, "{docs}export {}\n", T::decl(config));
}

fn types(config: &Config, out: &mut String) {
    declare::<ErrorCode>(config, out);
    declare::<limits::Limits>(config, out);
    declare::<session::User>(config, out);
    declare::<session::Resume>(config, out);
    declare::<session::Auth>(config, out);
    declare::<session::Welcome>(config, out);
    declare::<session::AuthOk>(config, out);
    declare::<session::Pong>(config, out);
    declare::<session::ErrorDetails>(config, out);
    declare::<session::ErrorBody>(config, out);
    chat_types(config, out);
    declare::<presence::Availability>(config, out);
    declare::<presence::Status>(config, out);
    declare::<presence::SetPresence>(config, out);
    declare::<presence::PresenceSetOk>(config, out);
    declare::<presence::PresenceFollow>(config, out);
    declare::<presence::Presence>(config, out);
    declare::<presence::PresenceState>(config, out);
    channel_types(config, out);
    declare::<frame::Ref>(config, out);
    declare::<command::Command>(config, out);
    declare::<frame::ServerBody>(config, out);
    declare::<frame::ServerFrame>(config, out);
    http_types(config, out);
    operator_types(config, out);
}

fn chat_types(config: &Config, out: &mut String) {
    declare::<chat::ConversationKind>(config, out);
    declare::<chat::Role>(config, out);
    declare::<chat::Member>(config, out);
    declare::<chat::Attachment>(config, out);
    declare::<chat::Reaction>(config, out);
    declare::<chat::ThreadSummary>(config, out);
    declare::<chat::Message>(config, out);
    declare::<chat::Conversation>(config, out);
    declare::<chat::SendMessage>(config, out);
    declare::<chat::EditMessage>(config, out);
    declare::<chat::DeleteMessage>(config, out);
    declare::<chat::SetReaction>(config, out);
    declare::<chat::ReadReceipt>(config, out);
    declare::<chat::SetTyping>(config, out);
    declare::<chat::GetHistory>(config, out);
    declare::<chat::MessagePage>(config, out);
    declare::<chat::MessageSent>(config, out);
    declare::<chat::MessageChanged>(config, out);
    declare::<chat::MessageDeleted>(config, out);
    declare::<chat::ReactionChanged>(config, out);
    declare::<chat::ReadPosition>(config, out);
    declare::<chat::ReadReceiptOk>(config, out);
    declare::<chat::Typing>(config, out);
    declare::<chat::ConversationInfo>(config, out);
    declare::<chat::ConversationChanged>(config, out);
    declare::<chat::ConversationDeleted>(config, out);
    declare::<chat::MemberChanged>(config, out);
    declare::<chat::MemberRemoved>(config, out);
}

fn channel_types(config: &Config, out: &mut String) {
    declare::<channels::ChannelPosition>(config, out);
    declare::<channels::Subscribe>(config, out);
    declare::<channels::Subscribed>(config, out);
    declare::<channels::Unsubscribe>(config, out);
    declare::<channels::Publish>(config, out);
    declare::<channels::Published>(config, out);
    declare::<channels::PublicationPushed>(config, out);
    declare::<channels::Publication>(config, out);
    declare::<channels::ChannelMember>(config, out);
    declare::<channels::NewPublication>(config, out);
    declare::<channels::PublishedAt>(config, out);
    declare::<channels::Broadcast>(config, out);
    declare::<channels::BroadcastResult>(config, out);
    declare::<channels::BroadcastReply>(config, out);
    declare::<channels::ChannelHistoryQuery>(config, out);
    declare::<channels::ChannelHistory>(config, out);
    declare::<channels::ChannelPresent>(config, out);
    declare::<channels::ChannelPresence>(config, out);
}

fn http_types(config: &Config, out: &mut String) {
    declare::<http::ErrorReply>(config, out);
    declare::<http::NewConversation>(config, out);
    declare::<http::ConversationPatch>(config, out);
    declare::<http::ConversationPage>(config, out);
    declare::<http::MemberPage>(config, out);
    declare::<http::PageQuery>(config, out);
    declare::<http::NewMember>(config, out);
    declare::<http::NewMessage>(config, out);
    declare::<http::MessagePatch>(config, out);
    declare::<http::HistoryQuery>(config, out);
    declare::<http::MarkRead>(config, out);
    declare::<http::ConversationUnread>(config, out);
    declare::<http::Unread>(config, out);
    declare::<http::EventsQuery>(config, out);
    declare::<http::PolledEvents>(config, out);
    declare::<http::DevSignIn>(config, out);
    declare::<http::IssuedToken>(config, out);
    declare::<http::ServerInfo>(config, out);
    declare::<http::UserQuery>(config, out);
    declare::<http::UserList>(config, out);
}

fn operator_types(config: &Config, out: &mut String) {
    declare::<operator::TransportKind>(config, out);
    declare::<operator::NodeInfo>(config, out);
    declare::<operator::ConnectionCounts>(config, out);
    declare::<operator::ClosedCount>(config, out);
    declare::<operator::Counters>(config, out);
    declare::<operator::Overview>(config, out);
    declare::<operator::ConnectionsQuery>(config, out);
    declare::<operator::ConnectionInfo>(config, out);
    declare::<operator::ConnectionPage>(config, out);
    declare::<operator::ConnectedUser>(config, out);
    declare::<operator::ConnectedUserPage>(config, out);
    declare::<operator::OperatorUser>(config, out);
    declare::<operator::ChannelsQuery>(config, out);
    declare::<operator::ChannelInfo>(config, out);
    declare::<operator::ChannelPage>(config, out);
    declare::<operator::OperatorEventKind>(config, out);
    declare::<operator::OperatorEvent>(config, out);
}

fn codes(out: &mut String) {
    out.push_str("/** What each close code means and whether to reconnect. */\nexport const CLOSE_CODES = {\n");
    for code in CloseCode::ALL {
        let _ = writeln!(
            out,
            "  {}: {{ reason: {:?}, reconnect: {}, meaning: {:?} }},",
            code.number(),
            code.reason(),
            code.reconnect(),
            code.meaning()
        );
    }
    out.push_str("} as const;\n\n/** One sentence for each error code, for a person who meets it. */\n");
    out.push_str("export const ERROR_MEANINGS: Record<ErrorCode, string> = {\n");
    for code in ErrorCode::ALL {
        let _ = writeln!(out, "  {}: {:?},", code.name(), code.meaning());
    }
    out.push_str("};\n\n");
    let _ = writeln!(
        out,
        "/** Version of the wire contract. */\nexport const PROTOCOL_VERSION = {};",
        crate::PROTOCOL_VERSION
    );
}
