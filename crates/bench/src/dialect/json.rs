//! The least dialect: text frames on /ws, no handshake of its own, no acknowledgement. The floor and most peers speak it.

use super::{Incoming, carried, join, kind};

pub(super) fn subscribe(room: &str, out: &mut Vec<u8>) {
    join(&[br#"{"type":"subscribe","room":""#, room.as_bytes(), br#""}"#], out);
}

pub(super) fn publish(room: &str, payload: &[u8], out: &mut Vec<u8>) {
    join(&[br#"{"type":"publish","room":""#, room.as_bytes(), br#"","data":""#, payload, br#""}"#], out);
}

pub(super) fn echo(payload: &[u8], out: &mut Vec<u8>) {
    join(&[br#"{"type":"echo","data":""#, payload, br#""}"#], out);
}

pub(super) fn read(frame: &[u8]) -> Incoming<'_> {
    match kind(frame) {
        b"publication" => carried(frame, Incoming::Publication),
        b"echo" => carried(frame, Incoming::Echo),
        b"subscribed" => Incoming::Subscribed(None),
        b"error" => Incoming::Refused,
        _ => Incoming::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frames_of_the_dialect_are_told_apart() {
        assert_eq!(read(br#"{"type":"subscribed","room":"r7"}"#), Incoming::Subscribed(None));
        let publication = br#"{"type": "publication", "room": "r7", "data": "~abc~"}"#;
        assert_eq!(read(publication), Incoming::Publication(b"~abc~"));
        assert_eq!(read(br#"{"type":"echo","data":"~abc~"}"#), Incoming::Echo(b"~abc~"));
        assert_eq!(read(br#"{"type":"echo","data":"abc"}"#), Incoming::Other);
        assert_eq!(read(br#"{"type":"error"}"#), Incoming::Refused);
    }
}
