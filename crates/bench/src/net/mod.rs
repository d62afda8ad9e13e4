//! All connections of a measurement on one thread and one epoll: what is ready is read, cut into frames, told to the
//! [`Load`], and what that wants to send is written at the end of the pass, once for each connection. It must be lean, for
//! it shares the machine with the server that it measures.

mod frame;
mod link;
mod socket;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use mio::event::Event;
use mio::{Events, Interest, Poll, Token};

use self::link::{Link, Stage};
pub(crate) use self::socket::Line;
use crate::clock::{self, now};
use crate::counts::Counts;
use crate::dialect::{Dialect, Incoming};

/// How much is read at once.
const CHUNK: usize = 64 * 1024;
/// How many connections one pass serves at most.
const EVENTS: usize = 1024;
/// How long one pass sleeps at most, so that whoever drives it sees the time.
const NAP: Duration = Duration::from_millis(200);

/// What is done with connections.
pub(crate) trait Load {
    /// What it has counted.
    fn counts(&mut self) -> &mut Counts;

    /// A connection may be used from now on; this is what the server said first, nothing in some dialects.
    fn opened(&mut self, _net: &mut Net, _link: usize, _welcome: &[u8]) -> Result<()> {
        Ok(())
    }

    /// A frame has come, at this moment.
    fn incoming(&mut self, _net: &mut Net, _link: usize, _incoming: Incoming<'_>, _at: u64) -> Result<()> {
        Ok(())
    }

    /// A request was refused, with this frame.
    fn refused(&mut self, _net: &mut Net, _link: usize, frame: &[u8]) -> Result<()> {
        self.counts().refused(frame);
        Ok(())
    }

    /// A connection is lost.
    fn lost(&mut self, _net: &mut Net, _link: usize, why: &str) -> Result<()> {
        self.counts().lost_connection(why);
        Ok(())
    }
}

/// How a connection is opened.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Opening<'a> {
    /// Whose it is, if the server wants to know.
    pub(crate) token: Option<&'a str>,
    /// The last event that its user has, if it resumes.
    pub(crate) since: Option<&'a str>,
    pub(crate) line: Line,
}

/// What went over the connections so far.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Traffic {
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    /// Reads that brought something.
    pub(crate) reads: u64,
    /// Pings that the server sent, whatever they are called in its dialect.
    pub(crate) pings: u64,
}

/// The connections.
pub(crate) struct Net {
    address: SocketAddr,
    host: String,
    pub(crate) dialect: Dialect,
    poll: Poll,
    /// Taken out while they are gone through.
    events: Option<Events>,
    buffer: Vec<u8>,
    scratch: Vec<u8>,
    links: Vec<Link>,
    /// Places of connections that were closed, to be used again.
    free: Vec<usize>,
    /// Connections with something to write.
    waiting: Vec<usize>,
    pub(crate) traffic: Traffic,
}

impl Net {
    /// No connections yet, to this server.
    pub(crate) fn new(address: SocketAddr, host: String, dialect: Dialect) -> Result<Self> {
        Ok(Self {
            address,
            host,
            dialect,
            poll: Poll::new().context("no epoll")?,
            events: Some(Events::with_capacity(EVENTS)),
            buffer: vec![0; CHUNK],
            scratch: Vec::new(),
            links: Vec::new(),
            free: Vec::new(),
            waiting: Vec::new(),
            traffic: Traffic::default(),
        })
    }

    /// Begins a connection and returns its number: one that is free. Not to be called while a connection is lost, for what
    /// is left of that one would be taken for the new one's.
    pub(crate) fn open(&mut self, opening: &Opening<'_>) -> Result<usize> {
        let mut link = Link::connect(self.address, opening.line).context("no connection")?;
        let number = self.free.pop().unwrap_or(self.links.len());
        if let Some(stream) = &mut link.stream {
            self.poll.registry().register(stream, Token(number), Interest::READABLE | Interest::WRITABLE)?;
        }
        link.output = self.upgrade(opening).into_bytes();
        match self.links.get_mut(number) {
            Some(place) => *place = link,
            None => self.links.push(link),
        }
        Ok(number)
    }

    fn upgrade(&self, opening: &Opening<'_>) -> String {
        let authorization = opening.token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let since = opening.since.map(|since| format!("?since={since}")).unwrap_or_default();
        format!(
            "GET {}{since} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{authorization}\r\n",
            self.dialect.path(),
            self.host
        )
    }

    /// Closes a connection as a client should; its number is free then.
    pub(crate) fn close(&mut self, number: usize) {
        let link = &mut self.links[number];
        if link.is_gone() {
            return;
        }
        frame::push(frame::CLOSE, &1000u16.to_be_bytes(), &mut link.output);
        // A server that does not take the goodbye sees the end of the connection.
        let _ = link.write();
        self.drop_link(number);
    }

    /// Cuts a connection off without a word; its number is free then.
    pub(crate) fn cut(&mut self, number: usize) {
        if let Some(stream) = &self.links[number].stream {
            // Where that is not possible, it just ends.
            let _ = socket::cut_when_closed(stream);
            self.drop_link(number);
        }
    }

    fn drop_link(&mut self, number: usize) {
        let link = &mut self.links[number];
        let Some(mut stream) = link.stream.take() else { return };
        link.input = Vec::new();
        link.output = Vec::new();
        // One that is closed already does not need it.
        let _ = self.poll.registry().deregister(&mut stream);
        self.free.push(number);
    }

    /// Leaves unread what comes on a connection, until [`Net::listen`].
    pub(crate) fn stall(&mut self, number: usize) {
        self.links[number].stalled = true;
    }

    /// Reads what has come meanwhile, and from now on what comes.
    pub(crate) fn listen(&mut self, load: &mut impl Load, number: usize) -> Result<()> {
        self.links[number].stalled = false;
        self.read(load, number, true)
    }

    /// Sends a text frame in the end of this pass.
    pub(crate) fn send(&mut self, number: usize, write: impl FnOnce(Dialect, &mut Vec<u8>)) {
        self.scratch.clear();
        write(self.dialect, &mut self.scratch);
        frame::push(frame::TEXT, &self.scratch, &mut self.links[number].output);
        self.note_waiting(number);
    }

    fn note_waiting(&mut self, number: usize) {
        let link = &mut self.links[number];
        if !link.waits {
            link.waits = true;
            self.waiting.push(number);
        }
    }

    /// One pass: writes what waits, sleeps until something comes or this moment has come, and serves what came.
    pub(crate) fn turn(&mut self, load: &mut impl Load, until: u64) -> Result<()> {
        self.flush(load)?;
        let sleep = Duration::from_nanos(until.saturating_sub(now())).min(NAP);
        let mut events = self.events.take().context("a pass within a pass")?;
        match self.poll.poll(&mut events, Some(sleep)) {
            Err(error) if error.kind() != std::io::ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        for event in &events {
            self.serve(load, event)?;
        }
        self.events = Some(events);
        self.flush(load)
    }

    fn serve(&mut self, load: &mut impl Load, event: &Event) -> Result<()> {
        let Token(number) = event.token();
        if event.is_writable() && !self.links[number].output.is_empty() {
            self.note_waiting(number);
        }
        let ready = event.is_readable() || event.is_read_closed() || event.is_error();
        if ready && !self.links[number].stalled {
            self.read(load, number, event.is_read_closed() || event.is_error())?;
        }
        Ok(())
    }

    /// Reads until there is no more. A short read means that; only the end of the connection needs another look.
    fn read(&mut self, load: &mut impl Load, number: usize, ends: bool) -> Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let done = loop {
            match self.links[number].read(&mut buffer) {
                Ok(None) => break Ok(()),
                Ok(Some(0)) => break self.lose(load, number, "the server closed the connection"),
                Err(error) => break self.lose(load, number, &error.to_string()),
                Ok(Some(read)) => {
                    self.traffic.bytes_in += read as u64;
                    self.traffic.reads += 1;
                    if let Err(error) = self.take(load, number, &buffer[..read]) {
                        break Err(error);
                    }
                    if read < buffer.len() && !ends {
                        break Ok(());
                    }
                }
            }
        };
        self.buffer = buffer;
        done
    }

    /// Takes bytes as the continuation of what came before, and keeps what is not a whole frame.
    fn take(&mut self, load: &mut impl Load, number: usize, bytes: &[u8]) -> Result<()> {
        if self.links[number].input.is_empty() {
            let used = self.frames(load, number, bytes)?;
            self.links[number].input.extend_from_slice(&bytes[used..]);
            return Ok(());
        }
        let mut input = std::mem::take(&mut self.links[number].input);
        input.extend_from_slice(bytes);
        let used = self.frames(load, number, &input)?;
        input.drain(..used);
        if !input.is_empty() {
            self.links[number].input = input;
        }
        Ok(())
    }

    /// Goes through whole frames and returns how many bytes they took.
    fn frames(&mut self, load: &mut impl Load, number: usize, bytes: &[u8]) -> Result<usize> {
        let at = now();
        let mut used = 0;
        if self.links[number].stage == Stage::Upgrading {
            let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else { return Ok(0) };
            if !bytes.starts_with(b"HTTP/1.1 101") {
                let line = bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
                self.lose(load, number, &format!("no upgrade: {}", String::from_utf8_lossy(line)))?;
                return Ok(bytes.len());
            }
            used = end + 4;
            self.links[number].stage = Stage::Greeting;
            if !self.dialect.waits_for_welcome() {
                self.welcome(load, number, b"")?;
            }
        }
        while let Some(frame) = frame::cut(bytes, used) {
            let payload = &bytes[frame.start..frame.end];
            used = frame.end;
            match frame.opcode {
                frame::TEXT | frame::BINARY if frame.whole => self.message(load, number, payload, at)?,
                frame::PING => {
                    self.traffic.pings += 1;
                    frame::push(frame::PONG, payload, &mut self.links[number].output);
                    self.note_waiting(number);
                }
                frame::PONG => {}
                frame::CLOSE => {
                    self.lose(load, number, &goodbye(payload))?;
                }
                other => self.lose(load, number, &format!("a frame of kind {other}, or a part of one"))?,
            }
            if self.links[number].is_gone() {
                return Ok(bytes.len());
            }
        }
        Ok(used)
    }

    fn message(&mut self, load: &mut impl Load, number: usize, frame: &[u8], at: u64) -> Result<()> {
        match self.dialect.read(frame) {
            Incoming::Greeting(answer) => self.send(number, |_, out| out.extend_from_slice(answer)),
            Incoming::Probe(answer) => {
                self.traffic.pings += 1;
                self.send(number, |_, out| out.extend_from_slice(answer));
            }
            Incoming::Welcome if self.links[number].stage == Stage::Greeting => self.welcome(load, number, frame)?,
            Incoming::Refused => load.refused(self, number, frame)?,
            incoming => load.incoming(self, number, incoming, at)?,
        }
        Ok(())
    }

    fn welcome(&mut self, load: &mut impl Load, number: usize, welcome: &[u8]) -> Result<()> {
        self.links[number].stage = Stage::Open;
        load.opened(self, number, welcome)
    }

    fn lose(&mut self, load: &mut impl Load, number: usize, why: &str) -> Result<()> {
        self.drop_link(number);
        load.lost(self, number, why)
    }

    /// Writes everything that waits, and what comes to wait meanwhile.
    fn flush(&mut self, load: &mut impl Load) -> Result<()> {
        while let Some(number) = self.waiting.pop() {
            let link = &mut self.links[number];
            link.waits = false;
            if link.is_gone() {
                continue;
            }
            let waited = link.output.len();
            let wrote = link.write();
            self.traffic.bytes_out += (waited - link.output.len()) as u64;
            if let Err(error) = wrote {
                self.lose(load, number, &error.to_string())?;
            }
        }
        Ok(())
    }
}

/// What a close frame says.
fn goodbye(payload: &[u8]) -> String {
    let (code, reason) = payload.split_at_checked(2).unwrap_or_default();
    let code = code.iter().fold(0, |code, byte| code << 8 | u32::from(*byte));
    format!("the server closed the connection with code {code}: {}", String::from_utf8_lossy(reason))
}

/// A moment so far away that nothing is due.
pub(crate) const NEVER: u64 = u64::MAX;

/// The moment after so long from now.
pub(crate) fn after(time: Duration) -> u64 {
    now().saturating_add(clock::nanoseconds(time))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;

    use super::*;

    #[derive(Default)]
    struct Heard {
        publications: usize,
        lost: usize,
        counts: Counts,
    }

    impl Load for Heard {
        fn counts(&mut self) -> &mut Counts {
            &mut self.counts
        }

        fn incoming(&mut self, _: &mut Net, _: usize, _: Incoming<'_>, _: u64) -> Result<()> {
            self.publications += 1;
            Ok(())
        }

        fn lost(&mut self, _: &mut Net, _: usize, _: &str) -> Result<()> {
            self.lost += 1;
            Ok(())
        }
    }

    const PUBLICATION: &[u8] = br#"{"type":"publication","data":"~a~"}"#;

    fn frame(stream: &mut std::net::TcpStream) {
        let length = u8::try_from(PUBLICATION.len()).unwrap();
        stream.write_all(&[&[0x81, length], PUBLICATION].concat()).unwrap();
    }

    fn turn_until(net: &mut Net, heard: &mut Heard, done: impl Fn(&Heard) -> bool) {
        let last = after(Duration::from_secs(10));
        while !done(heard) {
            assert!(now() < last, "nothing came");
            net.turn(heard, last).unwrap();
        }
    }

    #[test]
    fn a_stalled_connection_is_read_again_when_it_listens_and_its_end_is_seen_then() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut net = Net::new(listener.local_addr().unwrap(), "x".to_owned(), Dialect::Json).unwrap();
        let mut heard = Heard::default();
        let (stalled, other) = (net.open(&Opening::default()).unwrap(), net.open(&Opening::default()).unwrap());
        let (mut first, _) = listener.accept().unwrap();
        let (mut second, _) = listener.accept().unwrap();
        for stream in [&mut first, &mut second] {
            stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n").unwrap();
            frame(stream);
        }
        turn_until(&mut net, &mut heard, |heard| heard.publications == 2);
        net.stall(stalled);
        frame(&mut first);
        drop(first);
        frame(&mut second);
        turn_until(&mut net, &mut heard, |heard| heard.publications == 3);
        assert_eq!(heard.lost, 0, "who does not read notices nothing");
        net.listen(&mut heard, stalled).unwrap();
        assert_eq!((heard.publications, heard.lost), (4, 1));
        net.cut(other);
        assert_eq!(net.open(&Opening::default()).unwrap(), other, "the place is free at once");
    }
}
