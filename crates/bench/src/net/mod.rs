//! All connections of a measurement on one thread and one epoll: what is ready is read, cut into frames, told to the
//! [`Load`], and what that wants to send is written at the end of the pass, once for each connection. It must be lean, for
//! it shares the machine with the server that it measures.

mod frame;
mod link;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use mio::event::Event;
use mio::{Events, Interest, Poll, Token};

use self::link::{Link, Stage};
use crate::clock::{self, now};
use crate::dialect::{Dialect, Incoming};

/// How much is read at once.
const CHUNK: usize = 64 * 1024;
/// How many connections one pass serves at most.
const EVENTS: usize = 1024;
/// How long one pass sleeps at most, so that whoever drives it sees the time.
const NAP: Duration = Duration::from_millis(200);

/// What is done with connections.
pub(crate) trait Load {
    /// A connection may be used from now on.
    fn opened(&mut self, _net: &mut Net, _link: usize) -> Result<()> {
        Ok(())
    }

    /// A frame has come, at this moment.
    fn incoming(&mut self, net: &mut Net, link: usize, incoming: Incoming<'_>, at: u64) -> Result<()>;

    /// A request was refused, with this frame.
    fn refused(&mut self, net: &mut Net, link: usize, frame: &[u8]) -> Result<()>;

    /// A connection is lost.
    fn lost(&mut self, net: &mut Net, link: usize, why: &str) -> Result<()>;
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

    /// Begins a connection and returns its number: the smallest that is free.
    pub(crate) fn open(&mut self, token: Option<&str>) -> Result<usize> {
        let mut link = Link::connect(self.address).context("no connection")?;
        let number = self.free.pop().unwrap_or(self.links.len());
        self.poll.registry().register(&mut link.stream, Token(number), Interest::READABLE | Interest::WRITABLE)?;
        link.output = self.upgrade(token).into_bytes();
        match self.links.get_mut(number) {
            Some(place) => *place = link,
            None => self.links.push(link),
        }
        Ok(number)
    }

    fn upgrade(&self, token: Option<&str>) -> String {
        let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{authorization}\r\n",
            self.dialect.path(),
            self.host
        )
    }

    /// Closes a connection as a client should; its number is free then.
    pub(crate) fn close(&mut self, number: usize) {
        let link = &mut self.links[number];
        if link.stage == Stage::Gone {
            return;
        }
        frame::push(frame::CLOSE, &1000u16.to_be_bytes(), &mut link.output);
        // A server that does not take the goodbye sees the end of the connection.
        let _ = link.write();
        self.drop_link(number);
    }

    fn drop_link(&mut self, number: usize) {
        let link = &mut self.links[number];
        link.stage = Stage::Gone;
        link.input = Vec::new();
        link.output = Vec::new();
        // One that was never registered, or is closed already, needs neither.
        let _ = self.poll.registry().deregister(&mut link.stream);
        let _ = link.stream.shutdown(std::net::Shutdown::Both);
        self.free.push(number);
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
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            self.read(load, number, event.is_read_closed() || event.is_error())?;
        }
        Ok(())
    }

    /// Reads until there is no more. A short read means that; only the end of the connection needs another look.
    fn read(&mut self, load: &mut impl Load, number: usize, ends: bool) -> Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let done = loop {
            if self.links[number].stage == Stage::Gone {
                break Ok(());
            }
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
                self.welcome(load, number)?;
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
                    let code = payload.get(..2).map_or(0, |code| u16::from_be_bytes([code[0], code[1]]));
                    self.lose(load, number, &format!("the server closed the connection with code {code}"))?;
                }
                other => self.lose(load, number, &format!("a frame of kind {other}, or a part of one"))?,
            }
            if self.links[number].stage == Stage::Gone {
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
            Incoming::Welcome if self.links[number].stage == Stage::Greeting => self.welcome(load, number)?,
            Incoming::Refused => load.refused(self, number, frame)?,
            incoming => load.incoming(self, number, incoming, at)?,
        }
        Ok(())
    }

    fn welcome(&mut self, load: &mut impl Load, number: usize) -> Result<()> {
        self.links[number].stage = Stage::Open;
        load.opened(self, number)
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
            if link.stage == Stage::Gone {
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

/// A moment so far away that nothing is due.
pub(crate) const NEVER: u64 = u64::MAX;

/// The moment after so long from now.
pub(crate) fn after(time: Duration) -> u64 {
    now().saturating_add(clock::nanoseconds(time))
}
