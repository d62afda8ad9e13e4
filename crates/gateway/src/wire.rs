//! Frames ready for the wire: encoded once per codec, shared by every connection that gets them.

use std::sync::OnceLock;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tutti_core::bus::{Push, WhenSlow};
use tutti_core::{Failure, Topic};
use tutti_protocol::{Codec, ConnectionId, EventId, Ref, ServerBody, ServerFrame, UserId};

use crate::ws::frame::{Opcode, compressed_frame, put_server_frame, server_frame};

/// How a connection wants its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// WebSocket frames: JSON in text, MessagePack in binary ones.
    WebSocket {
        /// Which of the two.
        codec: Codec,
        /// Whether long ones are compressed.
        deflate: bool,
    },
    /// JSON by itself, for the HTTP transports.
    PlainJson,
}

/// One WebSocket frame with a payload in this codec.
fn web_socket_frame(codec: Codec, deflate: bool, payload: &[u8]) -> Bytes {
    let opcode = opcode_of(codec);
    if deflate { compressed_frame(opcode, payload) } else { server_frame(opcode, payload) }
}

fn opcode_of(codec: Codec) -> Opcode {
    match codec {
        Codec::Json => Opcode::Text,
        Codec::MsgPack => Opcode::Binary,
    }
}

/// A push on its way to many connections.
#[derive(Debug)]
pub struct Frame {
    /// The topic it was published to.
    pub topic: Topic,
    /// The connection that has its reply instead.
    pub except: Option<ConnectionId>,
    /// The event of the log that it tells of; none for an ephemeral frame.
    pub event: Option<EventId>,
    /// What becomes of it at a connection that reads too slowly.
    pub when_slow: WhenSlow,
    /// For how long it may wait for others.
    pub gather: Duration,
    /// Whether it answers what was carried out, which is also told while the connection is closing.
    pub is_reply: bool,
    json: Bytes,
    /// By codec and compression; each is made when the first connection needs it.
    encoded: [OnceLock<Bytes>; 4],
}

impl From<Push> for Frame {
    fn from(push: Push) -> Self {
        Self {
            topic: push.topic,
            except: push.except,
            event: push.event,
            when_slow: push.when_slow,
            gather: push.gather,
            is_reply: false,
            json: push.frame,
            encoded: Default::default(),
        }
    }
}

impl Frame {
    /// A reply to one connection, encoded for it already.
    pub(crate) fn reply(user: UserId, encoded: Bytes, encoding: Encoding) -> Self {
        let (mut json, cells) = (Bytes::new(), <[OnceLock<Bytes>; 4]>::default());
        match encoding {
            Encoding::PlainJson => json = encoded,
            Encoding::WebSocket { codec, deflate } => {
                // A fresh cell takes its first value.
                let _ = cells[place_of(codec, deflate)].set(encoded);
            }
        }
        Self {
            topic: Topic::User(user),
            except: None,
            event: None,
            when_slow: WhenSlow::Disconnect,
            gather: Duration::ZERO,
            is_reply: true,
            json,
            encoded: cells,
        }
    }

    /// The frame in an encoding, made on the first call.
    pub fn encoded(&self, encoding: Encoding) -> &Bytes {
        match encoding {
            Encoding::PlainJson => &self.json,
            Encoding::WebSocket { codec, deflate } => {
                self.encoded[place_of(codec, deflate)].get_or_init(|| encode_json(&self.json, encoding))
            }
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

/// Where a frame keeps one of its encodings.
fn place_of(codec: Codec, deflate: bool) -> usize {
    usize::from(codec == Codec::MsgPack) * 2 + usize::from(deflate)
}

/// A JSON frame from the bus or the log, in an encoding.
#[must_use]
pub fn encode_json(json: &Bytes, encoding: Encoding) -> Bytes {
    match encoding {
        Encoding::PlainJson => json.clone(),
        Encoding::WebSocket { codec: Codec::Json, deflate } => web_socket_frame(Codec::Json, deflate, json),
        Encoding::WebSocket { codec: Codec::MsgPack, .. } => json_as_message_pack(json, encoding),
    }
}

fn json_as_message_pack(json: &[u8], encoding: Encoding) -> Bytes {
    match Codec::Json.decode::<ServerFrame>(json) {
        Ok(frame) => encode_frame(&frame, encoding),
        Err(error) => {
            // Only our own code publishes; a frame that does not read back is a fault of ours, and skipping it would
            // be a silent loss. The client is told that something went wrong.
            let failure = Failure::internal(&error);
            encode_frame(&ServerBody::Error(failure.into()).into(), encoding)
        }
    }
}

/// Adds a frame for one connection to what is to be written to it.
pub fn append_frame(out: &mut BytesMut, frame: &ServerFrame, encoding: Encoding) {
    match encoding {
        Encoding::WebSocket { codec, deflate: false } => {
            codec.with_encoded(frame, |payload| put_server_frame(out, opcode_of(codec), payload));
        }
        encoding => out.extend_from_slice(&encode_frame(frame, encoding)),
    }
}

/// A frame for one connection.
#[must_use]
pub fn encode_frame(frame: &ServerFrame, encoding: Encoding) -> Bytes {
    match encoding {
        Encoding::PlainJson => Codec::Json.encode(frame).into(),
        Encoding::WebSocket { codec, deflate } => {
            codec.with_encoded(frame, |payload| web_socket_frame(codec, deflate, payload))
        }
    }
}

/// The error frame that answers a request.
#[must_use]
pub fn error_frame(failure: Failure, reference: Option<Ref>) -> ServerFrame {
    ServerFrame::from(ServerBody::Error(failure.into())).in_reply_to(reference)
}
