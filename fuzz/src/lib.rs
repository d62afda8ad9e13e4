//! The bodies of the fuzz targets: what must hold for any bytes. `fuzz_targets/` hands them to the fuzzer, one line
//! each; `xtask` runs the same bodies over `seeds/` and what is near them, as ordinary tests.
//!
//! Run one with `cargo +nightly fuzz run json_frame fuzz/corpus/json_frame fuzz/seeds/json_frame`.

use tutti_gateway::ws::codec::{Decoder, Incoming, Violation};
use tutti_protocol::Codec;

/// Small, so that the fuzzer crosses it.
const MAX_MESSAGE: usize = 256;

/// Any bytes as a request in a text frame.
pub fn json_frame(data: &[u8]) {
    survives(Codec::Json, data);
}

/// Any bytes as a request in a binary frame.
pub fn msgpack_frame(data: &[u8]) {
    survives(Codec::MsgPack, data);
}

/// Any bytes as what a WebSocket client sends: the same messages and the same violation come out however the bytes
/// were cut, and no message is over the limit.
pub fn websocket_frame(data: &[u8]) {
    let whole = received(data.len().max(1), data);
    for size in [1, 7] {
        assert_eq!(received(size, data), whole, "in pieces of {size}");
    }
    for message in &whole.0 {
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

/// What a connection makes of bytes that arrive in pieces, up to the first violation.
fn received(size: usize, data: &[u8]) -> (Vec<Incoming>, Option<Violation>) {
    let mut decoder = Decoder::new(MAX_MESSAGE);
    let mut messages = Vec::new();
    for piece in data.chunks(size) {
        decoder.feed(piece);
        loop {
            match decoder.next_incoming() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(violation) => return (messages, Some(violation)),
            }
        }
    }
    (messages, None)
}
