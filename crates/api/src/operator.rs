//! What operators ask of a running server, and the few things they do: thin handlers over what the gateway, the channels
//! and access know. Nothing here shows what users say.

use axum::extract::State as AxumState;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as ValueError;
use tutti_chat::{Event, Recorded};
use tutti_core::pages::{Page, page_size};
use tutti_core::{Failure, Signal, Tail};
use tutti_gateway::inspect::Wanted;
use tutti_gateway::peer::Peer;
use tutti_gateway::tail;
use tutti_gateway::wire::Encoding;
use tutti_protocol::http::PageQuery;
use tutti_protocol::operator::{
    ChannelInfo, ChannelPage, ChannelsQuery, ConnectedUser, ConnectedUserPage, ConnectionInfo, ConnectionPage,
    ConnectionsQuery, Counters, OperatorEvent, OperatorEventKind, OperatorEventsQuery, OperatorUser, Overview,
};
use tutti_protocol::presence::{Presence, Status};
use tutti_protocol::{ChannelName, CloseCode, Codec, ConnectionId, ErrorCode, UserId};

use crate::access::revoke_tokens;
use crate::extract::{Operator, PathOf, QueryOf};
use crate::reply::{HttpError, Reply, ok};
use crate::routes::State;

/// What ends a connection that shall come back.
const DISCONNECT: CloseCode = CloseCode::GoingAway;

/// The server as a whole: the process, what is open, and what was counted since the start.
#[utoipa::path(get, path = "/api/v1/operator/overview", tag = "operator", responses((status = 200, body = Overview)))]
pub(crate) async fn overview(AxumState(state): AxumState<State>, _: Operator) -> Reply<Overview> {
    let gateway = &state.gateway;
    ok(Overview {
        node: gateway.node(),
        connections: gateway.connection_counts(),
        users: gateway.registry.users() as u64,
        channels: state.api.channels.count() as u64,
        counters: Counters { publications: state.api.channels.published(), ..gateway.counters() },
    })
}

/// Open connections, the longest open first.
#[utoipa::path(get, path = "/api/v1/operator/connections", tag = "operator", params(ConnectionsQuery),
    responses((status = 200, body = ConnectionPage)))]
pub(crate) async fn list_connections(
    AxumState(state): AxumState<State>,
    _: Operator,
    QueryOf(query): QueryOf<ConnectionsQuery>,
) -> Reply<ConnectionPage> {
    let size = page_size(query.limit)?;
    let after = query.cursor.map(|cursor| connection_at(&cursor)).transpose()?.unwrap_or_default();
    let wanted = Wanted { user: query.user, slow: query.slow };
    let found = state.gateway.open_connections(&wanted, after, size + 1).await;
    let page = Page::cut(found, size, |peer| peer.id.to_string());
    let connections = page.items.iter().map(|peer| described(&state, peer)).collect();
    ok(ConnectionPage { connections, next_cursor: page.next })
}

/// The connection that a cursor stands for. Fails on what no page gave out.
fn connection_at(cursor: &str) -> Result<ConnectionId, Failure> {
    // What is no id reads as none.
    let read = cursor.parse().ok().filter(|read| *read != ConnectionId::default());
    read.ok_or_else(|| Failure::invalid("cursor", "a cursor is the `next_cursor` of another page"))
}

fn described(state: &State, peer: &Peer) -> ConnectionInfo {
    let (codec, compressed) = match peer.encoding {
        Encoding::WebSocket { codec, deflate } => (codec, deflate),
        Encoding::PlainJson => (Codec::Json, false),
    };
    ConnectionInfo {
        id: peer.id,
        user_id: peer.caller().user.clone(),
        transport: peer.transport,
        codec,
        compressed,
        opened_at: peer.opened_at,
        heard_at: peer.heard_at(),
        queued_bytes: peer.queued_bytes() as u64,
        channels: state.api.channels.listened_to_by(peer.id) as u64,
    }
}

/// Closes a connection with 1001; its client comes back and resumes.
#[utoipa::path(post, path = "/api/v1/operator/connections/{connection}/disconnect", tag = "operator",
    params(("connection" = String, Path, description = "Which connection")), responses((status = 204)))]
pub(crate) async fn disconnect_connection(
    AxumState(state): AxumState<State>,
    Operator(operator): Operator,
    PathOf(connection): PathOf<ConnectionId>,
) -> Result<StatusCode, HttpError> {
    let peer = state.gateway.registry.find(connection).ok_or_else(|| not_there("no such connection is open"))?;
    tracing::info!(operator = %operator.user, %connection, "an operator ends a connection");
    peer.close(DISCONNECT);
    Ok(StatusCode::NO_CONTENT)
}

/// Users who are connected, by id.
#[utoipa::path(get, path = "/api/v1/operator/users", tag = "operator", params(PageQuery),
    responses((status = 200, body = ConnectedUserPage)))]
pub(crate) async fn list_users(
    AxumState(state): AxumState<State>,
    _: Operator,
    QueryOf(query): QueryOf<PageQuery>,
) -> Reply<ConnectedUserPage> {
    let size = page_size(query.limit)?;
    let found = state.gateway.registry.users_after(query.cursor.as_deref().unwrap_or_default(), size + 1);
    let page = Page::cut(found, size, |(user, _)| user.to_string());
    let ids: Vec<UserId> = page.items.iter().map(|(user, _)| user.clone()).collect();
    let mut names = state.api.access.directory().names(&ids).await?;
    let users = page.items.into_iter().map(|(user_id, connections)| {
        let name = names.remove(&user_id);
        ConnectedUser { user_id, name, connections: connections as u64 }
    });
    ok(ConnectedUserPage { users: users.collect(), next_cursor: page.next })
}

/// What the server knows of a user who is or was here.
#[utoipa::path(get, path = "/api/v1/operator/users/{user}", tag = "operator",
    params(("user" = String, Path, description = "Who")), responses((status = 200, body = OperatorUser)))]
pub(crate) async fn get_user(
    AxumState(state): AxumState<State>,
    _: Operator,
    PathOf(user): PathOf<UserId>,
) -> Reply<OperatorUser> {
    let of_theirs = Wanted { user: Some(user.clone()), slow: false };
    let peers = state.gateway.open_connections(&of_theirs, ConnectionId::default(), usize::MAX).await;
    let known = state.api.access.directory().find(&user).await?;
    if known.is_none() && peers.is_empty() {
        return Err(not_there("nobody has signed in under this id").into());
    }
    let seen = state.api.presence.snapshot(std::slice::from_ref(&user)).await?.pop();
    let unseen = || Presence { user_id: user.clone(), status: Status::Offline, text: None, last_seen_at: None };
    // The text is what the user says, and not for operators.
    let presence = Presence { text: None, ..seen.unwrap_or_else(unseen) };
    ok(OperatorUser {
        name: known.and_then(|known| known.name),
        presence,
        connections: peers.iter().map(|peer| described(&state, peer)).collect(),
        revoked_at: state.api.access.revoked_at(&user),
        user_id: user,
    })
}

/// Closes all connections of a user with 1001; their clients come back and resume.
#[utoipa::path(post, path = "/api/v1/operator/users/{user}/disconnect", tag = "operator",
    params(("user" = String, Path, description = "Whose connections")), responses((status = 204)))]
pub(crate) async fn disconnect_user(
    AxumState(state): AxumState<State>,
    Operator(operator): Operator,
    PathOf(user): PathOf<UserId>,
) -> Result<StatusCode, HttpError> {
    tracing::info!(operator = %operator.user, %user, "an operator ends the connections of a user");
    state.api.bus.send(Signal::Disconnect { user, code: DISCONNECT }).await;
    Ok(StatusCode::NO_CONTENT)
}

/// As `POST /users/{user}/revoke`.
#[utoipa::path(post, path = "/api/v1/operator/users/{user}/revoke", tag = "operator",
    params(("user" = String, Path, description = "Whose tokens")), responses((status = 204)))]
pub(crate) async fn revoke(
    AxumState(state): AxumState<State>,
    Operator(operator): Operator,
    PathOf(user): PathOf<UserId>,
) -> Result<StatusCode, HttpError> {
    revoke_tokens(&state.api, &operator, user).await
}

/// Channels, by name.
#[utoipa::path(get, path = "/api/v1/operator/channels", tag = "operator", params(ChannelsQuery),
    responses((status = 200, body = ChannelPage)))]
pub(crate) async fn list_channels(
    AxumState(state): AxumState<State>,
    _: Operator,
    QueryOf(query): QueryOf<ChannelsQuery>,
) -> Reply<ChannelPage> {
    ok(state.api.channels.list(&query).await?)
}

/// One channel. Who listens to it is at `GET /channels/{channel}/presence`.
#[utoipa::path(get, path = "/api/v1/operator/channels/{channel}", tag = "operator",
    params(("channel" = String, Path, description = "`namespace:rest`")), responses((status = 200, body = ChannelInfo)))]
pub(crate) async fn get_channel(
    AxumState(state): AxumState<State>,
    _: Operator,
    PathOf(channel): PathOf<ChannelName>,
) -> Reply<ChannelInfo> {
    ok(state.api.channels.describe(&channel).await.ok_or_else(|| not_there("there is no such channel now"))?)
}

/// What happens on the server from now on, as Server-Sent Events. Never payloads or texts.
#[utoipa::path(get, path = "/api/v1/operator/events", tag = "operator", params(OperatorEventsQuery),
    responses((status = 200, content_type = "text/event-stream", body = OperatorEvent)))]
pub(crate) async fn events(
    AxumState(state): AxumState<State>,
    Operator(operator): Operator,
    QueryOf(pairs): QueryOf<Vec<(String, String)>>,
) -> Result<Response, HttpError> {
    Ok(tail::open(&state.gateway, operator, wanted_events(pairs)?.into())?)
}

/// Reads a query string in which every name may come many times; names that mean nothing are passed over.
fn wanted_events(pairs: Vec<(String, String)>) -> Result<OperatorEventsQuery, Failure> {
    fn read<'de, T: Deserialize<'de>>(name: &'static str, value: String) -> Result<T, Failure> {
        T::deserialize(value.into_deserializer()).map_err(|error: ValueError| Failure::invalid(name, error.to_string()))
    }
    let mut wanted = OperatorEventsQuery::default();
    for (name, value) in pairs {
        match name.as_str() {
            "kind" => wanted.kind.push(read("kind", value)?),
            "user" => wanted.user.push(read("user", value)?),
            "channel" => wanted.channel.push(read("channel", value)?),
            _ => {}
        }
    }
    Ok(wanted)
}

fn not_there(message: &str) -> Failure {
    Failure::new(ErrorCode::NotFound, message)
}

/// Tells operators who watch what happened in chat: that something did, and who did it, not what was said.
pub fn tell(tail: &Tail, recorded: &Recorded) {
    let (kind, user) = match &recorded.event {
        Event::Created { .. } => (OperatorEventKind::ConversationCreated, None),
        Event::Deleted => (OperatorEventKind::ConversationDeleted, None),
        Event::MemberAdded(member) => (OperatorEventKind::MemberAdded, Some(&member.user_id)),
        Event::MemberRemoved(user) => (OperatorEventKind::MemberRemoved, Some(user)),
        Event::Posted(message) => (OperatorEventKind::MessagePosted, Some(&message.sender_id)),
        Event::Edited(message) => (OperatorEventKind::MessageEdited, Some(&message.sender_id)),
        Event::MessageDeleted(_) => (OperatorEventKind::MessageDeleted, None),
        Event::Updated(_)
        | Event::MemberUpdated(_)
        | Event::ReactionAdded(_)
        | Event::ReactionRemoved(_)
        | Event::Read(_) => return,
    };
    tail.tell(kind, |event| {
        event.user_id = user.cloned();
        event.connection_id = recorded.origin;
        event.conversation_id = Some(recorded.conversation);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<OperatorEventsQuery, Failure> {
        wanted_events(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_filter_may_be_given_many_times() {
        let pairs = [("kind", "published"), ("user", "ann"), ("kind", "slow_consumer"), ("channel", "a:b"), ("x", "y")];
        let wanted = read(&pairs).unwrap();
        assert_eq!(wanted.kind, [OperatorEventKind::Published, OperatorEventKind::SlowConsumer]);
        assert_eq!(wanted.user, [UserId::new("ann").unwrap()]);
        assert_eq!(wanted.channel, [ChannelName::new("a:b").unwrap()]);
        assert_eq!(read(&[]).unwrap(), OperatorEventsQuery::default());
    }

    #[test]
    fn a_filter_that_can_fit_nothing_is_refused() {
        for (name, value) in [("kind", "nonsense"), ("user", ""), ("channel", "no-namespace")] {
            let failure = read(&[(name, value)]).unwrap_err();
            assert_eq!((failure.code, failure.field.as_deref()), (ErrorCode::ValidationFailed, Some(name)));
        }
    }
}
