//! Breaches of RFC 6455 and of the size limit, byte by byte, and the close codes they get.

use tutti_protocol::CloseCode;
use tutti_protocol::CloseCode::{AuthenticationFailed, NotUtf8, ProtocolError, TooBig};
use tutti_testkit::raw::{CLOSE, TEXT, frame};

pub(super) type Case = (&'static str, Vec<u8>, CloseCode);

/// The first bytes of text and continuation frames that are not the last of their message.
const TEXT_BEGINS: u8 = 0x01;
const GOES_ON: u8 = 0x00;
const ENDS: u8 = 0x80;

const LIMIT: usize = 65_536;

fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    frame(first, payload, true)
}

/// Several frames, one behind the other.
fn joined(frames: &[(u8, &[u8])]) -> Vec<u8> {
    frames.iter().flat_map(|(first, payload)| masked(*first, payload)).collect()
}

pub(super) fn cases() -> Vec<Case> {
    let half = vec![b' '; LIMIT / 2 + 1];
    let close = |code: u16, reason: &[u8]| masked(CLOSE, &[&code.to_be_bytes(), reason].concat());
    vec![
        ("text that is not UTF-8", masked(TEXT, b"{\"type\":\"\xFF\"}"), NotUtf8),
        ("UTF-8 that is cut off", masked(TEXT, b"\xE2\x82"), NotUtf8),
        ("a surrogate in UTF-8", masked(TEXT, b"\xED\xA0\x80"), NotUtf8),
        ("a frame over the limit", masked(TEXT, &vec![b' '; LIMIT + 1]), TooBig),
        ("a frame that says it is huge", [&[TEXT, 0xFF][..], &(1_u64 << 40).to_be_bytes(), &[0; 4]].concat(), TooBig),
        ("fragments over the limit", joined(&[(TEXT_BEGINS, &half), (ENDS, &half)]), TooBig),
        ("an unmasked frame", frame(TEXT, br#"{"type":"ping"}"#, false), ProtocolError),
        ("the first reserved bit", masked(TEXT | 0x40, b"{}"), ProtocolError),
        ("the second reserved bit", masked(TEXT | 0x20, b"{}"), ProtocolError),
        ("the third reserved bit", masked(TEXT | 0x10, b"{}"), ProtocolError),
        ("an unknown kind of data", masked(0x83, b"{}"), ProtocolError),
        ("an unknown kind of control", masked(0x8B, b""), ProtocolError),
        ("a length of 64 bits with the highest set", [&[TEXT, 0xFF][..], &[0xFF; 8], &[0; 4]].concat(), ProtocolError),
        ("a short length said in 16 bits", [&[TEXT, 0xFE, 0, 2][..], &[0; 4], b"{}"].concat(), ProtocolError),
        (
            "a short length said in 64 bits",
            [&[TEXT, 0xFF, 0, 0, 0, 0, 0, 0, 0, 2][..], &[0; 4]].concat(),
            ProtocolError,
        ),
        ("a ping that is too long", masked(0x89, &[b'x'; 126]), ProtocolError),
        ("a ping in fragments", masked(0x09, b"x"), ProtocolError),
        ("a continuation of nothing", masked(ENDS, b"{}"), ProtocolError),
        ("a new message within another", joined(&[(TEXT_BEGINS, b"{"), (TEXT, b"{}")]), ProtocolError),
        ("a close with half a code", masked(CLOSE, &[3]), ProtocolError),
        ("a close code under 1000", close(999, b""), ProtocolError),
        ("a close code that is never sent", close(1005, b""), ProtocolError),
        ("another close code that is never sent", close(1006, b""), ProtocolError),
        ("a reserved close code", close(1016, b""), ProtocolError),
        ("a close code of nobody", close(2999, b""), ProtocolError),
        ("a close code beyond", close(5000, b""), ProtocolError),
        ("a close with a reason that is not UTF-8", close(1000, b"\xFF"), NotUtf8),
        ("a close as it should be", close(1000, b"bye"), CloseCode::Normal),
    ]
}

/// What the first frame, before anybody has signed in, may not be.
pub(super) fn first_frames() -> Vec<Case> {
    vec![
        ("not JSON", masked(TEXT, b"hello"), AuthenticationFailed),
        ("another command", masked(TEXT, br#"{"type":"ping"}"#), AuthenticationFailed),
        ("a bad token", masked(TEXT, br#"{"type":"auth","token":"x"}"#), AuthenticationFailed),
        ("too long", masked(TEXT, &[b' '; 16_385]), TooBig),
        ("not UTF-8", masked(TEXT, b"\xFF"), NotUtf8),
        ("unmasked", frame(TEXT, b"{}", false), ProtocolError),
    ]
}

/// Unusual, and right: all of it ends in a `ping` that is answered.
pub(super) fn allowed() -> Vec<(&'static str, Vec<u8>)> {
    let filled = {
        let mut text = br#"{"type":"ping"}"#.to_vec();
        text.resize(LIMIT, b' ');
        text
    };
    vec![
        ("a frame of exactly the limit", masked(TEXT, &filled)),
        ("a frame in fragments, one of them empty", {
            joined(&[(TEXT_BEGINS, b"{\"type\""), (GOES_ON, b""), (GOES_ON, b":\"pi"), (ENDS, b"ng\"}")])
        }),
        ("a pong that nobody asked for", joined(&[(0x8A, b"hello"), (TEXT, br#"{"type":"ping"}"#)])),
        ("a pong between fragments", joined(&[(TEXT_BEGINS, b"{\"type\""), (0x8A, b""), (ENDS, b":\"ping\"}")])),
        ("a character over two fragments", {
            joined(&[(TEXT_BEGINS, b"{\"type\":\"ping\",\"x\":\"\xE2\x82"), (ENDS, b"\xAC\"}")])
        }),
        ("fields that nobody knows", masked(TEXT, br#"{"type":"ping","new":{"from":["the","future"]}}"#)),
    ]
}
