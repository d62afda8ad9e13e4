//! Presence: its commands.

use tutti_core::{Failure, Topic};
use tutti_gateway::Session;
use tutti_gateway::application::CommandReply;
use tutti_protocol::http::PageQuery;
use tutti_protocol::limits::MAX_PAGE;
use tutti_protocol::presence::{PresenceFollow, PresenceState, SetPresence};
use tutti_protocol::{ErrorCode, ServerBody, UserId};

use crate::app::Api;

/// `presence_set`
pub(crate) async fn set(api: &Api, session: &Session, frame: SetPresence) -> Result<CommandReply, Failure> {
    let set = api.presence.set(&session.caller(), frame).await?;
    Ok(ServerBody::PresenceSetOk(set).into())
}

/// `presence_subscribe`: first listen, then tell how they are, so that no change falls between.
pub(crate) async fn subscribe(api: &Api, session: &Session, frame: PresenceFollow) -> Result<CommandReply, Failure> {
    let (users, next_cursor) = audience(api, session, frame).await?;
    session.follow(topics(&users)).await?;
    let users = let_strangers_go(api, session, users).await?;
    let users = api.presence.snapshot(&users).await?;
    Ok(ServerBody::PresenceState(PresenceState { users, next_cursor }).into())
}

/// Those of `users` whom the caller may go on following. Who was parted from them between being looked up and being
/// followed is let go; the parting of anyone who is left comes later, and reaches the hub.
async fn let_strangers_go(api: &Api, session: &Session, users: Vec<UserId>) -> Result<Vec<UserId>, Failure> {
    let known = api.chat.acquainted(&session.caller().user, &users).await;
    let is_known = |user: &UserId| known.as_ref().is_ok_and(|known| known.contains(user));
    let strangers: Vec<UserId> = users.into_iter().filter(|user| !is_known(user)).collect();
    if !strangers.is_empty() {
        session.unfollow(topics(&strangers)).await;
    }
    Ok(known?)
}

/// `presence_unsubscribe`
pub(crate) async fn unsubscribe(api: &Api, session: &Session, frame: PresenceFollow) -> Result<CommandReply, Failure> {
    let (users, next_cursor) = audience(api, session, frame).await?;
    session.unfollow(topics(&users)).await;
    Ok(ServerBody::PresenceState(PresenceState { users: Vec::new(), next_cursor }).into())
}

fn topics(users: &[UserId]) -> Vec<Topic> {
    users.iter().cloned().map(Topic::Presence).collect()
}

/// Whom the frame names, as far as the caller shares a conversation with them, and where the next page starts.
async fn audience(
    api: &Api,
    session: &Session,
    frame: PresenceFollow,
) -> Result<(Vec<UserId>, Option<String>), Failure> {
    let viewer = &session.caller().user;
    match (frame.conversation_id, frame.user_ids) {
        (Some(id), users) if users.is_empty() => {
            let page = PageQuery { cursor: frame.cursor, limit: frame.limit };
            let page = api.chat.members(viewer, id, &page).await?;
            Ok((page.items.into_iter().map(|member| member.user_id).collect(), page.next))
        }
        (None, users) if users.len() > MAX_PAGE as usize => {
            Err(Failure::invalid("user_ids", format!("at most {MAX_PAGE} users at once")).over(u64::from(MAX_PAGE)))
        }
        (None, users) if !users.is_empty() => Ok((api.chat.acquainted(viewer, &users).await?, None)),
        _ => {
            let message = "either `user_ids` or `conversation_id`";
            Err(Failure::new(ErrorCode::InvalidRequest, message).at_field("user_ids"))
        }
    }
}
