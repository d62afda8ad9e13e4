//! The doors of the gateway: WebSocket, Server-Sent Events, long poll, and commands over HTTP.

use axum::Json;
use axum::extract::{Request, State as AxumState};
use axum::http::header::SEC_WEBSOCKET_VERSION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tutti_gateway::commands::Replies;
use tutti_gateway::{commands, poll, sse, ws};
use tutti_protocol::ConnectionId;
use tutti_protocol::http::{EventsQuery, PolledEvents};

use crate::extract::{Authenticated, QueryOf, RawBody};
use crate::reply::{HttpError, Reply, ok};
use crate::routes::State;

/// The WebSocket endpoint. A refusal says which version is spoken here (RFC 6455 section 4.4).
pub(crate) async fn web_socket(AxumState(state): AxumState<State>, request: Request) -> Response {
    ws::handshake::upgrade(&state.gateway, request).unwrap_or_else(|failure| {
        let mut refusal = HttpError(failure).into_response();
        refusal.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static(ws::handshake::VERSION));
        refusal
    })
}

/// The pushes of a connection as Server-Sent Events. `Last-Event-ID` resumes.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(EventsQuery),
    responses((status = 200, content_type = "text/event-stream", body = String)))]
pub(crate) async fn stream(
    AxumState(state): AxumState<State>,
    Authenticated(caller): Authenticated,
    request: Request,
) -> Result<Response, HttpError> {
    let (parts, _) = request.into_parts();
    Ok(sse::open(&state.gateway, caller, &parts).await?)
}

/// Waits for what happened since an event, and answers as soon as there is something.
#[utoipa::path(get, path = "/api/v1/events/poll", tag = "events", params(EventsQuery),
    responses((status = 200, body = PolledEvents)))]
pub(crate) async fn long_poll(
    AxumState(state): AxumState<State>,
    Authenticated(caller): Authenticated,
    QueryOf(query): QueryOf<EventsQuery>,
) -> Reply<PolledEvents> {
    ok(poll::wait(&state.gateway, caller, &query).await?)
}

/// Whom commands act for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CommandsQuery {
    /// The caller's own event stream, for commands that subscribe it to something.
    connection_id: Option<String>,
}

/// Carries out one frame or an array of them; the replies are in the body, in the same shape.
#[utoipa::path(post, path = "/api/v1/commands", tag = "events", params(CommandsQuery),
    request_body(content = serde_json::Value, description = "A frame or an array of frames, see the AsyncAPI document"),
    responses((status = 200, body = serde_json::Value), (status = 204, description = "The frame has no reply")))]
pub(crate) async fn run_commands(
    AxumState(state): AxumState<State>,
    Authenticated(caller): Authenticated,
    QueryOf(query): QueryOf<CommandsQuery>,
    RawBody(body): RawBody,
) -> Result<Response, HttpError> {
    let connection = query.connection_id.map(|id| id.parse::<ConnectionId>().unwrap_or_default());
    Ok(match commands::run(&state.gateway, caller, connection, &body).await? {
        Replies::One(None) => StatusCode::NO_CONTENT.into_response(),
        Replies::One(Some(reply)) => Json(reply).into_response(),
        Replies::Many(replies) => Json(replies).into_response(),
    })
}
