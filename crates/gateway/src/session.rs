//! One caller's frames, whatever carries them: checked, decoded, answered in order.
//!
//! Commands that go through the store's writer may be under way at the same time, so that a client can send many
//! without waiting and they share a commit; they take effect in the order in which they were sent. Everything else
//! waits for what was sent before it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use tutti_core::caller::Actor;
use tutti_core::{Caller, Failure, Topic};
use tutti_protocol::operator::OperatorEventKind;
use tutti_protocol::session::{Auth, AuthOk, Pong};
use tutti_protocol::{
    CloseCode, Codec, Command, ConnectionId, ErrorCode, Ref, Request, ServerBody, ServerFrame, Timestamp,
};

use crate::Gateway;
use crate::application::Attach;
use crate::peer::Peer;
use crate::wire::{Encoding, encode_frame, error_frame};

/// A caller who may send commands.
pub struct Session {
    gateway: Arc<Gateway>,
    who: Who,
}

enum Who {
    /// Over a connection that gets pushes.
    Connected(Arc<Peer>),
    /// Over a single HTTP request.
    Passing(Arc<Caller>),
}

/// A reply on its way.
pub type Pending = Pin<Box<dyn Future<Output = Option<ServerFrame>> + Send>>;

/// What a frame comes to.
pub enum Step {
    /// It is answered at once, or not at all.
    Reply(Option<Box<ServerFrame>>),
    /// It is carried out; the next frame may be read meanwhile.
    Pipelined(Pending),
    /// It is carried out when everything before it is, and before anything after it.
    InTurn(Pending),
    /// The connection ends.
    Close(CloseCode),
}

impl Session {
    /// The session of a connection.
    #[must_use]
    pub fn connected(gateway: Arc<Gateway>, peer: Arc<Peer>) -> Self {
        Self { gateway, who: Who::Connected(peer) }
    }

    /// The session of a single request.
    #[must_use]
    pub fn passing(gateway: Arc<Gateway>, caller: Caller) -> Self {
        Self { gateway, who: Who::Passing(Arc::new(caller)) }
    }

    /// Who is calling, by the latest token.
    #[must_use]
    pub fn caller(&self) -> Arc<Caller> {
        match &self.who {
            Who::Connected(peer) => peer.caller(),
            Who::Passing(caller) => Arc::clone(caller),
        }
    }

    /// The connection, if there is one.
    #[must_use]
    pub fn connection(&self) -> Option<ConnectionId> {
        match &self.who {
            Who::Connected(peer) => Some(peer.id),
            Who::Passing(_) => None,
        }
    }

    /// The caller as the one behind a change.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor { user: self.caller().user.clone(), origin: self.connection() }
    }

    /// Lets the connection listen to more topics; nothing for a single request, which gets no pushes.
    ///
    /// # Errors
    /// `validation_failed` when it would follow too many; then it follows none of them.
    pub async fn follow(&self, topics: Vec<Topic>) -> Result<(), Failure> {
        let Who::Connected(peer) = &self.who else { return Ok(()) };
        {
            let max = self.gateway.config.max_follows;
            let mut follows = peer.follows().lock();
            let new = topics.iter().filter(|topic| !follows.contains(topic)).count();
            if follows.len() + new > max {
                let message = format!("a connection follows at most {max} users");
                return Err(Failure::invalid("user_ids", message).over(u64::try_from(max).unwrap_or(u64::MAX)));
            }
            follows.extend(topics.iter().cloned());
        }
        self.gateway.hub.subscribe(peer.id, topics).await;
        Ok(())
    }

    /// Lets the connection stop listening.
    pub async fn unfollow(&self, topics: Vec<Topic>) {
        if let Who::Connected(peer) = &self.who {
            self.gateway.hub.unsubscribe(peer.id, topics).await;
        }
    }

    /// Ends the connection, if there is one.
    pub fn close(&self, code: CloseCode) {
        if let Who::Connected(peer) = &self.who {
            peer.close(code);
        }
    }

    /// Takes one frame that arrived by `now`.
    pub fn step(self: &Arc<Self>, codec: Codec, bytes: &[u8], now: Timestamp) -> Step {
        self.gateway.metrics.frames_in.inc();
        let request = codec.decode_request(bytes);
        let renewal = matches!(&request, Ok(Request { command: Command::Auth(_), .. }));
        if let Some(code) = self.gateway.standing(&self.caller(), now).filter(|_| !renewal) {
            return Step::Close(code);
        }
        if let Err(failure) = self.gateway.app.admit(&self.caller()) {
            let (kind, reference) = match request {
                Ok(request) => (Some(request.command.kind()), request.reference),
                Err(error) => (None, error.reference),
            };
            return Step::Reply(Some(Box::new(self.refuse(failure, kind, reference))));
        }
        match request {
            Ok(request) => self.command(request, now),
            Err(error) => {
                let mut failure = Failure::new(ErrorCode::InvalidRequest, error.message);
                failure.field = error.field;
                Step::Reply(Some(Box::new(self.refuse(failure, None, error.reference))))
            }
        }
    }

    /// Takes a message of a kind that the connection's codec does not use.
    pub fn wrong_kind(&self, codec: Codec) -> Step {
        let message = match codec {
            Codec::Json => "this connection speaks JSON in text frames",
            Codec::MsgPack => "this connection speaks MessagePack in binary frames",
        };
        Step::Reply(Some(Box::new(self.refuse(Failure::new(ErrorCode::InvalidRequest, message), None, None))))
    }

    fn command(self: &Arc<Self>, request: Request, now: Timestamp) -> Step {
        let Request { reference, command } = request;
        match command {
            Command::Ping => {
                let pong = ServerBody::Pong(Pong { server_time: now });
                Step::Reply(Some(Box::new(ServerFrame::from(pong).in_reply_to(reference))))
            }
            Command::Logout => Step::Close(CloseCode::Normal),
            Command::Auth(auth) => Step::InTurn(Box::pin(Arc::clone(self).renew(auth, reference))),
            command if command.pipelines() => {
                // Exempt from the runtime's budget: one that is put off for it lets later ones pass, and their order is
                // what a client relies on. How much is done at a stretch is bounded by what is read at once, and by
                // `max_in_flight`.
                let carried_out = Arc::clone(self).carry_out(command, reference);
                Step::Pipelined(Box::pin(tokio::task::unconstrained(carried_out)))
            }
            command => Step::InTurn(Box::pin(Arc::clone(self).carry_out(command, reference))),
        }
    }

    async fn carry_out(self: Arc<Self>, command: Command, reference: Option<Ref>) -> Option<ServerFrame> {
        let kind = command.kind();
        match self.gateway.app.command(&self, command).await {
            Ok(None) => None,
            Ok(Some(reply)) => {
                let frame = ServerFrame { body: reply.body, event_id: None, offset: reply.offset, reference };
                match reply.attach {
                    Some(attach) => self.attach(attach, frame).await,
                    None => Some(frame),
                }
            }
            Err(failure) => Some(self.refuse(failure, Some(kind), reference)),
        }
    }

    /// Lets the connection listen from a reply on. Where the hub writes to the socket, it writes the reply too, so that
    /// nothing overtakes it; a client of the HTTP transports has it in the response.
    async fn attach(&self, attach: Attach, reply: ServerFrame) -> Option<ServerFrame> {
        let Who::Connected(peer) = &self.who else { return Some(reply) };
        let Attach { topic, held } = attach;
        let (greeting, left) = match peer.encoding {
            Encoding::PlainJson => (Bytes::new(), Some(reply)),
            encoding => (encode_frame(&reply, encoding), None),
        };
        let greeted = self.gateway.hub.attach(peer.id, topic, greeting).await;
        drop(held);
        // A shard drops the sender only when the server stops.
        let _ = greeted.await;
        left
    }

    /// Takes over a fresh token of the same user.
    async fn renew(self: Arc<Self>, auth: Auth, reference: Option<Ref>) -> Option<ServerFrame> {
        let reply = match self.gateway.app.authenticate(&auth.token).await {
            Ok(caller) if caller.user != self.caller().user => {
                Err(Failure::new(ErrorCode::Forbidden, "the token belongs to another user"))
            }
            Ok(caller) => Ok(caller),
            Err(failure) => Err(failure),
        };
        match reply {
            Ok(caller) => {
                let expires_at = caller.expires_at;
                if let Who::Connected(peer) = &self.who {
                    peer.refresh(caller);
                }
                Some(ServerFrame::from(ServerBody::AuthOk(AuthOk { expires_at })).in_reply_to(reference))
            }
            Err(failure) => Some(self.refuse(failure, Some("auth"), reference)),
        }
    }

    /// The error that answers a command of this type. What it says may quote the command, so operators who watch are
    /// told only what kind of error it is.
    fn refuse(&self, mut failure: Failure, kind: Option<&'static str>, reference: Option<Ref>) -> ServerFrame {
        self.gateway.metrics.errors.inc();
        self.gateway.tail.tell(OperatorEventKind::CommandFailed, |event| {
            event.user_id = Some(self.caller().user.clone());
            event.connection_id = self.connection();
            event.code = Some(failure.code.name().to_owned());
            event.detail = kind.map(str::to_owned);
        });
        if failure.code == ErrorCode::Internal {
            let request_id = self.gateway.ids.next().to_string();
            tracing::error!(request_id, user = %self.caller().user, "a command failed for the reason just logged");
            failure.request_id = Some(request_id);
        }
        error_frame(failure, reference)
    }
}
