//! Frames of RFC 6455 as a server writes them: whole, unmasked, with the shortest header; and the kinds of frame there are.
//! Reading a client's is `decoder.rs`.

use bytes::{BufMut, Bytes, BytesMut};
use tutti_protocol::CloseCode;

use super::deflate;

/// Longest header of a frame that is not masked, in bytes.
const MAX_HEADER: usize = 10;

/// Marks the last fragment of a message (RFC 6455 section 5.2).
pub(super) const FIN: u8 = 0x80;
/// Marks a compressed message (RFC 7692 section 6).
pub(super) const RSV1: u8 = 0x40;

/// What kind of frame (RFC 6455 section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opcode {
    /// Goes on with a fragmented message.
    Continuation,
    /// UTF-8 text.
    Text,
    /// Bytes.
    Binary,
    /// Ends the connection.
    Close,
    /// Asks for a pong.
    Ping,
    /// Answers a ping.
    Pong,
}

impl Opcode {
    pub(super) fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0x0 => Some(Self::Continuation),
            0x1 => Some(Self::Text),
            0x2 => Some(Self::Binary),
            0x8 => Some(Self::Close),
            0x9 => Some(Self::Ping),
            0xA => Some(Self::Pong),
            _ => None,
        }
    }

    pub(super) fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xA,
        }
    }

    pub(super) fn is_control(self) -> bool {
        self.bits() & 0x8 != 0
    }
}

/// One whole unmasked frame, header and payload together, as a server sends it.
#[must_use]
pub fn server_frame(opcode: Opcode, payload: &[u8]) -> Bytes {
    frame_with(FIN | opcode.bits(), payload)
}

/// As [`server_frame`], compressed if that is worth while; only for a client that negotiated it.
#[must_use]
pub fn compressed_frame(opcode: Opcode, payload: &[u8]) -> Bytes {
    let deflated = if payload.len() < deflate::MIN_BYTES { None } else { deflate::deflate(payload) };
    match deflated {
        Some(deflated) => frame_with(FIN | RSV1 | opcode.bits(), &deflated),
        None => server_frame(opcode, payload),
    }
}

/// Adds a frame, as [`server_frame`] makes it, to others.
pub fn put_server_frame(out: &mut BytesMut, opcode: Opcode, payload: &[u8]) {
    put_frame(out, FIN | opcode.bits(), payload);
}

fn frame_with(first: u8, payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(payload.len() + MAX_HEADER);
    put_frame(&mut frame, first, payload);
    frame.freeze()
}

fn put_frame(frame: &mut BytesMut, first: u8, payload: &[u8]) {
    frame.put_u8(first);
    match payload.len() {
        length @ 0..=125 => frame.put_u8(u8::try_from(length).unwrap_or(0)),
        length @ 126..=65_535 => {
            frame.put_u8(126);
            frame.put_u16(u16::try_from(length).unwrap_or(0));
        }
        length => {
            frame.put_u8(127);
            frame.put_u64(u64::try_from(length).unwrap_or(0));
        }
    }
    frame.put_slice(payload);
}

/// A close frame with a code and a reason, which must be shorter than 124 bytes.
#[must_use]
pub fn close_frame(code: CloseCode, reason: &str) -> Bytes {
    let mut payload = BytesMut::with_capacity(2 + reason.len());
    payload.put_u16(code.number());
    payload.put_slice(reason.as_bytes());
    server_frame(Opcode::Close, &payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_frames_have_the_shortest_header() {
        assert_eq!(server_frame(Opcode::Text, b"Hello")[..], [0x81, 5, b'H', b'e', b'l', b'l', b'o']);
        assert_eq!(server_frame(Opcode::Binary, &[0; 126])[..4], [0x82, 126, 0, 126]);
        assert_eq!(server_frame(Opcode::Binary, &[0; 65_536])[..10], [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }
}
