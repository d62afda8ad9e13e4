//! Opening a session: counted, registered, subscribed, then told what it missed. The order is what makes resuming
//! exact: first listen and hold, then read history, then let through what history did not contain.

use std::sync::Arc;

use bytes::Bytes;
use tokio::net::TcpStream;
use tutti_core::{Caller, Failure};
use tutti_protocol::operator::{OperatorEvent, OperatorEventKind, TransportKind};
use tutti_protocol::session::{User, Welcome};
use tutti_protocol::{CloseCode, ConnectionId, EventId, PROTOCOL_VERSION, ServerBody};

use crate::Gateway;
use crate::application::{Replay, ReplayedFrame, Standing};
use crate::metrics::OpenGuard;
use crate::peer::{NewPeer, Peer};
use crate::registry::Place;
use crate::session::Session;
use crate::wire::{Encoding, encode_frame, encode_json};

/// Why a session could not be opened.
#[derive(Debug)]
pub enum Refused {
    /// The connection is closed with this code.
    Close(CloseCode),
    /// A dependency failed; the caller may try again.
    Failed(Failure),
}

/// How a connection wants to be opened.
pub struct Opening {
    /// Its place among the connections.
    pub place: Place,
    /// Whose it is.
    pub caller: Caller,
    /// How it wants its bytes.
    pub encoding: Encoding,
    /// Where to write, if it has a socket of its own.
    pub socket: Option<Arc<TcpStream>>,
    /// The last event it has.
    pub since: Option<EventId>,
    /// What carries it.
    pub transport: TransportKind,
}

/// An open session. Its [`Beginning`] is to be written first, then [`OpenSession::go_live`] is to be called.
#[must_use = "it stays in the hub until `end` is called"]
pub struct OpenSession {
    /// The session.
    pub session: Arc<Session>,
    /// The peer in the hub.
    pub peer: Arc<Peer>,
    gateway: Arc<Gateway>,
    _place: Place,
    _counted: OpenGuard,
}

/// What an open session says first.
pub struct Beginning {
    /// The `welcome`.
    pub welcome: Welcome,
    /// What it missed, oldest first.
    pub missed: Vec<ReplayedFrame>,
    /// Where the log stood: what came later comes as a push, what came before does not.
    latest: EventId,
}

impl Beginning {
    /// Welcome and missed frames as bytes, to be written in this order.
    pub fn bytes(&self, encoding: Encoding) -> impl Iterator<Item = Bytes> {
        let welcome = encode_frame(&ServerBody::Welcome(self.welcome.clone()).into(), encoding);
        std::iter::once(welcome).chain(self.missed.iter().map(move |missed| encode_json(&missed.frame, encoding)))
    }
}

impl OpenSession {
    /// Opens a session.
    ///
    /// # Errors
    /// [`Refused`] when the user has too many connections or a dependency fails; nothing is left behind then.
    pub async fn open(gateway: &Arc<Gateway>, mut opening: Opening) -> Result<(Self, Beginning), Refused> {
        if !opening.place.belongs_to(&opening.caller.user) {
            return Err(Refused::Close(CloseCode::TooManyConnections));
        }
        let _opening = gateway.openings.enter(&gateway.clock, gateway.registry.len()).await.map_err(Refused::Failed)?;
        let caller = Arc::new(opening.caller);
        let id = ConnectionId(gateway.ids.next());
        let peer = Arc::new(Peer::new(NewPeer {
            id,
            caller: Arc::clone(&caller),
            encoding: opening.encoding,
            transport: opening.transport,
            socket: opening.socket,
            max_outbound_bytes: gateway.config.max_outbound_bytes,
            now: gateway.clock.now(),
            metrics: Arc::clone(&gateway.metrics),
        }));
        gateway.hub.register(Arc::clone(&peer)).await;
        let beginning = match Self::beginning(gateway, &caller, id, opening.since).await {
            Ok(beginning) => beginning,
            Err(failure) => {
                gateway.hub.unregister(id).await;
                return Err(Refused::Failed(failure));
            }
        };
        gateway.app.opened(&caller, id).await;
        tracing::debug!(connection = %id, user = %caller.user, transport = opening.transport.name(), "connection opened");
        opening.place.is_open(&peer);
        let open = Self {
            session: Arc::new(Session::connected(Arc::clone(gateway), Arc::clone(&peer))),
            peer,
            gateway: Arc::clone(gateway),
            _place: opening.place,
            _counted: gateway.metrics.open(opening.transport),
        };
        open.tell(OperatorEventKind::ConnectionOpened, |event| {
            event.detail = Some(opening.transport.name().to_owned());
        });
        Ok((open, beginning))
    }

    async fn beginning(
        gateway: &Gateway,
        caller: &Caller,
        id: ConnectionId,
        since: Option<EventId>,
    ) -> Result<Beginning, Failure> {
        let Standing { topics, latest } = gateway.app.standing(caller).await?;
        let delivered = gateway.app.relayed();
        gateway.hub.open_topics(id, topics).await;
        let replay = match since {
            Some(since) => gateway.app.replay(caller, since).await?,
            // Whoever names no event loads afresh after the welcome.
            None => Replay { latest, ..Replay::default() },
        };
        if replay.latest > delivered {
            gateway.app.settled(replay.latest).await;
            gateway.hub.catch_up(id).await;
        }
        let welcome = Welcome {
            protocol: PROTOCOL_VERSION,
            connection_id: id,
            user: User { id: caller.user.clone(), name: caller.name.clone() },
            server_time: gateway.clock.now(),
            heartbeat_ms: u64::try_from(gateway.config.heartbeat.as_millis()).unwrap_or(u64::MAX),
            resumed: replay.resumed,
            reset: replay.reset,
            since: since.filter(|_| replay.resumed).unwrap_or(replay.latest),
            limits: gateway.app.limits(),
        };
        Ok(Beginning { welcome, missed: replay.frames, latest: replay.latest })
    }

    /// From here on frames are delivered as they come, but for those that the beginning contained.
    pub fn go_live(&self, beginning: &Beginning) {
        self.peer.go_live(beginning.latest);
    }

    /// Takes the session out of the hub and tells the application. To be called once, whatever happened; with the close
    /// code, if either side said one. With 1000 the user has said goodbye, otherwise the connection counts as lost.
    pub async fn end(&self, code: Option<u16>) {
        let caller = self.peer.caller();
        let goodbye = code == Some(CloseCode::Normal.number());
        tracing::debug!(connection = %self.peer.id, user = %caller.user, code, "connection ended");
        self.gateway.registry.unlist(&self.peer);
        // By our own reason: a peer may say any code.
        if self.peer.closing() == Some(CloseCode::SlowConsumer) {
            self.tell(OperatorEventKind::SlowConsumer, |_| ());
        }
        self.tell(OperatorEventKind::ConnectionClosed, |event| event.code = code.map(|code| code.to_string()));
        self.gateway.hub.unregister(self.peer.id).await;
        self.gateway.app.closed(&caller, self.peer.id, goodbye).await;
    }

    /// Tells operators what became of this connection.
    fn tell(&self, kind: OperatorEventKind, complete: impl FnOnce(&mut OperatorEvent)) {
        self.gateway.tail.tell(kind, |event| {
            event.user_id = Some(self.peer.caller().user.clone());
            event.connection_id = Some(self.peer.id);
            complete(event);
        });
    }
}
