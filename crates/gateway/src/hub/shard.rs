//! One shard of the hub: a part of the connections, and one fan-out pass over everything that has come for them.
//!
//! A pass walks its entries in order and notes for each connection which frames it gets; at the end every connection
//! that gets something is written to once, whatever the number of frames and topics.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use slab::Slab;
use tutti_core::{Signal, Topic};
use tutti_protocol::{CloseCode, ConnectionId, Timestamp, UserId};

use super::Entry;
use super::gathering::Gathering;
use crate::application::Application;
use crate::metrics::Metrics;
use crate::peer::Peer;
use crate::wire::{Encoding, Frame};
use crate::ws::frame::{Opcode, server_frame};

/// How many frames' room a member keeps from one pass to the next.
const PENDING_KEPT: usize = 16;

/// Where a member stands; a pass finds it by this alone, for every delivery has to.
type Place = usize;

/// A part of the connections.
pub(crate) struct Shard {
    members: Slab<Member>,
    places: HashMap<ConnectionId, Place>,
    topics: HashMap<Topic, Vec<Place>>,
    users: HashMap<UserId, Vec<Place>>,
    metrics: Arc<Metrics>,
    heartbeat: Duration,
    pong_timeout: Duration,
    joined: Joined,
    gathering: Gathering,
}

struct Member {
    peer: Arc<Peer>,
    user: UserId,
    topics: HashSet<Topic>,
    /// Topics the user left while the connection was opening; none once it is open.
    left: Option<HashSet<Topic>>,
    /// Frames of the present pass, by their number in it.
    pending: Vec<u32>,
    /// How many of them are replies.
    replies: usize,
    pinged_at: Timestamp,
    /// Whether the last ping still wants an answer.
    awaiting_pong: bool,
}

/// What one pass has for whom.
#[derive(Default)]
struct Pass {
    /// What is delivered, by its number.
    frames: Vec<Arc<Frame>>,
    /// Who gets something.
    touched: Vec<Place>,
}

/// Frames joined into one buffer, kept from one connection to the next: most get the same ones.
#[derive(Default)]
struct Joined {
    numbers: Vec<u32>,
    encoding: Option<Encoding>,
    bytes: Vec<u8>,
}

impl Joined {
    fn of(&mut self, numbers: &[u32], frames: &[Arc<Frame>], encoding: Encoding) -> &[u8] {
        if self.encoding != Some(encoding) || self.numbers != numbers {
            self.encoding = Some(encoding);
            self.numbers.clear();
            self.numbers.extend_from_slice(numbers);
            self.bytes.clear();
            for number in numbers {
                self.bytes.extend_from_slice(frames[*number as usize].encoded(encoding));
            }
        }
        &self.bytes
    }

    fn forget(&mut self) {
        *self = Self::default();
    }
}

impl Shard {
    pub(crate) fn new(metrics: Arc<Metrics>, heartbeat: Duration, pong_timeout: Duration) -> Self {
        Self {
            members: Slab::new(),
            places: HashMap::new(),
            topics: HashMap::new(),
            users: HashMap::new(),
            metrics,
            heartbeat,
            pong_timeout,
            joined: Joined::default(),
            gathering: Gathering::default(),
        }
    }

    /// When frames that wait for others are to be written.
    pub(crate) fn gathered_at(&self) -> Option<Timestamp> {
        self.gathering.next()
    }

    /// Carries out what has come, in order, and writes what has waited long enough.
    pub(crate) fn pass(&mut self, entries: Vec<Entry>, now: Timestamp) {
        let mut pass = Pass::default();
        for entry in entries {
            match entry {
                Entry::Deliver(frame) if frame.gather.is_zero() => self.note(frame, &mut pass),
                Entry::Deliver(frame) => self.gathering.add(frame, now),
                Entry::Signal(signal) => self.signal(&signal, &mut pass),
                Entry::Register(peer) => self.register(peer),
                Entry::Unregister { connection, done } => {
                    // What came for it before is in its hands before it goes.
                    self.write(&mut pass);
                    self.unregister(connection);
                    let _ = done.send(());
                }
                Entry::Reply { connection, bytes } => self.reply(connection, bytes, &mut pass),
                Entry::Subscribe { connection, topics, opening, done } => {
                    // Whoever is told that it listens has been handed what came before.
                    self.write(&mut pass);
                    self.subscribe(connection, &topics, opening);
                    // Whoever asked may be gone; it is subscribed all the same, until it is unregistered.
                    let _ = done.send(());
                }
                Entry::Attach { connection, topic, greeting, done } => {
                    // What was published before is for those who listened before.
                    let earlier = self.gathering.take_all();
                    self.note_all(earlier, &mut pass);
                    // And it comes before the greeting, as do the answers to what was asked earlier.
                    self.write(&mut pass);
                    self.attach(connection, &topic, &greeting);
                    let _ = done.send(());
                }
                Entry::Unsubscribe { connection, topics } => self.unsubscribe(connection, &topics),
                Entry::CloseSome { code, share } => self.close_some(code, share),
                Entry::Tick { now, app, heard } => {
                    // Who asked ends only with the server.
                    let _ = heard.send(self.tick(now, app.as_ref()));
                }
            }
        }
        let due = self.gathering.take_due(now);
        self.note_all(due, &mut pass);
        self.write(&mut pass);
    }

    fn reply(&mut self, connection: ConnectionId, bytes: Bytes, pass: &mut Pass) {
        let Some(place) = self.places.get(&connection).copied() else { return };
        let Some(member) = self.members.get_mut(place) else { return };
        let Ok(number) = u32::try_from(pass.frames.len()) else { return };
        pass.frames.push(Arc::new(Frame::reply(member.user.clone(), bytes, member.peer.encoding)));
        member.replies += 1;
        member.note(number, place, pass);
    }

    fn note_all(&mut self, frames: Vec<Arc<Frame>>, pass: &mut Pass) {
        for frame in frames {
            self.note(frame, pass);
        }
    }

    /// Notes for every listener that it gets this frame.
    fn note(&mut self, frame: Arc<Frame>, pass: &mut Pass) {
        let listeners = match &frame.topic {
            Topic::User(user) => self.users.get(user),
            topic => self.topics.get(topic),
        };
        let Some(listeners) = listeners else { return };
        let Ok(number) = u32::try_from(pass.frames.len()) else { return };
        for place in listeners {
            if let Some(member) = self.members.get_mut(*place).filter(|member| frame.except != Some(member.peer.id)) {
                member.note(number, *place, pass);
            }
        }
        pass.frames.push(frame);
    }

    /// Writes to each connection what the pass has for it so far.
    fn write(&mut self, pass: &mut Pass) {
        let Pass { frames, touched } = std::mem::take(pass);
        let mut delivered = 0;
        for place in touched {
            let Some(member) = self.members.get_mut(place) else { continue };
            if member.pending.is_empty() {
                continue;
            }
            let joined = self.joined.of(&member.pending, &frames, member.peer.encoding);
            member.peer.deliver(member.pending.iter().map(|number| &frames[*number as usize]), joined);
            delivered += (member.pending.len() - member.replies) as u64;
            member.peer.replies_are_written(std::mem::take(&mut member.replies));
            member.reset_pending();
        }
        self.metrics.frames_out.inc_by(delivered);
        self.joined.forget();
    }

    fn signal(&mut self, signal: &Signal, pass: &mut Pass) {
        match signal {
            Signal::Push(push) => self.note(Arc::new(Frame::from(push.clone())), pass),
            Signal::Join { user, topic } => {
                for place in self.users.get(user).cloned().unwrap_or_default() {
                    self.join(place, topic);
                }
            }
            Signal::Leave { user, topic } => {
                for place in self.users.get(user).cloned().unwrap_or_default() {
                    self.leave(place, topic);
                }
            }
            Signal::Retire { topic } => {
                for place in self.topics.get(topic).cloned().unwrap_or_default() {
                    self.leave(place, topic);
                }
            }
            Signal::Disconnect { user, code } => {
                for place in self.users.get(user).into_iter().flatten() {
                    if let Some(member) = self.members.get(*place) {
                        member.peer.close(*code);
                    }
                }
            }
        }
    }

    fn register(&mut self, peer: Arc<Peer>) {
        let user = peer.caller().user.clone();
        let (connection, pinged_at) = (peer.id, peer.heard_at());
        let member = Member {
            user: user.clone(),
            topics: HashSet::new(),
            left: Some(HashSet::new()),
            pending: Vec::new(),
            replies: 0,
            pinged_at,
            awaiting_pong: false,
            peer,
        };
        let place = self.members.insert(member);
        self.places.insert(connection, place);
        self.users.entry(user).or_default().push(place);
    }

    fn unregister(&mut self, connection: ConnectionId) {
        let Some(place) = self.places.remove(&connection) else { return };
        let member = self.members.remove(place);
        remove_from(&mut self.users, &member.user, place);
        for topic in &member.topics {
            remove_from(&mut self.topics, topic, place);
        }
    }

    fn subscribe(&mut self, connection: ConnectionId, topics: &[Topic], opening: bool) {
        let Some(place) = self.places.get(&connection).copied() else { return };
        let left = match self.members.get_mut(place) {
            Some(member) if opening => member.left.take().unwrap_or_default(),
            _ => HashSet::new(),
        };
        for topic in topics.iter().filter(|topic| !left.contains(*topic)) {
            self.join(place, topic);
        }
    }

    fn unsubscribe(&mut self, connection: ConnectionId, topics: &[Topic]) {
        let Some(place) = self.places.get(&connection).copied() else { return };
        for topic in topics {
            self.leave(place, topic);
        }
    }

    /// Greets a connection and lets it listen.
    fn attach(&mut self, connection: ConnectionId, topic: &Topic, greeting: &Bytes) {
        let Some(place) = self.places.get(&connection).copied() else { return };
        if let Some(member) = self.members.get(place) {
            member.peer.send(greeting);
            self.join(place, topic);
        }
    }

    fn join(&mut self, place: Place, topic: &Topic) {
        let Some(member) = self.members.get_mut(place) else { return };
        if let Some(left) = &mut member.left {
            left.remove(topic);
        }
        if member.topics.insert(topic.clone()) {
            self.topics.entry(topic.clone()).or_default().push(place);
        }
    }

    fn leave(&mut self, place: Place, topic: &Topic) {
        let Some(member) = self.members.get_mut(place) else { return };
        if let Some(left) = &mut member.left {
            left.insert(topic.clone());
        }
        member.peer.follows().lock().remove(topic);
        if member.topics.remove(topic) {
            remove_from(&mut self.topics, topic, place);
        }
    }

    fn close_some(&mut self, code: CloseCode, share: usize) {
        let every = share.max(1);
        for (_, member) in self.members.iter().step_by(every) {
            member.peer.close(code);
        }
    }

    /// Looks every connection over: is its token still good, is it time for a ping, was the last one answered? Returns
    /// those that gave a sign of life since they were last asked for one.
    fn tick(&mut self, now: Timestamp, app: &dyn Application) -> Vec<(UserId, ConnectionId)> {
        let mut heard = Vec::new();
        for (_, member) in &mut self.members {
            let caller = member.peer.caller();
            if caller.expired(now) {
                member.peer.close(CloseCode::TokenExpired);
            } else if app.revoked(&caller) {
                member.peer.close(CloseCode::Revoked);
            } else if member.awaiting_pong {
                if member.peer.heard_at() >= member.pinged_at {
                    member.awaiting_pong = false;
                    heard.push((member.user.clone(), member.peer.id));
                } else if now.since(member.pinged_at) >= self.pong_timeout {
                    member.peer.close(CloseCode::HeartbeatMissed);
                }
            }
            if !member.awaiting_pong && now.since(member.pinged_at) >= self.heartbeat {
                member.pinged_at = now;
                member.awaiting_pong = member.ping();
                if !member.awaiting_pong {
                    heard.push((member.user.clone(), member.peer.id));
                }
            }
        }
        self.metrics.connections_checked.inc_by(self.members.len() as u64);
        heard
    }
}

impl Member {
    /// Takes note of a frame that it gets in this pass.
    fn note(&mut self, number: u32, place: Place, pass: &mut Pass) {
        if self.pending.is_empty() {
            pass.touched.push(place);
        }
        self.pending.push(number);
    }

    /// Forgets the frames of this pass, and a list that grew long, for most connections are idle most of the time.
    fn reset_pending(&mut self) {
        if self.pending.capacity() > PENDING_KEPT {
            self.pending = Vec::new();
        } else {
            self.pending.clear();
        }
    }

    /// Sends a ping. Returns whether an answer is to be expected: only a WebSocket gives one.
    fn ping(&self) -> bool {
        match self.peer.encoding {
            Encoding::WebSocket { .. } => {
                self.peer.send(&server_frame(Opcode::Ping, b""));
                true
            }
            Encoding::PlainJson => {
                self.peer.send(&Bytes::from_static(KEEP_ALIVE));
                false
            }
        }
    }
}

/// What keeps an HTTP stream from looking dead; its transport knows it by its emptiness.
pub(crate) const KEEP_ALIVE: &[u8] = b"{}";

fn remove_from<K: std::hash::Hash + Eq>(map: &mut HashMap<K, Vec<Place>>, key: &K, place: Place) {
    if let Some(places) = map.get_mut(key) {
        places.retain(|other| *other != place);
        if places.is_empty() {
            map.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Wake, Waker};

    use tokio::sync::oneshot;
    use tutti_protocol::EventId;

    use super::*;

    /// Notes how much waits for a peer when it is woken.
    struct Look {
        peer: Arc<Peer>,
        queued: AtomicUsize,
    }

    impl Wake for Look {
        fn wake(self: Arc<Self>) {
            self.queued.store(self.peer.queued_bytes(), Ordering::Relaxed);
        }
    }

    #[test]
    fn whoever_is_told_that_it_listens_has_been_handed_what_came_before() {
        let ada = UserId::new("ada").unwrap();
        let peer = Arc::new(Peer::of(ada.clone(), 1));
        peer.go_live(EventId(0));
        let look = Arc::new(Look { peer: Arc::clone(&peer), queued: AtomicUsize::new(0) });
        let (done, mut listening) = oneshot::channel();
        let waker = Waker::from(Arc::clone(&look));
        assert!(Future::poll(Pin::new(&mut listening), &mut Context::from_waker(&waker)).is_pending());

        let earlier = Arc::new(Frame::reply(ada, Bytes::from_static(b"earlier"), Encoding::PlainJson));
        let subscribe = Entry::Subscribe { connection: peer.id, topics: Vec::new(), opening: false, done };
        let mut shard = Shard::new(Arc::default(), Duration::MAX, Duration::MAX);
        shard.pass(vec![Entry::Register(peer), Entry::Deliver(earlier), subscribe], Timestamp::default());
        assert_eq!(look.queued.load(Ordering::Relaxed), b"earlier".len());
    }
}
