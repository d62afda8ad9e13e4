//! Long poll: one request, answered as soon as there is something, for clients that can have neither a WebSocket nor a
//! stream. It keeps nothing between requests, so the next one may go to another node.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tutti_core::{Caller, Failure};
use tutti_protocol::http::{EventsQuery, PolledEvents};
use tutti_protocol::operator::TransportKind;
use tutti_protocol::{CloseCode, EventId};

use crate::Gateway;
use crate::hub::KEEP_ALIVE;
use crate::opening::{Beginning, OpenSession};
use crate::sse::open_plain;

/// Seconds to wait when the client does not say.
const DEFAULT_WAIT: u32 = 25;
/// Most seconds to wait.
const MAX_WAIT: u32 = 60;

/// Answers one poll.
///
/// # Errors
/// A wait out of bounds, too many connections, a dependency that is down.
pub async fn wait(gateway: &Arc<Gateway>, caller: Caller, query: &EventsQuery) -> Result<PolledEvents, Failure> {
    let seconds = query.timeout.unwrap_or(DEFAULT_WAIT);
    if seconds > MAX_WAIT {
        return Err(Failure::invalid("timeout", format!("`timeout` is 0 to {MAX_WAIT}")).over(u64::from(MAX_WAIT)));
    }
    let patience = Duration::from_secs(u64::from(seconds));
    let (answer, answered) = oneshot::channel();
    let (served, since) = (Arc::clone(gateway), query.since);
    // In a task of its own, so that a client who gives up leaves nothing behind.
    gateway.tasks.spawn(async move { serve(&served, caller, since, patience, answer).await });
    answered.await.unwrap_or_else(|_| Err(Failure::unavailable(gateway.config.heartbeat)))
}

type Answer = oneshot::Sender<Result<PolledEvents, Failure>>;

/// Waits and answers, unless the client gives up first.
async fn serve(gateway: &Arc<Gateway>, caller: Caller, since: Option<EventId>, patience: Duration, mut answer: Answer) {
    let opened = open_plain(gateway, caller, since, TransportKind::Poll).await;
    let result = match opened {
        Ok((session, beginning)) => {
            let polled = tokio::select! {
                polled = collect(gateway, &session, beginning, since, patience) => Some(polled),
                () = answer.closed() => None,
            };
            let closed = session.peer.closing();
            if let Some(code) = closed {
                gateway.metrics.close(code);
            }
            session.end(closed.map(CloseCode::number)).await;
            polled.map(Ok)
        }
        Err(failure) => Some(Err(failure)),
    };
    if let Some(result) = result {
        // Whoever gave up in this very moment polls again from the same place.
        let _ = answer.send(result);
    }
}

async fn collect(
    gateway: &Gateway,
    session: &OpenSession,
    beginning: Beginning,
    since: Option<EventId>,
    patience: Duration,
) -> PolledEvents {
    let Beginning { welcome, missed, .. } = &beginning;
    let mut polled = PolledEvents {
        events: Vec::new(),
        since: welcome.since,
        resumed: welcome.resumed,
        reset: welcome.reset.clone(),
    };
    for missed in missed {
        polled.since = polled.since.max(missed.event);
        polled.events.extend(serde_json::from_slice(&missed.frame).ok());
    }
    let nothing_to_wait_for = since.is_none() || !polled.resumed || !polled.reset.is_empty();
    if nothing_to_wait_for || !polled.events.is_empty() {
        return polled;
    }
    session.go_live(&beginning);
    let peer = &session.peer;
    let something = async {
        while polled.events.is_empty() && peer.closing().is_none() {
            peer.woken().await;
            add_taken(&mut polled, &peer.take());
        }
    };
    // Nothing in time is an answer too.
    let _ = gateway.clock.timeout(patience, something).await;
    polled
}

fn add_taken(polled: &mut PolledEvents, frames: &[bytes::Bytes]) {
    for frame in frames.iter().filter(|frame| frame[..] != *KEEP_ALIVE) {
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(frame) else { continue };
        if let Some(event) = value.get("event_id").and_then(|id| id.as_str()).and_then(|id| id.parse().ok()) {
            polled.since = polled.since.max(event);
        }
        polled.events.push(value);
    }
}
