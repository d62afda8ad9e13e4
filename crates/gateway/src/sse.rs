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
use tokio::sync::mpsc::error::SendError;
use tokio::sync::{mpsc, oneshot};
use tutti_core::{Caller, Failure};
use tutti_protocol::operator::TransportKind;
use tutti_protocol::{CloseCode, ConnectionId, ErrorCode, EventId};

use crate::Gateway;
use crate::credentials::ConnectionQuery;
use crate::hub::KEEP_ALIVE;
use crate::opening::{Beginning, OpenSession, Opening, Refused};
use crate::peer::Peer;
use crate::session::Session;
use crate::wire::Encoding;

/// What a stream says when it has nothing to say, so that it does not look dead.
pub(crate) const COMMENT: &[u8] = b":\n\n";

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
    let (events, body) = mpsc::channel::<Bytes>(16);
    let (opened, outcome) = oneshot::channel();
    let served = Arc::clone(gateway);
    // In a task of its own from the start, so that a client who gives up leaves nothing behind.
    gateway.tasks.spawn(async move {
        match open_plain(&served, caller, since, TransportKind::Sse).await {
            Ok((session, beginning)) => {
                // Whoever asked may be gone; the stream finds out by itself.
                let _ = opened.send(Ok(()));
                serve(&served, &session, beginning, events).await;
            }
            Err(failure) => drop(opened.send(Err(failure))),
        }
    });
    outcome.await.unwrap_or_else(|_| Err(Failure::unavailable(gateway.config.heartbeat)))?;
    Ok(response(body))
}

/// The answer that carries events as they come.
pub(crate) fn response(body: mpsc::Receiver<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::from_stream(stream::unfold(body, |mut body| async {
        body.recv().await.map(|bytes| (Ok::<_, Infallible>(bytes), body))
    })));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// Opens a session whose frames are carried as plain JSON.
///
/// # Errors
/// As [`open`].
pub(crate) async fn open_plain(
    gateway: &Arc<Gateway>,
    caller: Caller,
    since: Option<EventId>,
    transport: TransportKind,
) -> Result<(OpenSession, Beginning), Failure> {
    let too_many = || Failure::new(ErrorCode::RateLimited, CloseCode::TooManyConnections.meaning());
    let place = gateway.registry.enter().ok_or_else(too_many)?;
    let opening = Opening { place, caller, encoding: Encoding::PlainJson, socket: None, since, transport };
    OpenSession::open(gateway, opening).await.map_err(|refused| match refused {
        Refused::Failed(failure) => failure,
        Refused::Close(_) => too_many().retry_after(gateway.config.heartbeat),
    })
}

/// Serves an open stream to its end.
async fn serve(gateway: &Gateway, session: &OpenSession, beginning: Beginning, events: mpsc::Sender<Bytes>) {
    let id = session.peer.id;
    gateway.streams.sessions.lock().insert(id, Arc::clone(&session.session));
    let code = carry(session, beginning, &events).await;
    if let Some(code) = code {
        gateway.metrics.close(code);
        // A client that does not read is not waited for.
        let _ = events.try_send(closing_event(code, &gateway.close_reason(code)));
    }
    gateway.streams.sessions.lock().remove(&id);
    session.end(code.map(CloseCode::number)).await;
}

/// Carries frames into the body until the client is gone, or the connection shall end for a reason.
async fn carry(session: &OpenSession, beginning: Beginning, events: &mpsc::Sender<Bytes>) -> Option<CloseCode> {
    let peer = &session.peer;
    send_all(peer, events, beginning.bytes(peer.encoding).collect()).await.ok()?;
    session.go_live(&beginning);
    drop(beginning);
    loop {
        if let Some(code) = peer.closing() {
            return Some(code);
        }
        let frames = peer.take();
        if frames.is_empty() {
            tokio::select! {
                () = peer.woken() => {}
                () = events.closed() => return None,
            }
        }
        send_all(peer, events, frames).await.ok()?;
    }
}

/// Sends frames as events, as fast as the client reads; stops when the connection shall end.
async fn send_all(peer: &Peer, events: &mpsc::Sender<Bytes>, frames: Vec<Bytes>) -> Result<(), SendError<()>> {
    for frame in frames {
        tokio::select! {
            sent = events.send(event(&frame)) => sent.map_err(|_| SendError(()))?,
            () = peer.to_be_closed() => return Ok(()),
        }
    }
    Ok(())
}

/// One event: the frame as data, its position as id.
fn event(frame: &[u8]) -> Bytes {
    if frame == KEEP_ALIVE {
        return Bytes::from_static(COMMENT);
    }
    let stamp: Option<Stamp> = serde_json::from_slice(frame).ok();
    event_of(stamp.and_then(|stamp| stamp.event_id.or(stamp.since)), frame)
}

/// One event with this id and this JSON as data.
pub(crate) fn event_of(id: Option<EventId>, data: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(data.len() + 40);
    if let Some(id) = id {
        out.put_slice(format!("id: {id}\n").as_bytes());
    }
    out.put_slice(b"data: ");
    out.put_slice(data);
    out.put_slice(b"\n\n");
    out.freeze()
}

/// The last event of a stream that the server ends: what a WebSocket would have said in its close frame.
pub(crate) fn closing_event(code: CloseCode, reason: &str) -> Bytes {
    let text = format!(
        "event: close\ndata: {{\"code\":{},\"reason\":\"{reason}\",\"reconnect\":{}}}\n\n",
        code.number(),
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
