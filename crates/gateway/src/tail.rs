//! The tail of what happens on the server, as Server-Sent Events for an operator who watches.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use bytes::Bytes;
use tokio::sync::mpsc;
use tutti_core::tail::Watch;
use tutti_core::{Caller, Failure};
use tutti_protocol::operator::{OperatorEvent, OperatorEventKind, OperatorEventsQuery};
use tutti_protocol::{ChannelName, CloseCode, Codec, ErrorCode, UserId};

use crate::Gateway;
use crate::sse::{COMMENT, closing_event, event_of, response};

/// Which events somebody wants to be told.
#[derive(Debug, Default)]
pub struct Filter {
    kinds: HashSet<OperatorEventKind>,
    users: HashSet<UserId>,
    channels: HashSet<ChannelName>,
}

impl From<OperatorEventsQuery> for Filter {
    fn from(query: OperatorEventsQuery) -> Self {
        Self {
            kinds: query.kind.into_iter().collect(),
            users: query.user.into_iter().collect(),
            channels: query.channel.into_iter().collect(),
        }
    }
}

impl Filter {
    fn fits(&self, event: &OperatorEvent) -> bool {
        event.kind == OperatorEventKind::Missed
            || (one_of(&self.kinds, Some(&event.kind))
                && one_of(&self.users, event.user_id.as_ref())
                && one_of(&self.channels, event.channel.as_ref()))
    }
}

/// Whether a value is among those that are wanted, if any are named.
fn one_of<T: Eq + Hash>(wanted: &HashSet<T>, value: Option<&T>) -> bool {
    wanted.is_empty() || value.is_some_and(|value| wanted.contains(value))
}

/// Opens a stream of what happens from now on.
///
/// # Errors
/// `rate_limited` when too many watch already.
pub fn open(gateway: &Arc<Gateway>, caller: Caller, filter: Filter) -> Result<Response<Body>, Failure> {
    let too_many = || Failure::new(ErrorCode::RateLimited, "too many watch the server already");
    let watch = gateway.tail.watch().ok_or_else(|| too_many().retry_after(gateway.config.heartbeat))?;
    let (out, body) = mpsc::channel(16);
    let served = Arc::clone(gateway);
    gateway.tasks.spawn(async move {
        if let Some(code) = carry(&served, &caller, &filter, watch, &out).await {
            // A client that does not read is not waited for.
            let _ = out.try_send(closing_event(code, &served.close_reason(code)));
        }
    });
    Ok(response(body))
}

/// Carries events into the body until the client is gone, or the stream shall end for a reason.
async fn carry(
    gateway: &Gateway,
    caller: &Caller,
    filter: &Filter,
    mut watch: Watch,
    out: &mpsc::Sender<Bytes>,
) -> Option<CloseCode> {
    let heartbeat = gateway.config.heartbeat;
    // The first says that the watch has begun.
    let mut next = Some(Bytes::from_static(COMMENT));
    let mut silent_until = gateway.clock.now() + heartbeat;
    loop {
        if let Some(code) = gateway.standing(caller, gateway.clock.now()) {
            return Some(code);
        }
        if let Some(bytes) = next {
            let sent = tokio::select! {
                sent = gateway.clock.timeout(heartbeat, out.send(bytes)) => sent,
                () = gateway.tasks.stopping() => return Some(CloseCode::Draining),
            };
            match sent {
                Ok(Ok(())) => silent_until = gateway.clock.now() + heartbeat,
                Ok(Err(_)) => return None,
                Err(_) => return Some(CloseCode::SlowConsumer),
            }
        }
        next = tokio::select! {
            told = watch.next() => filter.fits(&told).then(|| event_of(None, &Codec::Json.encode(&*told))),
            () = gateway.clock.sleep_until(silent_until) => Some(Bytes::from_static(COMMENT)),
            () = out.closed() => return None,
            () = gateway.tasks.stopping() => return Some(CloseCode::Draining),
        };
    }
}

#[cfg(test)]
mod tests {
    use tutti_protocol::Timestamp;

    use super::*;

    fn told(kind: OperatorEventKind, user: Option<&str>, channel: Option<&str>) -> OperatorEvent {
        let mut event = OperatorEvent::new(kind, Timestamp::default());
        event.user_id = user.map(|user| UserId::new(user).unwrap());
        event.channel = channel.map(|channel| channel.parse().unwrap());
        event
    }

    #[test]
    fn each_filter_that_is_set_has_to_fit() {
        use OperatorEventKind::{ChannelCreated, Missed, Published, Subscribed};
        let filter = Filter::from(OperatorEventsQuery {
            kind: vec![Published, Subscribed],
            user: vec![UserId::new("ann").unwrap()],
            channel: vec!["a:b".parse().unwrap(), "a:c".parse().unwrap()],
        });
        assert!(filter.fits(&told(Published, Some("ann"), Some("a:b"))));
        assert!(filter.fits(&told(Subscribed, Some("ann"), Some("a:c"))));
        assert!(!filter.fits(&told(ChannelCreated, Some("ann"), Some("a:b"))));
        assert!(!filter.fits(&told(Published, Some("bob"), Some("a:b"))));
        assert!(!filter.fits(&told(Published, None, Some("a:b"))), "a server published it");
        assert!(!filter.fits(&told(Published, Some("ann"), Some("a:d"))));
        assert!(filter.fits(&told(Missed, None, None)), "whoever filters wants to know what is missing");
        assert!(Filter::default().fits(&told(ChannelCreated, None, None)));
    }
}
