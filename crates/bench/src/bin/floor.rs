//! The floor: about the least that a server can do and still serve rooms over WebSocket, on one thread with one epoll,
//! written by hand. It speaks the json dialect of the load tool and is what "as cheap as possible" means in comparisons.
//!
//! What it leaves out, which a real server cannot: authentication, TLS, limits of any kind (a slow reader's bytes wait
//! without bound), UTF-8 and the other checks of RFC 6455, fragments, compression, heartbeats, storage, history, more than
//! one core, and JSON itself: it looks for the bytes that the load tool sends. For this machine only.
//!
//! What it does well is batching: what is published in one pass is joined for each room and written once to each member.

use std::collections::HashMap;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use sha1::{Digest as _, Sha1};

const LISTENER: Token = Token(usize::MAX);
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

struct Peer {
    stream: TcpStream,
    upgraded: bool,
    input: Vec<u8>,
    output: Vec<u8>,
}

#[derive(Default)]
struct Room {
    members: Vec<usize>,
    /// Frames that were published in this pass.
    pending: Vec<u8>,
}

struct Floor {
    poll: Poll,
    listener: TcpListener,
    peers: Vec<Option<Peer>>,
    free: Vec<usize>,
    rooms: Vec<Room>,
    names: HashMap<Vec<u8>, usize>,
    /// Rooms with something pending, and peers with something to write.
    spoken: Vec<usize>,
    waiting: Vec<usize>,
}

fn main() -> io::Result<()> {
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(0);
    let mut listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    let poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    eprintln!("floor: listening on {}", listener.local_addr()?);
    println!("ready");
    let (peers, free, rooms, names) = (Vec::new(), Vec::new(), Vec::new(), HashMap::new());
    Floor { poll, listener, peers, free, rooms, names, spoken: Vec::new(), waiting: Vec::new() }.run()
}

impl Floor {
    fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match self.poll.poll(&mut events, None) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.accept()?,
                    Token(peer) => {
                        self.read(peer, &mut buffer, event.is_read_closed());
                        if event.is_writable() {
                            self.write(peer);
                        }
                    }
                }
            }
            self.fan_out();
            while let Some(peer) = self.waiting.pop() {
                self.write(peer);
            }
        }
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let mut stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nodelay(true)?;
            let place = self.free.pop().unwrap_or_else(|| {
                self.peers.push(None);
                self.peers.len() - 1
            });
            self.poll.registry().register(&mut stream, Token(place), Interest::READABLE | Interest::WRITABLE)?;
            self.peers[place] = Some(Peer { stream, upgraded: false, input: Vec::new(), output: Vec::new() });
        }
    }

    fn read(&mut self, place: usize, buffer: &mut [u8], ends: bool) {
        loop {
            let Some(peer) = self.peers[place].as_mut() else { return };
            match peer.stream.read(buffer) {
                Ok(read) if read > 0 => {
                    let whole = peer.input.is_empty();
                    let mut input = std::mem::take(&mut peer.input);
                    let bytes = if whole {
                        &mut buffer[..read]
                    } else {
                        input.extend_from_slice(&buffer[..read]);
                        &mut input[..]
                    };
                    let used = self.take(place, bytes);
                    let rest = bytes[used..].to_vec();
                    if let Some(peer) = self.peers[place].as_mut() {
                        peer.input = rest;
                    }
                    if read < buffer.len() && !ends {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => return self.drop_peer(place),
            }
        }
    }

    /// Goes through what has come whole, and returns how many bytes that was.
    fn take(&mut self, place: usize, bytes: &mut [u8]) -> usize {
        let Some(peer) = self.peers[place].as_mut() else { return bytes.len() };
        let mut used = 0;
        if !peer.upgraded {
            let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else { return 0 };
            let Some(answer) = upgrade(&bytes[..end]) else {
                self.drop_peer(place);
                return bytes.len();
            };
            peer.output.extend_from_slice(answer.as_bytes());
            peer.upgraded = true;
            self.waiting.push(place);
            used = end + 4;
        }
        while let Some((opcode, start, end)) = cut(bytes, used) {
            unmask(bytes, start, end);
            used = end;
            match opcode {
                0x1 => self.message(place, &bytes[start..end]),
                0x8 => {
                    self.drop_peer(place);
                    return bytes.len();
                }
                0x9 => self.answer(place, |out| push(0xa, &[&bytes[start..end]], out)),
                _ => {}
            }
        }
        used
    }

    fn message(&mut self, place: usize, text: &[u8]) {
        if let Some(rest) = text.strip_prefix(br#"{"type":"publish","room":""#) {
            let Some(end) = memchr::memchr(b'"', rest) else { return };
            let Some(number) = self.names.get(&rest[..end]).copied() else { return };
            let room = &mut self.rooms[number];
            if room.pending.is_empty() {
                self.spoken.push(number);
            }
            push(0x1, &[br#"{"type":"publication","room":""#, rest], &mut room.pending);
        } else if text.starts_with(br#"{"type":"echo""#) {
            self.answer(place, |out| push(0x1, &[text], out));
        } else if let Some(name) = text.strip_prefix(br#"{"type":"subscribe","room":""#) {
            let name = name.strip_suffix(br#""}"#).unwrap_or(name);
            let number = *self.names.entry(name.to_vec()).or_insert_with(|| {
                self.rooms.push(Room::default());
                self.rooms.len() - 1
            });
            self.rooms[number].members.push(place);
            self.answer(place, |out| push(0x1, &[br#"{"type":"subscribed","room":""#, name, br#""}"#], out));
        }
    }

    fn answer(&mut self, place: usize, write: impl FnOnce(&mut Vec<u8>)) {
        let Some(peer) = self.peers[place].as_mut() else { return };
        if peer.output.is_empty() {
            self.waiting.push(place);
        }
        write(&mut peer.output);
    }

    /// Writes what is pending in each room to each of its members, once.
    fn fan_out(&mut self) {
        while let Some(number) = self.spoken.pop() {
            let pending = std::mem::take(&mut self.rooms[number].pending);
            let members = std::mem::take(&mut self.rooms[number].members);
            for place in &members {
                self.deliver(*place, &pending);
            }
            self.rooms[number].members = members;
        }
    }

    fn deliver(&mut self, place: usize, frames: &[u8]) {
        let Some(peer) = self.peers[place].as_mut() else { return };
        let written = if peer.output.is_empty() { peer.stream.write(frames) } else { Ok(0) };
        match written {
            Ok(written) => peer.output.extend_from_slice(&frames[written..]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => peer.output.extend_from_slice(frames),
            Err(_) => self.drop_peer(place),
        }
    }

    fn write(&mut self, place: usize) {
        let Some(peer) = self.peers[place].as_mut() else { return };
        while !peer.output.is_empty() {
            match peer.stream.write(&peer.output) {
                Ok(written) => drop(peer.output.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => return self.drop_peer(place),
            }
        }
        peer.output = Vec::new();
    }

    fn drop_peer(&mut self, place: usize) {
        if let Some(mut peer) = self.peers[place].take() {
            // It is closed next, which does the same.
            let _ = self.poll.registry().deregister(&mut peer.stream);
            self.rooms.iter_mut().for_each(|room| room.members.retain(|member| *member != place));
            self.free.push(place);
        }
    }
}

/// The answer to a request for an upgrade.
fn upgrade(request: &[u8]) -> Option<String> {
    let request = std::str::from_utf8(request).ok()?;
    let key = request.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim())
    })?;
    let accept = STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize());
    Some(format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    ))
}

/// The kind of the masked frame that begins here, and from where to where its payload goes, behind the mask.
fn cut(bytes: &[u8], at: usize) -> Option<(u8, usize, usize)> {
    let head = bytes.get(at..at + 2)?;
    let (length, start) = match head[1] & 0x7f {
        126 => (usize::from(u16::from_be_bytes(bytes.get(at + 2..at + 4)?.try_into().ok()?)), at + 8),
        127 => {
            let length = u64::from_be_bytes(bytes.get(at + 2..at + 10)?.try_into().ok()?);
            (usize::try_from(length).ok()?, at + 14)
        }
        short => (usize::from(short), at + 6),
    };
    let end = start.checked_add(length)?;
    (bytes.len() >= end).then_some((head[0] & 0x0f, start, end))
}

fn unmask(bytes: &mut [u8], start: usize, end: usize) {
    let mask: [u8; 4] = std::array::from_fn(|place| bytes[start - 4 + place]);
    for four in bytes[start..end].chunks_mut(4) {
        four.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    }
}

/// Puts a frame behind what is there.
fn push(opcode: u8, parts: &[&[u8]], out: &mut Vec<u8>) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    out.push(0x80 | opcode);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < 126 => out.push(short),
        (_, Ok(length)) => {
            out.push(126);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
}
