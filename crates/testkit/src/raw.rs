//! A WebSocket of which the test writes every byte: for what no proper client would send, and for not reading.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::patience::within;

/// Text, opcode 1, in one frame.
pub const TEXT: u8 = 0x81;
/// Binary, opcode 2, in one frame.
pub const BINARY: u8 = 0x82;
/// Close, opcode 8.
pub const CLOSE: u8 = 0x88;
/// Ping, opcode 9.
pub const PING: u8 = 0x89;
/// Pong, opcode 10.
pub const PONG: u8 = 0x8A;

/// A connection that was upgraded, and nothing more.
pub struct Raw {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Raw {
    /// Upgrades, with a token in the header or without one.
    ///
    /// # Panics
    /// When the server does not upgrade.
    pub async fn open(address: SocketAddr, token: Option<&str>) -> Self {
        let mut raw = Self::dial(address).await;
        let authorization = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        let request = format!(
            "GET /ws HTTP/1.1\r\nhost: {address}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{authorization}\r\n"
        );
        raw.write(request.as_bytes()).await;
        let head = raw.head().await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        raw
    }

    /// Connects and says nothing.
    ///
    /// # Panics
    /// When the server does not accept.
    pub async fn dial(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket can be made");
        Self::over(socket, address).await
    }

    /// Connects with a buffer of the system's that holds only so many unread bytes, so that not reading is noticed soon.
    ///
    /// # Panics
    /// When the server does not accept.
    pub async fn dial_narrow(address: SocketAddr, receive_buffer: u32) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket can be made");
        socket.set_recv_buffer_size(receive_buffer).expect("the receive buffer can be set");
        Self::over(socket, address).await
    }

    async fn over(socket: TcpSocket, address: SocketAddr) -> Self {
        let stream = within("a TCP connection", socket.connect(address)).await.expect("the server accepts");
        stream.set_nodelay(true).expect("TCP_NODELAY can be set");
        Self { stream, unread: Vec::new() }
    }

    /// Writes bytes as they are.
    ///
    /// # Panics
    /// When the connection is broken.
    pub async fn write(&mut self, bytes: &[u8]) {
        within("bytes to be written", self.stream.write_all(bytes)).await.expect("the connection is open");
    }

    /// Writes a masked frame.
    ///
    /// # Panics
    /// When the connection is broken.
    pub async fn frame(&mut self, first: u8, payload: &[u8]) {
        self.write(&frame(first, payload, true)).await;
    }

    /// The head of an HTTP answer.
    ///
    /// # Panics
    /// When none comes.
    pub async fn head(&mut self) -> String {
        loop {
            if let Some(end) = self.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                let head: Vec<u8> = self.unread.drain(..end + 4).collect();
                return String::from_utf8(head).expect("a head is text");
            }
            assert!(self.read().await, "the connection ended within the head");
        }
    }

    /// The next frame of the server: its first byte and its payload; none when the connection is at its end.
    ///
    /// # Panics
    /// When nothing comes.
    pub async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some((first, start, length)) = header(&self.unread)
                && self.unread.len() >= start + length
            {
                let payload = self.unread[start..start + length].to_vec();
                self.unread.drain(..start + length);
                return Some((first, payload));
            }
            if !self.read().await {
                return None;
            }
        }
    }

    /// The next text frame as JSON; pings are passed over and not answered.
    ///
    /// # Panics
    /// When there is none.
    pub async fn json(&mut self) -> Value {
        loop {
            match self.next().await {
                Some((TEXT, payload)) => return serde_json::from_slice(&payload).expect("the server sends JSON"),
                Some((PING, _)) => {}
                other => panic!("instead of a text frame: {other:?}"),
            }
        }
    }

    /// The code of the server's close frame, and what text frames came before it.
    ///
    /// # Panics
    /// When the connection ends without one.
    pub async fn closed(&mut self) -> (Vec<Value>, u16) {
        let mut frames = Vec::new();
        loop {
            match self.next().await {
                Some((CLOSE, payload)) => return (frames, u16::from_be_bytes([payload[0], payload[1]])),
                Some((TEXT, payload)) => frames.push(serde_json::from_slice(&payload).expect("JSON")),
                Some(_) => {}
                None => panic!("the connection ended without a close frame, after {frames:?}"),
            }
        }
    }

    /// Waits for the end of the connection.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn end(&mut self) {
        while self.read().await {}
    }

    async fn read(&mut self) -> bool {
        matches!(within("bytes from the server", self.stream.read_buf(&mut self.unread)).await, Ok(length) if length > 0)
    }
}

/// A frame as bytes.
#[must_use]
pub fn frame(first: u8, payload: &[u8], masked: bool) -> Vec<u8> {
    let mask_bit = if masked { 0x80 } else { 0 };
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..126 => bytes.push(mask_bit | u8::try_from(length).unwrap_or(125)),
        length if u16::try_from(length).is_ok() => {
            bytes.push(mask_bit | 126);
            bytes.extend(u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        }
        length => {
            bytes.push(mask_bit | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    let mask = [0x1B, 0x2C, 0x3D, 0x4E];
    if masked {
        bytes.extend(mask);
        bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    } else {
        bytes.extend(payload);
    }
    bytes
}

/// First byte, start of the payload and its length, if the header is complete.
fn header(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    match second & 0x7F {
        126 => Some((first, 4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)))),
        127 => {
            let length = u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?);
            Some((first, 10, usize::try_from(length).ok()?))
        }
        short => Some((first, 2, usize::from(short))),
    }
}
