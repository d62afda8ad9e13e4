//! Frames ready for the wire: encoded once per codec, shared by every connection that gets them.

use std::sync::OnceLock;

use bytes::Bytes;
use tutti_core::bus::{Position, Push, WhenSlow};
use tutti_core::{Failure, Topic};
use tutti_protocol::{Codec, ConnectionId, Ref, ServerBody, ServerFrame};

use crate::ws::codec::{Opcode, server_frame};

/// How a connection wants its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// JSON in WebSocket text frames.
    WebSocketText,
    /// MessagePack in WebSocket binary frames.
    WebSocketBinary,
    /// JSON by itself, for the HTTP transports.
    PlainJson,
}

impl From<Codec> for Encoding {
    fn from(codec: Codec) -> Self {
        match codec {
            Codec::Json => Self::WebSocketText,
            Codec::MsgPack => Self::WebSocketBinary,
        }
    }
}

/// A push on its way to many connections.
#[derive(Debug)]
pub struct Frame {
    /// The topic it was published to.
    pub topic: Topic,
    /// The connection that has its reply instead.
    pub except: Option<ConnectionId>,
    /// Its place in the durable order; none for an ephemeral frame.
    pub position: Option<Position>,
    /// What becomes of it at a connection that reads too slowly.
    pub when_slow: WhenSlow,
    json: Bytes,
    text: OnceLock<Bytes>,
    binary: OnceLock<Bytes>,
}

impl From<Push> for Frame {
    fn from(push: Push) -> Self {
        Self {
            topic: push.topic,
            except: push.except,
            position: push.position,
            when_slow: push.when_slow,
            json: push.frame,
            text: OnceLock::new(),
            binary: OnceLock::new(),
        }
    }
}

impl Frame {
    /// The frame in an encoding, made on the first call.
    pub fn encoded(&self, encoding: Encoding) -> &Bytes {
        match encoding {
            Encoding::PlainJson => &self.json,
            Encoding::WebSocketText => self.text.get_or_init(|| server_frame(Opcode::Text, &self.json)),
            Encoding::WebSocketBinary => self.binary.get_or_init(|| json_as_message_pack(&self.json)),
        }
    }

    /// Its size as JSON, by which it is counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.json.len()
    }

    /// Whether it has no bytes, which no frame does.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.json.is_empty()
    }
}

/// A JSON frame from the bus or the log, in an encoding.
#[must_use]
pub fn encode_json(json: &Bytes, encoding: Encoding) -> Bytes {
    match encoding {
        Encoding::PlainJson => json.clone(),
        Encoding::WebSocketText => server_frame(Opcode::Text, json),
        Encoding::WebSocketBinary => json_as_message_pack(json),
    }
}

fn json_as_message_pack(json: &[u8]) -> Bytes {
    match Codec::Json.decode::<ServerFrame>(json) {
        Ok(frame) => server_frame(Opcode::Binary, &Codec::MsgPack.encode(&frame)),
        Err(error) => {
            // Only our own code publishes; a frame that does not read back is a fault of ours, and skipping it would
            // be a silent loss. The client is told that something went wrong.
            let failure = Failure::internal(&error);
            encode_frame(&ServerBody::Error(failure.into()).into(), Encoding::WebSocketBinary)
        }
    }
}

/// A frame for one connection.
#[must_use]
pub fn encode_frame(frame: &ServerFrame, encoding: Encoding) -> Bytes {
    match encoding {
        Encoding::PlainJson => Codec::Json.encode(frame).into(),
        Encoding::WebSocketText => server_frame(Opcode::Text, &Codec::Json.encode(frame)),
        Encoding::WebSocketBinary => server_frame(Opcode::Binary, &Codec::MsgPack.encode(frame)),
    }
}

/// The error frame that answers a request.
#[must_use]
pub fn error_frame(failure: Failure, reference: Option<Ref>) -> ServerFrame {
    ServerFrame::from(ServerBody::Error(failure.into())).in_reply_to(reference)
}
