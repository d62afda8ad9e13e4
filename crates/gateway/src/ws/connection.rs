//! The task of one WebSocket connection: identify, open, then read, answer and write until one side ends it.
//!
//! The hub writes to the socket directly; this task reads it, carries commands out, and writes what the socket refused.

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tutti_core::{Caller, Failure};
use tutti_protocol::operator::TransportKind;
use tutti_protocol::{CloseCode, Codec, Command, ErrorCode, EventId, ServerFrame, Timestamp};

use super::decoder::{Decoder, Incoming, Violation};
use super::frame::{Opcode, close_frame, server_frame};
use super::work::{Answers, Work};
use crate::Gateway;
use crate::opening::{Beginning, OpenSession, Opening, Refused};
use crate::peer::Peer;
use crate::registry::Place;
use crate::session::Step;
use crate::wire::{Encoding, encode_frame, error_frame};

/// How long the peer has to take the close frame before the socket is closed under it.
const LINGER: Duration = Duration::from_secs(2);
/// Longest first frame, in bytes: a token and a position.
const MAX_FIRST_FRAME: usize = 16_384;
/// How much is read at once.
const SCRATCH: usize = 16_384;

thread_local! {
    /// Where sockets are read into; each thread has one, so that an idle connection has none.
    static READ: RefCell<Box<[u8]>> = RefCell::new(vec![0; SCRATCH].into_boxed_slice());
}

/// What the upgrade request said of the caller.
pub(crate) struct Credentials {
    pub(crate) token: Result<Option<String>, Failure>,
    pub(crate) since: Option<EventId>,
}

/// What the two sides agreed on in the handshake.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Agreed {
    pub(crate) codec: Codec,
    pub(crate) deflate: bool,
}

/// One WebSocket connection.
pub(crate) struct Connection {
    gateway: Arc<Gateway>,
    socket: Arc<TcpStream>,
    codec: Codec,
    encoding: Encoding,
    decoder: Decoder,
}

/// What a connection can go on with.
enum Next {
    /// Something waits to be written, or the connection shall end.
    Write,
    /// These replies are there.
    Answer(Answers),
    /// Something has arrived.
    Read,
}

/// Why a connection ends.
enum Ending {
    /// The peer is gone without a word.
    Lost,
    /// The peer closes, with this code.
    ByPeer(Option<u16>),
    /// We close, with this code.
    ByUs(CloseCode),
}

impl Ending {
    /// The close code that was said.
    fn code(&self) -> Option<u16> {
        match self {
            Self::Lost => None,
            Self::ByPeer(code) => *code,
            Self::ByUs(code) => Some(code.number()),
        }
    }

    /// Whether what was asked before the end is still carried out and answered: where the connection ends in good order,
    /// where the peer says goodbye, which it does behind what it has said, and where the peer broke off in the middle.
    fn lets_finish(&self) -> bool {
        use CloseCode::{Draining, GoingAway, Normal, NotUtf8, ProtocolError, TooBig};
        match self {
            Self::Lost => false,
            Self::ByPeer(_) => true,
            Self::ByUs(code) => matches!(code, Normal | Draining | GoingAway | ProtocolError | NotUtf8 | TooBig),
        }
    }
}

impl From<io::Error> for Ending {
    fn from(_: io::Error) -> Self {
        Self::Lost
    }
}

impl From<Violation> for Ending {
    fn from(violation: Violation) -> Self {
        Self::ByUs(violation.0)
    }
}

impl Connection {
    pub(crate) fn new(gateway: Arc<Gateway>, socket: Arc<TcpStream>, agreed: Agreed, already_read: &[u8]) -> Self {
        let Agreed { codec, deflate } = agreed;
        let max_first = MAX_FIRST_FRAME.min(gateway.config.max_frame_bytes);
        let mut decoder = Decoder::new(max_first).with_deflate(deflate);
        decoder.feed(already_read);
        Self { gateway, socket, codec, encoding: Encoding::WebSocket { codec, deflate }, decoder }
    }

    /// Drives an open connection to its end. Only what serving needs is kept here, since most connections are idle most
    /// of the time; the end has a box of its own, as the beginning had.
    pub(crate) async fn run(mut self, open: OpenSession) {
        let ending = self.serve(&open).await;
        Box::pin(self.end(open, ending)).await;
    }

    async fn end(self, open: OpenSession, ending: Ending) {
        open.end(ending.code()).await;
        self.finish(ending, open.peer.take()).await;
    }

    /// Finds out who is calling, opens the session and writes its beginning. A connection for which that fails is
    /// finished here.
    pub(crate) async fn open(mut self, place: Option<Place>, credentials: Credentials) -> Option<(Self, OpenSession)> {
        let opened = match place {
            Some(place) => self.open_at(place, credentials).await,
            None => Err(Ending::ByUs(CloseCode::TooManyConnections)),
        };
        match opened {
            Ok(open) => Some((self, open)),
            Err(ending) => {
                self.finish(ending, Vec::new()).await;
                None
            }
        }
    }

    async fn open_at(&mut self, place: Place, credentials: Credentials) -> Result<OpenSession, Ending> {
        let (caller, since) = self.identify(credentials).await?;
        let opening = Opening {
            place,
            caller,
            encoding: self.encoding,
            socket: Some(Arc::clone(&self.socket)),
            since,
            transport: TransportKind::WebSocket,
        };
        self.decoder.set_max_message(self.gateway.config.max_frame_bytes);
        match OpenSession::open(&self.gateway, opening).await {
            Ok((open, beginning)) => match self.begin(&open, beginning).await {
                Ok(()) => Ok(open),
                Err(error) => {
                    open.end(None).await;
                    Err(error.into())
                }
            },
            Err(Refused::Close(code)) => Err(Ending::ByUs(code)),
            Err(Refused::Failed(failure)) => {
                self.say(&error_frame(failure, None)).await?;
                Err(Ending::ByUs(CloseCode::GoingAway))
            }
        }
    }

    /// Who is calling: by the upgrade request, or by the first frame.
    async fn identify(&mut self, credentials: Credentials) -> Result<(Caller, Option<EventId>), Ending> {
        let (token, since, reference) = match credentials.token {
            Ok(Some(token)) => (token, credentials.since, None),
            Ok(None) => {
                let clock = Arc::clone(&self.gateway.clock);
                let (wait, lines) = (self.gateway.config.auth_timeout, self.gateway.tasks.clone());
                let first = tokio::select! {
                    first = clock.timeout(wait, self.first_frame()) => first,
                    () = lines.stopping() => return Err(Ending::ByUs(CloseCode::Draining)),
                };
                match first {
                    Ok(Ok((auth, reference))) => {
                        (auth.token, auth.resume.map(|resume| resume.since).or(credentials.since), reference)
                    }
                    Ok(Err(ending)) => return Err(ending),
                    Err(_) => return Err(Ending::ByUs(CloseCode::AuthenticationFailed)),
                }
            }
            Err(failure) => return self.turn_away(failure, None).await,
        };
        match self.gateway.app.authenticate(&token).await {
            Ok(caller) => Ok((caller, since)),
            Err(failure) => self.turn_away(failure, reference).await,
        }
    }

    async fn turn_away<T>(&mut self, failure: Failure, reference: Option<tutti_protocol::Ref>) -> Result<T, Ending> {
        let code = match failure.code {
            ErrorCode::Unauthenticated | ErrorCode::Forbidden => CloseCode::AuthenticationFailed,
            _ => CloseCode::GoingAway,
        };
        self.say(&error_frame(failure, reference)).await?;
        Err(Ending::ByUs(code))
    }

    /// The `auth` frame that must come first.
    async fn first_frame(&mut self) -> Result<(tutti_protocol::session::Auth, Option<tutti_protocol::Ref>), Ending> {
        loop {
            while let Some(incoming) = self.decoder.next_incoming()? {
                match incoming {
                    Incoming::Text(bytes) | Incoming::Binary(bytes) => return self.expect_auth(&bytes).await,
                    Incoming::Ping(bytes) => self.write_all(&server_frame(Opcode::Pong, &bytes)).await?,
                    Incoming::Pong => {}
                    Incoming::Close(code) => return Err(Ending::ByPeer(code)),
                }
            }
            self.socket.readable().await?;
            self.read()?;
        }
    }

    async fn expect_auth(
        &mut self,
        bytes: &[u8],
    ) -> Result<(tutti_protocol::session::Auth, Option<tutti_protocol::Ref>), Ending> {
        let reference = match self.codec.decode_request(bytes) {
            Ok(request) => match request.command {
                Command::Auth(auth) => return Ok((auth, request.reference)),
                _ => request.reference,
            },
            Err(error) => error.reference,
        };
        let failure = Failure::new(ErrorCode::Unauthenticated, "the first frame is `auth` with a token");
        self.turn_away(failure, reference).await
    }

    /// Writes welcome and what was missed, and goes live; unless the connection is to be closed meanwhile.
    async fn begin(&self, open: &OpenSession, beginning: Beginning) -> io::Result<()> {
        let mut joined = BytesMut::new();
        for bytes in beginning.bytes(open.peer.encoding) {
            joined.extend_from_slice(&bytes);
        }
        // Until it is live the peer writes nothing by itself, so the beginning stays in one piece.
        let to_be_closed = tokio::select! {
            written = self.write_all(&joined) => {
                written?;
                false
            }
            () = open.peer.to_be_closed() => true,
        };
        if !to_be_closed {
            open.go_live(&beginning);
        }
        Ok(())
    }

    /// Reads, answers and writes until one side ends it.
    async fn serve(&mut self, open: &OpenSession) -> Ending {
        let mut work = Work::default();
        let ending = match self.serve_frames(open, &mut work).await {
            Ok(never) => match never {},
            Err(ending) => ending,
        };
        if ending.lets_finish() {
            Box::pin(self.settle(&mut work, open)).await;
        }
        ending
    }

    async fn serve_frames(&mut self, open: &OpenSession, work: &mut Work) -> Result<Infallible, Ending> {
        let peer = &open.peer;
        let mut now = self.gateway.clock.now();
        loop {
            if let Some(code) = peer.closing() {
                return Err(Ending::ByUs(code));
            }
            let mut answers = Answers::new(self.encoding);
            let taken = poll_fn(|context| Poll::Ready(self.take_frames(open, work, now, &mut answers, context))).await;
            // Also what was answered before an end.
            self.answer(peer, answers).await;
            taken?;
            let next = poll_fn(|context| self.poll_next(peer, work, context)).await?;
            now = self.gateway.clock.now();
            match next {
                Next::Write => peer.flush()?,
                Next::Answer(answers) => self.answer(peer, answers).await,
                Next::Read => {
                    self.read()?;
                    peer.heard(now);
                }
            }
        }
    }

    /// Waits for whatever can go on first. One waker serves all of it, so an idle connection holds no more than that.
    fn poll_next(&self, peer: &Peer, work: &mut Work, context: &mut Context<'_>) -> Poll<io::Result<Next>> {
        if peer.poll_woken(context).is_ready() {
            return Poll::Ready(Ok(Next::Write));
        }
        if let Poll::Ready(answers) = work.poll_answers(self.encoding, context) {
            return Poll::Ready(Ok(Next::Answer(answers)));
        }
        if peer.wants_write()
            && let Poll::Ready(ready) = self.socket.poll_write_ready(context)
        {
            return Poll::Ready(ready.map(|()| Next::Write));
        }
        if work.takes_more(self.gateway.config.max_in_flight) {
            return self.socket.poll_read_ready(context).map_ok(|()| Next::Read);
        }
        Poll::Pending
    }

    /// Starts on every frame that has arrived whole, as far as may be, and gathers what is answered at once.
    fn take_frames(
        &mut self,
        open: &OpenSession,
        work: &mut Work,
        now: Timestamp,
        answers: &mut Answers,
        context: &mut Context<'_>,
    ) -> Result<(), Ending> {
        while work.takes_more(self.gateway.config.max_in_flight) {
            let Some(incoming) = self.decoder.next_incoming()? else { break };
            let step = match (incoming, self.codec) {
                (Incoming::Text(bytes), Codec::Json) | (Incoming::Binary(bytes), Codec::MsgPack) => {
                    open.session.step(self.codec, &bytes, now)
                }
                (Incoming::Text(_) | Incoming::Binary(_), codec) => open.session.wrong_kind(codec),
                (Incoming::Ping(bytes), _) => {
                    open.peer.send(&server_frame(Opcode::Pong, &bytes));
                    continue;
                }
                (Incoming::Pong, _) => continue,
                (Incoming::Close(code), _) => return Err(Ending::ByPeer(code)),
            };
            match step {
                Step::Reply(reply) if work.is_idle() => answers.add(reply.as_deref()),
                Step::Reply(reply) => work.pipeline(Box::pin(future::ready(reply.map(|reply| *reply)))),
                Step::Pipelined(mut pending) if work.is_idle() => match pending.as_mut().poll(context) {
                    Poll::Ready(reply) => answers.add(reply.as_ref()),
                    Poll::Pending => work.pipeline(pending),
                },
                Step::Pipelined(pending) => work.pipeline(pending),
                Step::InTurn(pending) => work.turn = Some(pending),
                Step::Close(code) => return Err(Ending::ByUs(code)),
            }
        }
        Ok(())
    }

    /// Sends replies: at once, or through the hub together with the pushes they come with.
    async fn answer(&self, peer: &Peer, answers: Answers) {
        if answers.bytes.is_empty() {
            return;
        }
        let bytes = answers.bytes.freeze();
        if peer.awaits_replies() || answers.come_with_a_push {
            self.gateway.hub.reply(peer, bytes).await;
        } else {
            peer.send(&bytes);
        }
    }

    /// Lets what is under way come to its end and be answered.
    async fn settle(&self, work: &mut Work, open: &OpenSession) {
        let clock = Arc::clone(&self.gateway.clock);
        let all = async {
            while !work.is_idle() {
                let answers = poll_fn(|context| work.poll_answers(self.encoding, context)).await;
                // Behind those that are still on their way through the hub.
                self.answer(&open.peer, answers).await;
            }
        };
        // What does not come to its end in time was not acknowledged, and the client sends it again.
        let _ = clock.timeout(LINGER, all).await;
    }

    /// Reads what the socket has, once; the rest makes it readable again.
    fn read(&mut self) -> Result<(), Ending> {
        READ.with_borrow_mut(|scratch| match self.read_into(scratch) {
            Ok(0) => Err(Ending::Lost),
            Ok(length) => {
                self.decoder.feed(&scratch[..length]);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error.into()),
        })
    }

    /// One that does not fill the buffer has emptied the socket, which is then taken for unreadable until the kernel
    /// says otherwise; without that every message would cost a second read, in vain.
    fn read_into(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut read = 0;
        let outcome = self.socket.try_io(Interest::READABLE, || {
            read = self.socket.try_read(buffer)?;
            if 0 < read && read < buffer.len() { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
        });
        if read > 0 { Ok(read) } else { outcome.map(|()| 0) }
    }

    async fn say(&self, frame: &ServerFrame) -> io::Result<()> {
        self.write_all(&encode_frame(frame, self.encoding)).await
    }

    async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.socket.try_write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.socket.writable().await?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Says why, behind what is unwritten, and gives the peer a moment to read it: closing a socket with unread input
    /// would destroy the message.
    async fn finish(mut self, ending: Ending, unwritten: Vec<Bytes>) {
        let close = match ending {
            Ending::Lost => return,
            Ending::ByUs(code) => {
                self.gateway.metrics.close(code);
                close_frame(code, &self.gateway.close_reason(code))
            }
            Ending::ByPeer(Some(code)) => server_frame(Opcode::Close, &code.to_be_bytes()),
            Ending::ByPeer(None) => server_frame(Opcode::Close, b""),
        };
        let clock = Arc::clone(&self.gateway.clock);
        let _ = clock
            .timeout(LINGER, async {
                for bytes in unwritten {
                    self.write_all(&bytes).await?;
                }
                self.write_all(&close).await?;
                if matches!(ending, Ending::ByUs(_)) {
                    self.discard().await;
                }
                io::Result::Ok(())
            })
            .await;
    }

    /// Reads and forgets, until the peer has said that it closes too. One that broke the framing cannot say so any more,
    /// and has until it closes its side.
    async fn discard(&mut self) {
        let mut broken = false;
        loop {
            match self.peer_closes() {
                Ok(true) => return,
                Ok(false) => {}
                Err(_) => broken = true,
            }
            if broken {
                self.decoder.forget();
            }
            if self.socket.readable().await.is_err() || self.read().is_err() {
                return;
            }
        }
    }

    /// Whether a close frame is among what has arrived.
    fn peer_closes(&mut self) -> Result<bool, Violation> {
        while let Some(incoming) = self.decoder.next_incoming()? {
            if matches!(incoming, Incoming::Close(_)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
