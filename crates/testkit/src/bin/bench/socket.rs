//! A WebSocket client that costs next to nothing, for it shares the machine with the server that it measures: frames
//! are written many at once and looked at as bytes. It understands what a Tutti server sends and nothing more; whether
//! the server keeps to the standard is for the tests to say, which use an independent client.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result, bail};
use tokio::io::Interest;
use tokio::net::{TcpSocket, TcpStream};

/// How much is read at once.
const CHUNK: usize = 32 * 1024;
/// Any four bytes do; real clients draw them.
const MASK: [u8; 4] = [0x5a, 0xc3, 0x17, 0x9e];

const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xa;

/// One connection.
pub(crate) struct Socket {
    stream: TcpStream,
    input: Vec<u8>,
    /// How much of the input is done with.
    done: usize,
    output: Vec<u8>,
    /// How many pings came.
    pub(crate) pings: u64,
}

impl Socket {
    /// Connects, if need be from a given address, and returns the welcome with the connection.
    pub(crate) async fn open(address: SocketAddr, from: Option<Ipv4Addr>, token: &str) -> Result<(Self, Vec<u8>)> {
        let socket = TcpSocket::new_v4()?;
        if let Some(from) = from {
            socket.bind(SocketAddr::from((from, 0)))?;
        }
        let stream = socket.connect(address).await.context("the server does not accept")?;
        stream.set_nodelay(true)?;
        let mut socket = Self { stream, input: Vec::new(), done: 0, output: Vec::new(), pings: 0 };
        socket.upgrade(address, token).await?;
        let welcome = socket.wait_for_frame().await?;
        if !welcome.starts_with(b"{\"type\":\"welcome\"") {
            bail!("the first frame was {}", String::from_utf8_lossy(&welcome));
        }
        Ok((socket, welcome))
    }

    async fn upgrade(&mut self, address: SocketAddr, token: &str) -> Result<()> {
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Authorization: Bearer {token}\r\n\r\n"
        );
        self.output.extend_from_slice(request.as_bytes());
        loop {
            self.write()?;
            self.ready().await?;
            self.read()?;
            if let Some(end) = self.input.windows(4).position(|window| window == b"\r\n\r\n") {
                if !self.input.starts_with(b"HTTP/1.1 101 ") {
                    bail!("no upgrade: {}", String::from_utf8_lossy(&self.input));
                }
                self.done = end + 4;
                return Ok(());
            }
        }
    }

    async fn wait_for_frame(&mut self) -> Result<Vec<u8>> {
        loop {
            if let Some(frame) = self.next()? {
                return Ok(frame.to_vec());
            }
            self.ready().await?;
            self.read()?;
        }
    }

    /// Puts a text frame behind what is not written yet.
    pub(crate) fn queue(&mut self, text: &[u8]) {
        self.queue_frame(TEXT, text);
    }

    fn queue_frame(&mut self, opcode: u8, payload: &[u8]) {
        self.output.push(0x80 | opcode);
        match u8::try_from(payload.len()) {
            Ok(length) if length < 126 => self.output.push(0x80 | length),
            _ => {
                // What is sent here is far below 64 KiB; the server would refuse more.
                let length = u16::try_from(payload.len()).unwrap_or(u16::MAX);
                self.output.push(0x80 | 126);
                self.output.extend_from_slice(&length.to_be_bytes());
            }
        }
        self.output.extend_from_slice(&MASK);
        self.output.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    }

    /// Resolves when there is something to read, or room for what is not written yet.
    pub(crate) async fn ready(&self) -> io::Result<()> {
        let writes = if self.output.is_empty() { Interest::READABLE } else { Interest::READABLE | Interest::WRITABLE };
        self.stream.ready(writes).await.map(drop)
    }

    /// Writes as much as the socket takes.
    pub(crate) fn write(&mut self) -> Result<()> {
        while !self.output.is_empty() {
            match self.stream.try_write(&self.output) {
                Ok(written) => drop(self.output.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Reads what has come, once.
    pub(crate) fn read(&mut self) -> Result<()> {
        self.input.drain(..self.done);
        self.done = 0;
        self.input.reserve(CHUNK);
        match self.stream.try_read_buf(&mut self.input) {
            Ok(0) => bail!("the server closed the connection"),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The next text frame that has come whole. Answers pings on the way.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>> {
        loop {
            let Some((opcode, start, end)) = frame_at(&self.input, self.done) else { return Ok(None) };
            self.done = end;
            match opcode {
                TEXT => return Ok(Some(&self.input[start..end])),
                PING => {
                    let payload = self.input[start..end].to_vec();
                    self.pings += 1;
                    self.queue_frame(PONG, &payload);
                }
                PONG => {}
                CLOSE => bail!("the server closed the connection: {:?}", &self.input[start..end]),
                other => bail!("the server sent a frame of kind {other}"),
            }
        }
    }

    /// Gives back the memory of buffers in which nothing is.
    pub(crate) fn shrink(&mut self) {
        if self.done == self.input.len() {
            self.input = Vec::new();
            self.done = 0;
        }
    }
}

/// The kind of the frame that begins here, and from where to where its payload goes; none when it is not whole yet.
fn frame_at(input: &[u8], at: usize) -> Option<(u8, usize, usize)> {
    let head = input.get(at..at + 2)?;
    let (length, start) = match head[1] & 0x7f {
        126 => (usize::from(u16::from_be_bytes(input.get(at + 2..at + 4)?.try_into().ok()?)), at + 4),
        127 => {
            let length = u64::from_be_bytes(input.get(at + 2..at + 10)?.try_into().ok()?);
            (usize::try_from(length).ok()?, at + 10)
        }
        short => (usize::from(short), at + 2),
    };
    let end = start.checked_add(length)?;
    (input.len() >= end).then_some((head[0] & 0x0f, start, end))
}

/// The number that a frame has at its end under this name: `offset`, or `ref`.
pub(crate) fn number_at_end(frame: &[u8], name: &[u8]) -> Option<u64> {
    let tail = &frame[frame.len().saturating_sub(128)..];
    let at = tail.windows(name.len()).rposition(|window| window == name)?;
    let digits = tail[at + name.len()..].strip_prefix(b"\":")?;
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&digits[..length]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_cut_where_they_end() {
        let mut input = vec![0x81, 3, b'a', b'b', b'c', 0x81, 126, 1, 0];
        input.extend([b'x'; 256]);
        assert_eq!(frame_at(&input, 0), Some((TEXT, 2, 5)));
        assert_eq!(frame_at(&input, 5), Some((TEXT, 9, 265)));
        assert_eq!(frame_at(&input, 265), None);
        assert_eq!(frame_at(&input[..264], 5), None, "one byte is missing");
    }

    #[test]
    fn numbers_are_read_at_the_end_of_a_frame() {
        let frame = br#"{"type":"message","message":{"text":"\"offset\":1"},"event_id":"99","offset":42,"ref":7}"#;
        assert_eq!(number_at_end(frame, b"offset"), Some(42));
        assert_eq!(number_at_end(frame, b"ref"), Some(7));
        assert_eq!(number_at_end(frame, b"nothing"), None);
    }
}
