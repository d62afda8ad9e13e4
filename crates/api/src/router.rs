//! Every command and where it goes. Exhaustive: a new command does not compile until it is routed.

use tutti_core::Failure;
use tutti_gateway::Session;
use tutti_gateway::application::CommandReply;
use tutti_protocol::Command;

use crate::app::Api;
use crate::limits::Operation;
use crate::{channels, chat, presence};

/// Carries a command out.
///
/// # Errors
/// Why it was refused.
pub async fn command(api: &Api, session: &Session, command: Command) -> Result<Option<CommandReply>, Failure> {
    if let Some(operation) = Operation::of(&command) {
        api.allow(operation, &session.caller().user)?;
    }
    match command {
        // Answered by the gateway, which knows the connection.
        Command::Auth(_) | Command::Ping | Command::Logout => Ok(None),
        Command::Message(frame) => chat::send(api, session.actor(), frame).await.map(Some),
        Command::MessageEdit(frame) => chat::edit(api, session.actor(), frame).await.map(Some),
        Command::MessageDelete(frame) => chat::delete(api, session.actor(), frame).await.map(Some),
        Command::ReactionAdd(frame) => chat::react(api, session.actor(), frame, true).await.map(Some),
        Command::ReactionRemove(frame) => chat::react(api, session.actor(), frame, false).await.map(Some),
        Command::ReadReceipt(frame) => chat::read(api, session.actor(), frame).await.map(Some),
        Command::Typing(frame) => chat::typing(api, session.actor(), frame).await.map(|()| None),
        Command::History(frame) => chat::history(api, session.actor(), frame).await.map(Some),
        Command::PresenceSet(frame) => presence::set(api, session, frame).await.map(Some),
        Command::PresenceSubscribe(frame) => presence::subscribe(api, session, frame).await.map(Some),
        Command::PresenceUnsubscribe(frame) => presence::unsubscribe(api, session, frame).await.map(Some),
        Command::Subscribe(frame) => channels::subscribe(api, session, frame).await.map(Some),
        Command::Unsubscribe(frame) => channels::unsubscribe(api, session, frame).await.map(Some),
        Command::Publish(frame) => channels::publish(api, session, frame).await.map(Some),
    }
}
