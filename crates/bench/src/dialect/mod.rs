//! How a server is spoken to. One generator measures Tutti and others; what differs is here and nowhere else: the bytes
//! of a handshake, of subscribing, publishing and asking for an echo, and telling incoming frames apart by their bytes.
//! Nothing parses JSON: a frame is told by what stands first in it, a payload by its marks.

mod json;
mod socketio;
pub(crate) mod tutti;

use clap::ValueEnum;
use serde::Serialize;

use crate::payload;

/// The language of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Dialect {
    /// Tutti's own protocol on /ws.
    Tutti,
    /// The least there is: subscribe, publish and echo as JSON text frames on /ws.
    Json,
    /// Socket.IO: Engine.IO 4 over WebSocket.
    #[value(name = "socketio")]
    SocketIo,
}

/// What a frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Incoming<'a> {
    /// The server begins; this is the answer that it waits for.
    Greeting(&'static [u8]),
    /// From now on requests may be sent.
    Welcome,
    /// The room is subscribed to; so much was published in it before, where the server says so.
    Subscribed(Option<u32>),
    /// Somebody published this payload.
    Publication(&'a [u8]),
    /// What was asked to come back.
    Echo(&'a [u8]),
    /// A request was accepted; the payload is in it when it was a chat message.
    Accepted(Option<&'a [u8]>),
    /// The server wants to know whether we are here; this is the answer.
    Probe(&'static [u8]),
    /// A request was refused.
    Refused,
    /// Anything else.
    Other,
}

impl Dialect {
    /// The path, with what has to stand behind it.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Tutti | Self::Json => "/ws",
            Self::SocketIo => "/socket.io/?EIO=4&transport=websocket",
        }
    }

    /// Whether the server speaks first after the upgrade.
    pub(crate) fn waits_for_welcome(self) -> bool {
        self != Self::Json
    }

    /// The longest payload that an echo can carry, if there is such a bound.
    pub(crate) fn longest_echo(self) -> Option<usize> {
        (self == Self::Tutti).then_some(tutti::LONGEST_REF)
    }

    /// Asks to be told what is published in a room.
    pub(crate) fn subscribe(self, room: &str, out: &mut Vec<u8>) {
        match self {
            Self::Tutti => tutti::subscribe(room, out),
            Self::Json => json::subscribe(room, out),
            Self::SocketIo => socketio::subscribe(room, out),
        }
    }

    /// Publishes a payload in a room.
    pub(crate) fn publish(self, room: &str, payload: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Tutti => tutti::publish(room, payload, out),
            Self::Json => json::publish(room, payload, out),
            Self::SocketIo => socketio::publish(room, payload, out),
        }
    }

    /// Asks for a payload to come back.
    pub(crate) fn echo(self, payload: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Tutti => tutti::echo(payload, out),
            Self::Json => json::echo(payload, out),
            Self::SocketIo => socketio::echo(payload, out),
        }
    }

    /// What a frame says.
    pub(crate) fn read(self, frame: &[u8]) -> Incoming<'_> {
        match self {
            Self::Tutti => tutti::read(frame),
            Self::Json => json::read(frame),
            Self::SocketIo => socketio::read(frame),
        }
    }
}

/// The value of `type`, which stands first in the objects of the JSON dialects. Some servers put a space behind a colon.
fn kind(frame: &[u8]) -> &[u8] {
    let rest = frame.strip_prefix(br#"{"type":"#).unwrap_or_default();
    quoted(rest.strip_prefix(b" ").unwrap_or(rest))
}

/// What stands between the quotation marks with which this begins.
fn quoted(text: &[u8]) -> &[u8] {
    let Some(rest) = text.strip_prefix(b"\"") else { return &[] };
    memchr::memchr(b'"', rest).map_or(&[], |end| &rest[..end])
}

/// A frame that carries a payload, or one that is not understood.
fn carried<'a>(frame: &'a [u8], what: fn(&'a [u8]) -> Incoming<'a>) -> Incoming<'a> {
    payload::find(frame).map_or(Incoming::Other, what)
}

/// Puts parts one behind the other.
fn join(parts: &[&[u8]], out: &mut Vec<u8>) {
    for part in parts {
        out.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::Stamp;

    const ALL: [Dialect; 3] = [Dialect::Tutti, Dialect::Json, Dialect::SocketIo];

    fn payload() -> Vec<u8> {
        let mut payload = Vec::new();
        Stamp { sender: 5, number: 7, at: 9 }.write(64, &mut payload);
        payload
    }

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn requests_are_whole_json() {
        for dialect in ALL {
            let payload = payload();
            for text in [
                written(|out| dialect.subscribe("r7", out)),
                written(|out| dialect.publish("r7", &payload, out)),
                written(|out| dialect.echo(&payload, out)),
            ] {
                let json = text.strip_prefix("42").unwrap_or(&text);
                assert!(serde_json::from_str::<serde_json::Value>(json).is_ok(), "{text}");
                assert_eq!(json != text, dialect == Dialect::SocketIo);
            }
        }
    }

    #[test]
    fn a_kind_is_told_with_and_without_a_space() {
        assert_eq!(kind(br#"{"type":"echo","data":""}"#), b"echo");
        assert_eq!(kind(br#"{"type": "echo", "data": ""}"#), b"echo");
        assert_eq!(kind(br#"{"data":"type"}"#), b"");
        assert_eq!(kind(b"{"), b"");
    }
}
