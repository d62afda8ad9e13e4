//! One open connection as the hub sees it: whom it belongs to, what waits for it, and whether it should end.
//!
//! A peer with a socket is written to directly by whoever has something for it; only what the socket refuses waits for
//! the connection's own task. A peer without one (SSE, long poll) always waits.

use std::collections::HashSet;
use std::future::poll_fn;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use parking_lot::{Mutex, RwLock};
use tokio::net::TcpStream;
use tutti_core::bus::WhenSlow;
use tutti_core::{Caller, Topic};
use tutti_protocol::operator::TransportKind;
use tutti_protocol::{CloseCode, ConnectionId, EventId, Timestamp};

use crate::gap::GapBuffer;
use crate::metrics::Metrics;
use crate::outbound::{Keep, Outbound, Pushed};
use crate::wire::{Encoding, Frame};

/// One open, authenticated connection.
pub struct Peer {
    /// Its id.
    pub id: ConnectionId,
    /// How it wants its bytes.
    pub encoding: Encoding,
    /// What carries it.
    pub transport: TransportKind,
    /// When it was opened.
    pub opened_at: Timestamp,
    caller: RwLock<Arc<Caller>>,
    socket: Option<Arc<TcpStream>>,
    state: Mutex<State>,
    wake: Wake,
    heard_at: AtomicI64,
    /// How many replies are on their way through the hub.
    replies: AtomicUsize,
    follows: Mutex<HashSet<Topic>>,
    metrics: Arc<Metrics>,
}

/// Wakes the one task that waits for it; a wake that comes while it does not wait is kept.
#[derive(Default)]
struct Wake {
    due: AtomicBool,
    task: AtomicWaker,
}

impl Wake {
    fn wake(&self) {
        self.due.store(true, Ordering::Release);
        self.task.wake();
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        // In this order a wake in between is seen by one of the two.
        self.task.register(context.waker());
        if self.due.swap(false, Ordering::AcqRel) { Poll::Ready(()) } else { Poll::Pending }
    }
}

struct State {
    /// Holds live frames until history is written; none once live.
    gap: Option<GapBuffer>,
    outbound: Outbound,
    /// Why the connection shall end.
    closing: Option<CloseCode>,
}

/// What a peer is made of.
pub struct NewPeer {
    /// Its id.
    pub id: ConnectionId,
    /// Whose it is.
    pub caller: Arc<Caller>,
    /// How it wants its bytes.
    pub encoding: Encoding,
    /// What carries it.
    pub transport: TransportKind,
    /// Where to write, if it has a socket of its own.
    pub socket: Option<Arc<TcpStream>>,
    /// Most bytes that may wait.
    pub max_outbound_bytes: usize,
    /// When it was opened.
    pub now: Timestamp,
    /// Counts what happens.
    pub metrics: Arc<Metrics>,
}

impl Peer {
    /// A peer that holds live frames back until [`Peer::go_live`].
    #[must_use]
    pub fn new(new: NewPeer) -> Self {
        Self {
            id: new.id,
            encoding: new.encoding,
            transport: new.transport,
            opened_at: new.now,
            caller: RwLock::new(new.caller),
            socket: new.socket,
            state: Mutex::new(State {
                gap: Some(GapBuffer::new(new.max_outbound_bytes)),
                outbound: Outbound::new(new.max_outbound_bytes),
                closing: None,
            }),
            wake: Wake::default(),
            heard_at: AtomicI64::new(new.now.millis()),
            replies: AtomicUsize::new(0),
            follows: Mutex::new(HashSet::new()),
            metrics: new.metrics,
        }
    }

    /// Whose connection it is, by the latest token.
    #[must_use]
    pub fn caller(&self) -> Arc<Caller> {
        Arc::clone(&self.caller.read())
    }

    /// Takes over a fresh token.
    pub fn refresh(&self, caller: Caller) {
        *self.caller.write() = Arc::new(caller);
    }

    /// Takes note of a sign of life.
    pub fn heard(&self, now: Timestamp) {
        self.heard_at.store(now.millis(), Ordering::Relaxed);
    }

    /// Whether replies are on their way through the hub; the next ones go the same way, so that they keep their order.
    pub(crate) fn awaits_replies(&self) -> bool {
        self.replies.load(Ordering::Acquire) > 0
    }

    pub(crate) fn reply_is_under_way(&self) {
        self.replies.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn replies_are_written(&self, count: usize) {
        if count > 0 {
            self.replies.fetch_sub(count, Ordering::AcqRel);
        }
    }

    /// When the last sign of life came.
    #[must_use]
    pub fn heard_at(&self) -> Timestamp {
        Timestamp::from_millis(self.heard_at.load(Ordering::Relaxed))
    }

    /// The topics it follows beside those it was opened with.
    pub fn follows(&self) -> &Mutex<HashSet<Topic>> {
        &self.follows
    }

    /// Delivers frames of the hub, in order. `joined` is all of them in this peer's encoding, one behind the other.
    pub fn deliver<'a>(&self, frames: impl Iterator<Item = &'a Arc<Frame>> + Clone, joined: &[u8]) {
        let mut state = self.state.lock();
        if state.closing.is_some() {
            for reply in frames.filter(|frame| frame.is_reply) {
                answer_in_the_end(&mut state, reply.encoded(self.encoding).clone());
            }
            return;
        }
        if let Some(gap) = &mut state.gap {
            if frames.clone().any(|frame| gap.hold(frame).is_err()) {
                self.overflow(&mut state);
            }
            return;
        }
        let mut written = self.write_now(&mut state, joined);
        if written == joined.len() {
            return;
        }
        for frame in frames {
            let bytes = frame.encoded(self.encoding);
            if written >= bytes.len() {
                written -= bytes.len();
                continue;
            }
            let keep = if written == 0 { keep(frame) } else { Keep::Always };
            let rest = bytes.slice(written..);
            written = 0;
            if !self.enqueue(&mut state, rest, keep) {
                return;
            }
        }
    }

    /// Sends bytes of this connection's own: replies, pings, welcome. While the connection is closing they wait for its
    /// end: what was carried out is answered.
    pub fn send(&self, bytes: &Bytes) {
        let mut state = self.state.lock();
        if state.closing.is_some() {
            answer_in_the_end(&mut state, bytes.clone());
            return;
        }
        let written = self.write_now(&mut state, bytes);
        if written < bytes.len() {
            self.enqueue(&mut state, bytes.slice(written..), Keep::Always);
        }
    }

    /// Writes as much as the socket takes at once; nothing when it is not live yet, something waits already, or there
    /// is no socket.
    fn write_now(&self, state: &mut State, bytes: &[u8]) -> usize {
        let Some(socket) = &self.socket else { return 0 };
        if state.gap.is_some() || !state.outbound.is_empty() || bytes.is_empty() {
            return 0;
        }
        match socket.try_write(bytes) {
            Ok(written) => written,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            // The connection's own task reads the error from the socket and ends.
            Err(_) => bytes.len(),
        }
    }

    fn enqueue(&self, state: &mut State, bytes: Bytes, keep: Keep) -> bool {
        match state.outbound.push(bytes, keep) {
            Pushed::Queued => {}
            Pushed::Dropped(count) => {
                self.metrics.frames_dropped.inc_by(count as u64);
            }
            Pushed::Overflow => {
                self.overflow(state);
                return false;
            }
        }
        self.wake.wake();
        true
    }

    fn overflow(&self, state: &mut State) {
        state.gap = None;
        state.closing = Some(CloseCode::SlowConsumer);
        self.wake.wake();
    }

    /// Ends the holding back: what history up to `latest` did not contain follows, and from here on frames are delivered
    /// as they come.
    pub fn go_live(&self, latest: EventId) {
        let mut state = self.state.lock();
        let Some(gap) = state.gap.take() else { return };
        for frame in gap.release(latest) {
            if !self.enqueue(&mut state, frame.encoded(self.encoding).clone(), Keep::Always) {
                return;
            }
        }
    }

    /// Ends the connection, saying why. The first reason stands.
    pub fn close(&self, code: CloseCode) {
        let mut state = self.state.lock();
        state.gap = None;
        state.closing.get_or_insert(code);
        self.wake.wake();
    }

    /// Why the connection shall end, if it shall.
    #[must_use]
    pub fn closing(&self) -> Option<CloseCode> {
        self.state.lock().closing
    }

    /// Resolves when the connection shall end. Takes the wakes that others may wait for.
    pub async fn to_be_closed(&self) {
        while self.closing().is_none() {
            self.woken().await;
        }
    }

    /// How many bytes wait for it to read on.
    #[must_use]
    pub fn queued_bytes(&self) -> usize {
        self.state.lock().outbound.bytes()
    }

    /// Whether something waits for the socket.
    #[must_use]
    pub fn wants_write(&self) -> bool {
        !self.state.lock().outbound.is_empty()
    }

    /// Resolves when there is something to do: bytes wait, or the connection shall end.
    pub async fn woken(&self) {
        poll_fn(|context| self.poll_woken(context)).await;
    }

    /// As [`Peer::woken`]. Only the task that asked last is woken.
    pub(crate) fn poll_woken(&self, context: &mut Context<'_>) -> Poll<()> {
        self.wake.poll(context)
    }

    /// Writes what waits, until the socket refuses.
    ///
    /// # Errors
    /// A broken socket.
    pub fn flush(&self) -> io::Result<()> {
        let Some(socket) = &self.socket else { return Ok(()) };
        let mut state = self.state.lock();
        while let Some(front) = state.outbound.front() {
            match socket.try_write(front) {
                Ok(written) => state.outbound.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes what waits, for a transport that carries it itself.
    pub fn take(&self) -> Vec<Bytes> {
        self.state.lock().outbound.take()
    }
}

/// Adds a reply behind everything else; the connection's task writes it before the close frame.
fn answer_in_the_end(state: &mut State, bytes: Bytes) {
    // Past the bound it is not answered; the client sends it again and is told that it is a duplicate.
    let _ = state.outbound.push(bytes, Keep::Always);
}

/// What the queue of one connection may do with a frame.
fn keep(frame: &Frame) -> Keep {
    match &frame.when_slow {
        WhenSlow::Disconnect => Keep::Always,
        WhenSlow::Drop => Keep::IfRoom,
        WhenSlow::Latest(key) => {
            let mut hasher = DefaultHasher::new();
            (&frame.topic, key).hash(&mut hasher);
            Keep::Latest(hasher.finish())
        }
    }
}

#[cfg(test)]
impl Peer {
    /// A user's connection without a socket, for tests.
    pub(crate) fn of(user: tutti_protocol::UserId, id: u64) -> Self {
        let caller = Caller {
            user,
            name: None,
            roles: vec![],
            scopes: vec![],
            issued_at: Timestamp::default(),
            expires_at: Timestamp::default(),
        };
        Self::new(NewPeer {
            id: ConnectionId(id),
            caller: Arc::new(caller),
            encoding: Encoding::PlainJson,
            transport: tutti_protocol::operator::TransportKind::Poll,
            socket: None,
            max_outbound_bytes: 1000,
            now: Timestamp::default(),
            metrics: Arc::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use tutti_core::bus::Push;
    use tutti_protocol::UserId;

    use super::*;

    #[test]
    fn what_was_carried_out_is_answered_although_the_connection_closes_and_pushes_are_not() {
        let ada = UserId::new("ada").unwrap();
        let peer = Peer::of(ada.clone(), 1);
        peer.go_live(EventId(0));
        peer.close(CloseCode::GoingAway);
        let push = Push {
            topic: Topic::User(ada.clone()),
            frame: Bytes::from_static(b"push"),
            except: None,
            event: None,
            when_slow: WhenSlow::Disconnect,
            gather: std::time::Duration::ZERO,
        };
        let reply = Frame::reply(ada, Bytes::from_static(b"reply"), Encoding::PlainJson);
        let frames = [Arc::new(Frame::from(push)), Arc::new(reply)];
        peer.deliver(frames.iter(), b"pushreply");
        peer.send(&Bytes::from_static(b"another"));
        assert_eq!(peer.take(), [&b"reply"[..], b"another"]);
    }
}
