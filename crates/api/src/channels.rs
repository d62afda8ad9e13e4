//! Channels: their commands and routes. A server with a key publishes over HTTP; users do over their connection, or
//! over HTTP with their token.

use axum::extract::State as AxumState;
use tutti_access::key::Scope;
use tutti_channels::service::NewPublication;
use tutti_channels::{Author, Service};
use tutti_core::{Caller, Failure, Topic};
use tutti_gateway::Session;
use tutti_gateway::application::{Attach, CommandReply};
use tutti_protocol::channels::{
    self as wire, Broadcast, BroadcastReply, BroadcastResult, ChannelHistory, ChannelHistoryQuery, ChannelPresence,
    Publish, Published, PublishedAt, Subscribe, Unsubscribe,
};
use tutti_protocol::http::PageQuery;
use tutti_protocol::limits::MAX_PAGE;
use tutti_protocol::{ChannelName, ConnectionId, ErrorCode, ServerBody};

use crate::app::Api;
use crate::extract::{IdempotencyKey, JsonBody, OPERATOR, PathOf, Principal, QueryOf};
use crate::limits::Operation;
use crate::reply::{Reply, ok};
use crate::routes::State;

/// `subscribe`
pub(crate) async fn subscribe(api: &Api, session: &Session, frame: Subscribe) -> Result<CommandReply, Failure> {
    let connection = connection_of(session)?;
    let Subscribe { channel, position } = frame;
    let subscription = api.channels.subscribe(&session.caller(), connection, &channel, position.as_ref()).await?;
    Ok(CommandReply {
        body: ServerBody::Subscribed(subscription.reply),
        offset: Some(subscription.offset),
        attach: Some(Attach { topic: Topic::Channel(channel), held: subscription.held }),
    })
}

/// `unsubscribe`
pub(crate) async fn unsubscribe(api: &Api, session: &Session, frame: Unsubscribe) -> Result<CommandReply, Failure> {
    let connection = connection_of(session)?;
    session.unfollow(vec![Topic::Channel(frame.channel.clone())]).await;
    api.channels.unsubscribe(&session.caller().user, connection, &frame.channel).await?;
    Ok(ServerBody::Unsubscribed(frame).into())
}

/// `publish`
pub(crate) async fn publish(api: &Api, session: &Session, frame: Publish) -> Result<CommandReply, Failure> {
    let caller = session.caller();
    let Publish { channel, data, client_id, key, exclude_sender } = frame;
    let except = session.connection().filter(|_| exclude_sender);
    let new = NewPublication { data, client_id, key, except };
    let at = api.channels.publish(Author::User(&caller), &channel, new).await?;
    let body = ServerBody::Published(Published { channel, duplicate: at.duplicate });
    Ok(CommandReply::at(body, Some(at.offset)))
}

fn connection_of(session: &Session) -> Result<ConnectionId, Failure> {
    session.connection().ok_or_else(|| {
        Failure::new(ErrorCode::InvalidRequest, "only a connection listens to channels; a single request has none")
    })
}

/// Who asks, if it is a user; a server needs a key for this.
fn reader(principal: &Principal) -> Result<Option<&Caller>, Failure> {
    match principal {
        Principal::User(caller) => Ok(Some(caller)),
        Principal::Server(key) if key.allows(Scope::Read) => Ok(None),
        Principal::Server(_) => Err(Failure::new(ErrorCode::Forbidden, "this key has no scope `read`")),
    }
}

fn author(principal: &Principal) -> Result<Author<'_>, Failure> {
    match principal {
        Principal::User(caller) => Ok(Author::User(caller)),
        Principal::Server(key) if key.allows(Scope::Publish) => Ok(Author::Server),
        Principal::Server(_) => Err(Failure::new(ErrorCode::Forbidden, "this key has no scope `publish`")),
    }
}

async fn publish_in(
    channels: &Service,
    author: Author<'_>,
    channel: &ChannelName,
    body: wire::NewPublication,
    idempotency_key: Option<String>,
) -> Result<PublishedAt, Failure> {
    let wire::NewPublication { data, client_id, key } = body;
    let new = NewPublication { data, client_id: client_id.or(idempotency_key), key, except: None };
    Ok(channels.publish(author, channel, new).await?)
}

/// Publishes in a channel.
#[utoipa::path(post, path = "/api/v1/channels/{channel}/publish", tag = "channels",
    params(("channel" = String, Path, description = "`namespace:rest`")), request_body = wire::NewPublication,
    security(("token" = []), ("key" = [])), responses((status = 200, body = PublishedAt)))]
pub(crate) async fn post_publication(
    AxumState(state): AxumState<State>,
    principal: Principal,
    PathOf(channel): PathOf<ChannelName>,
    IdempotencyKey(key): IdempotencyKey,
    JsonBody(body): JsonBody<wire::NewPublication>,
) -> Reply<PublishedAt> {
    ok(publish_in(&state.api.channels, author(&principal)?, &channel, body, key).await?)
}

/// Publishes the same in many channels. What is refused in one of them is said in its result; the others are published.
#[utoipa::path(post, path = "/api/v1/channels/broadcast", tag = "channels", request_body = Broadcast,
    security(("token" = []), ("key" = [])), responses((status = 200, body = BroadcastReply)))]
pub(crate) async fn post_broadcast(
    AxumState(state): AxumState<State>,
    principal: Principal,
    IdempotencyKey(key): IdempotencyKey,
    JsonBody(body): JsonBody<Broadcast>,
) -> Reply<BroadcastReply> {
    let author = author(&principal)?;
    let Broadcast { channels, publication } = body;
    if channels.is_empty() || channels.len() > MAX_PAGE as usize {
        let message = format!("`channels` has 1 to {MAX_PAGE} names");
        return Err(Failure::invalid("channels", message).over(u64::from(MAX_PAGE)).into());
    }
    let mut results = Vec::with_capacity(channels.len());
    for channel in channels {
        let at = publish_in(&state.api.channels, author, &channel, publication.clone(), key.clone()).await;
        results.push(match at {
            Ok(at) => BroadcastResult::Published(at),
            Err(failure) => BroadcastResult::Refused { channel, error: failure.into() },
        });
    }
    ok(BroadcastReply { results })
}

/// What a channel keeps, oldest first.
#[utoipa::path(get, path = "/api/v1/channels/{channel}/history", tag = "channels",
    params(("channel" = String, Path, description = "`namespace:rest`"), ChannelHistoryQuery),
    security(("token" = []), ("key" = [])), responses((status = 200, body = ChannelHistory)))]
pub(crate) async fn history(
    AxumState(state): AxumState<State>,
    principal: Principal,
    PathOf(channel): PathOf<ChannelName>,
    QueryOf(query): QueryOf<ChannelHistoryQuery>,
) -> Reply<ChannelHistory> {
    let caller = reader(&principal)?;
    count(&state.api, caller)?;
    ok(state.api.channels.history(caller, &channel, &query).await?)
}

/// Who listens to a channel, by user id. An operator may ask that of every channel.
#[utoipa::path(get, path = "/api/v1/channels/{channel}/presence", tag = "channels",
    params(("channel" = String, Path, description = "`namespace:rest`"), PageQuery),
    security(("token" = []), ("key" = [])), responses((status = 200, body = ChannelPresence)))]
pub(crate) async fn presence(
    AxumState(state): AxumState<State>,
    principal: Principal,
    PathOf(channel): PathOf<ChannelName>,
    QueryOf(query): QueryOf<PageQuery>,
) -> Reply<ChannelPresence> {
    let caller = reader(&principal)?;
    count(&state.api, caller)?;
    let bound_by_namespace = caller.filter(|caller| !caller.has_role(OPERATOR));
    ok(state.api.channels.presence(bound_by_namespace, &channel, &query).await?)
}

fn count(api: &Api, caller: Option<&Caller>) -> Result<(), Failure> {
    caller.map_or(Ok(()), |caller| api.allow(Operation::Query, &caller.user))
}
