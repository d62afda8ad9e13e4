//! The bodies of the fuzz targets: what must hold for any bytes. `fuzz_targets/` hands them to the fuzzer, one line
//! each; `xtask` runs the same bodies over `seeds/` and what is near them, as ordinary tests.
//!
//! `cargo xtask fuzz` runs them all; see README.md beside this folder.

use tutti_gateway::ws::decoder::{Decoder, Incoming, Violation};
use tutti_gateway::ws::deflate::{Unreadable, deflate, inflate};
use tutti_protocol::Codec;

/// Small, so that the fuzzer crosses it.
const MAX_MESSAGE: usize = 256;
/// More than the inflater has room for at first, so that it grows on the way there.
const MAX_INFLATED: usize = 20_000;
/// The longest piece in which bytes arrive.
const LONGEST_PIECE: u8 = 31;

/// Any bytes as a request in a text frame.
pub fn json_frame(data: &[u8]) {
    survives(Codec::Json, data);
}

/// Any bytes as a request in a binary frame.
pub fn msgpack_frame(data: &[u8]) {
    survives(Codec::MsgPack, data);
}

/// Any bytes as what a WebSocket client sends, whether compression was agreed on or not: the same messages and the same
/// violation come out however the bytes were cut, and no message is over the limit. The bytes themselves say where they
/// are cut, so that the fuzzer finds places as it finds contents.
pub fn websocket_frame(data: &[u8]) {
    for deflate in [false, true] {
        let whole = received(deflate, data, std::iter::repeat(data.len()));
        assert_eq!(received(deflate, data, std::iter::repeat(1)), whole, "byte by byte");
        let sizes = data.iter().rev().map(|byte| usize::from(byte % LONGEST_PIECE) + 1);
        assert_eq!(received(deflate, data, sizes), whole, "in pieces");
        whole.0.iter().for_each(is_in_bounds);
    }
}

/// Any bytes as a compressed message: no panic, never more than is allowed, and the bound is exact. And as a message to be
/// compressed: it reads back.
pub fn inflated_message(data: &[u8]) {
    if let Ok(message) = inflate(data, MAX_INFLATED) {
        let length = message.len();
        assert!(length <= MAX_INFLATED, "{length} bytes");
        if length > 0 {
            assert_eq!(inflate(data, length - 1), Err(Unreadable::TooBig), "one byte less was allowed");
        }
        assert_eq!(inflate(data, length), Ok(message), "exactly as much was allowed");
    }
    if let Some(compressed) = deflate(data) {
        assert!(compressed.len() < data.len(), "compressing made it longer");
        assert_eq!(inflate(&compressed, data.len()).as_deref(), Ok(data), "it does not read back");
    }
}

fn is_in_bounds(message: &Incoming) {
    match message {
        Incoming::Text(bytes) => {
            assert!(bytes.len() <= MAX_MESSAGE, "a text over the limit");
            assert!(std::str::from_utf8(bytes).is_ok(), "a text that is not UTF-8");
        }
        Incoming::Binary(bytes) => assert!(bytes.len() <= MAX_MESSAGE, "a binary message over the limit"),
        Incoming::Ping(bytes) => assert!(bytes.len() <= 125, "a ping that no pong can answer"),
        Incoming::Pong | Incoming::Close(_) => {}
    }
}

/// Reading never panics, and what was understood is understood the same after it was written again.
fn survives(codec: Codec, data: &[u8]) {
    let Ok(request) = codec.decode_request(data) else { return };
    let written = codec.encode(&request);
    match codec.decode_request(&written) {
        Ok(again) => assert_eq!(again, request, "{codec:?} read back something else"),
        Err(error) => panic!("{codec:?} cannot read what it wrote for {request:?}: {error}"),
    }
}

/// What a connection makes of bytes that arrive in pieces of these sizes, up to the first violation.
fn received(deflate: bool, data: &[u8], sizes: impl Iterator<Item = usize>) -> (Vec<Incoming>, Option<Violation>) {
    let mut decoder = Decoder::new(MAX_MESSAGE).with_deflate(deflate);
    let (mut messages, mut rest) = (Vec::new(), data);
    for size in sizes {
        let (piece, later) = rest.split_at(size.min(rest.len()));
        rest = later;
        decoder.feed(piece);
        loop {
            match decoder.next_incoming() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(violation) => return (messages, Some(violation)),
            }
        }
        if rest.is_empty() {
            break;
        }
    }
    (messages, None)
}
