//! What operators see of the connections: pages of them, and the counts. Bounded, and never in the way of a delivery.

use std::sync::Arc;

use tutti_protocol::operator::{ClosedCount, ConnectionCounts, Counters, NodeInfo, TransportKind};
use tutti_protocol::{CloseCode, ConnectionId, UserId};

use crate::Gateway;
use crate::peer::Peer;

/// How many connections are looked at in one go.
const AT_ONCE: usize = 1024;

/// Which connections are looked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only those of this user.
    pub user: Option<UserId>,
    /// Only those with bytes waiting.
    pub slow: bool,
}

impl Wanted {
    /// One that is about to be closed is wanted no more.
    fn is(&self, peer: &Peer) -> bool {
        (!self.slow || peer.queued_bytes() > 0) && peer.closing().is_none()
    }
}

impl Gateway {
    /// At most so many open connections after this one, in the order in which they were opened.
    pub async fn open_connections(&self, wanted: &Wanted, after: ConnectionId, count: usize) -> Vec<Arc<Peer>> {
        if let Some(user) = &wanted.user {
            let theirs = self.registry.open_of(user).into_iter();
            return theirs.filter(|peer| peer.id > after && wanted.is(peer)).take(count).collect();
        }
        let (mut found, mut last) = (Vec::new(), after);
        loop {
            let some = self.registry.open_after(last, AT_ONCE);
            let Some(newest) = some.last() else { return found };
            last = newest.id;
            found.extend(some.into_iter().filter(|peer| wanted.is(peer)).take(count - found.len()));
            if found.len() == count {
                return found;
            }
            // Looking over very many is done in turns with whatever else there is to do.
            tokio::task::yield_now().await;
        }
    }

    /// How many bytes wait for clients to read on. Looks at every connection, some at a time: not for a thread that
    /// serves them.
    #[must_use]
    pub fn outbound_bytes(&self) -> usize {
        let (mut bytes, mut last) = (0, ConnectionId::default());
        loop {
            let some = self.registry.open_after(last, AT_ONCE);
            let Some(newest) = some.last() else { return bytes };
            last = newest.id;
            bytes += some.iter().map(|peer| peer.queued_bytes()).sum::<usize>();
        }
    }

    /// This process.
    #[must_use]
    pub fn node(&self) -> NodeInfo {
        NodeInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: self.started_at,
            now: self.clock.now(),
            shards: self.hub.shards() as u64,
            transports: TransportKind::ALL.to_vec(),
        }
    }

    /// How many connections are open.
    #[must_use]
    pub fn connection_counts(&self) -> ConnectionCounts {
        let [websocket, sse, poll] = TransportKind::ALL.map(|transport| self.metrics.open_now(transport));
        ConnectionCounts { total: websocket + sse + poll, websocket, sse, poll }
    }

    /// What was counted since the start, but for publications.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let metrics = &self.metrics;
        let closed = CloseCode::ALL.map(|code| ClosedCount { code: code.number(), count: metrics.closed_with(code) });
        Counters {
            frames_received: metrics.frames_in.get(),
            frames_delivered: metrics.frames_out.get(),
            frames_dropped: metrics.frames_dropped.get(),
            errors: metrics.errors.get(),
            publications: 0,
            opened: TransportKind::ALL.map(|transport| metrics.ever_opened(transport)).iter().sum(),
            slow_consumers: metrics.closed_with(CloseCode::SlowConsumer),
            closed: closed.into_iter().filter(|closed| closed.count > 0).collect(),
        }
    }
}
