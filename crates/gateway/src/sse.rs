//! Server-Sent Events: the pushes of a connection as a stream of events, for clients that cannot have a WebSocket.
//! Commands go beside it, by `POST /commands?connection_id=`.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, header};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::stream;
use parking_lot::Mutex;
use serde::Deserialize;
use tokio::sync::mpsc;
use tutti_core::{Caller, Failure};
use tutti_protocol::{CloseCode, ConnectionId, ErrorCode, EventId};

use crate::Gateway;
use crate::credentials::ConnectionQuery;
use crate::hub::KEEP_ALIVE;
use crate::opening::{OpenSession, Opening, Refused};
use crate::session::Session;
use crate::wire::Encoding;

/// Sessions of open streams, by connection.
#[derive(Default)]
pub struct Streams {
    sessions: Mutex<HashMap<ConnectionId, Arc<Session>>>,
}

impl Streams {
    /// The session of a caller's own stream.
    #[must_use]
    pub fn of(&self, caller: &Caller, connection: ConnectionId) -> Option<Arc<Session>> {
        self.sessions.lock().get(&connection).filter(|session| session.caller().user == caller.user).cloned()
    }
}

/// The positions a frame may carry, of which one becomes the event's id.
#[derive(Deserialize)]
struct Stamp {
    event_id: Option<EventId>,
    since: Option<EventId>,
}

/// Opens a stream.
///
/// # Errors
/// `rate_limited` when the user or the server has too many connections; a dependency that is down.
pub async fn open(gateway: &Arc<Gateway>, caller: Caller, parts: &Parts) -> Result<Response<Body>, Failure> {
    let last_seen = parts.headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let since = last_seen.and_then(|id| id.parse().ok()).or(ConnectionQuery::of(&parts.uri).since);
    let session = open_plain(gateway, caller, since, "sse").await?;
    let (events, body) = mpsc::channel::<Bytes>(16);
    let served = Arc::clone(gateway);
    gateway.tasks.spawn(async move {
        let id = session.peer.id;
        served.streams.sessions.lock().insert(id, Arc::clone(&session.session));
        let goodbye = carry(session, events, &served).await;
        served.streams.sessions.lock().remove(&id);
        goodbye.end(false).await;
    });
    let mut response = Response::new(Body::from_stream(stream::unfold(body, |mut body| async {
        body.recv().await.map(|bytes| (Ok::<_, Infallible>(bytes), body))
    })));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// Opens a session whose frames are carried as plain JSON.
///
/// # Errors
/// As [`open`].
pub(crate) async fn open_plain(
    gateway: &Arc<Gateway>,
    caller: Caller,
    since: Option<EventId>,
    transport: &'static str,
) -> Result<OpenSession, Failure> {
    let too_many = || Failure::new(ErrorCode::RateLimited, CloseCode::TooManyConnections.meaning());
    let place = gateway.registry.enter().ok_or_else(too_many)?;
    let opening = Opening { place, caller, encoding: Encoding::PlainJson, socket: None, since, transport };
    OpenSession::open(gateway, opening).await.map_err(|refused| match refused {
        Refused::Failed(failure) => failure,
        Refused::Close(_) => too_many().retry_after(gateway.config.heartbeat),
    })
}

/// Carries frames into the body until the client is gone or the connection shall end; gives the session back.
async fn carry(mut session: OpenSession, events: mpsc::Sender<Bytes>, gateway: &Gateway) -> OpenSession {
    let beginning: Vec<Bytes> = session.beginning_bytes().collect();
    for frame in beginning {
        if events.send(event(&frame)).await.is_err() {
            return session;
        }
    }
    session.go_live();
    loop {
        for frame in session.peer.take() {
            if events.send(event(&frame)).await.is_err() {
                return session;
            }
        }
        if let Some(code) = session.peer.closing() {
            gateway.metrics.close(code);
            // The client may be gone already, which is what is wanted.
            let _ = events.send(closing_event(code)).await;
            return session;
        }
        tokio::select! {
            () = session.peer.woken() => {}
            () = events.closed() => return session,
        }
    }
}

/// One event: the frame as data, its position as id.
fn event(frame: &[u8]) -> Bytes {
    if frame == KEEP_ALIVE {
        return Bytes::from_static(b":\n\n");
    }
    let stamp: Option<Stamp> = serde_json::from_slice(frame).ok();
    let id = stamp.and_then(|stamp| stamp.event_id.or(stamp.since));
    let mut out = BytesMut::with_capacity(frame.len() + 40);
    if let Some(id) = id {
        out.put_slice(format!("id: {id}\n").as_bytes());
    }
    out.put_slice(b"data: ");
    out.put_slice(frame);
    out.put_slice(b"\n\n");
    out.freeze()
}

/// The last event of a stream that the server ends: what a WebSocket would have said in its close frame.
fn closing_event(code: CloseCode) -> Bytes {
    let text = format!(
        "event: close\ndata: {{\"code\":{},\"reason\":\"{}\",\"reconnect\":{}}}\n\n",
        code.number(),
        code.reason(),
        code.reconnect()
    );
    Bytes::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_position_of_a_frame_is_the_id_of_its_event() {
        let push = event(br#"{"type":"message","event_id":"7","offset":2}"#);
        assert_eq!(push[..], b"id: 7\ndata: {\"type\":\"message\",\"event_id\":\"7\",\"offset\":2}\n\n"[..]);
        assert_eq!(event(br#"{"type":"typing"}"#)[..], b"data: {\"type\":\"typing\"}\n\n"[..]);
        assert_eq!(event(KEEP_ALIVE)[..], b":\n\n"[..]);
    }
}
