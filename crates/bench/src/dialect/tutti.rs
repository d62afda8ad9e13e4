//! Tutti's own protocol: rooms are public channels, an echo is a ping with the payload as its reference. Chat has a
//! request of its own here, for a message is more than a publication: it is stored before it is acknowledged.

use super::{Incoming, carried, join, kind};
use crate::payload;

/// The longest reference that the server takes.
pub(super) const LONGEST_REF: usize = 64;

pub(super) fn subscribe(room: &str, out: &mut Vec<u8>) {
    join(&[br#"{"type":"subscribe","channel":"public:"#, room.as_bytes(), br#"","ref":1}"#], out);
}

pub(super) fn publish(room: &str, payload: &[u8], out: &mut Vec<u8>) {
    join(&[br#"{"type":"publish","channel":"public:"#, room.as_bytes(), br#"","data":""#, payload, br#""}"#], out);
}

pub(super) fn echo(payload: &[u8], out: &mut Vec<u8>) {
    join(&[br#"{"type":"ping","ref":""#, payload, br#""}"#], out);
}

/// Sends a chat message to a conversation, under a client id that no other measurement has used: a conversation is made
/// for each.
pub(crate) fn message(conversation: &str, number: u32, payload: &[u8], out: &mut Vec<u8>) {
    let number = number.to_string();
    let parts: [&[u8]; 9] = [
        br#"{"type":"message","conversation_id":""#,
        conversation.as_bytes(),
        br#"","client_id":""#,
        conversation.as_bytes(),
        b"-",
        number.as_bytes(),
        br#"","message":""#,
        payload,
        br#""}"#,
    ];
    join(&parts, out);
}

pub(super) fn read(frame: &[u8]) -> Incoming<'_> {
    match kind(frame) {
        b"publication" | b"message" => carried(frame, Incoming::Publication),
        b"pong" => carried(frame, Incoming::Echo),
        b"message_sent" => Incoming::Accepted(payload::find(frame)),
        b"published" => Incoming::Accepted(None),
        b"subscribed" => Incoming::Subscribed,
        b"welcome" => Incoming::Welcome,
        b"error" => Incoming::Refused,
        _ => Incoming::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frames_of_the_protocol_are_told_apart() {
        assert_eq!(read(br#"{"type":"welcome","protocol":1}"#), Incoming::Welcome);
        assert_eq!(read(br#"{"type":"subscribed","channel":"public:r7","epoch":"e","ref":1}"#), Incoming::Subscribed);
        let publication = br#"{"type":"publication","channel":"public:r7","offset":3,"from":"b","data":"~a~"}"#;
        assert_eq!(read(publication), Incoming::Publication(b"~a~"));
        assert_eq!(read(br#"{"type":"published","channel":"public:r7","offset":3}"#), Incoming::Accepted(None));
        assert_eq!(read(br#"{"type":"pong","server_time":"now","ref":"~a~"}"#), Incoming::Echo(b"~a~"));
        assert_eq!(read(br#"{"type":"error","code":"forbidden"}"#), Incoming::Refused);
    }

    #[test]
    fn a_chat_message_is_a_push_for_others_and_a_reply_for_its_sender() {
        assert_eq!(read(br#"{"type":"message","message":{"message":"~a~"}}"#), Incoming::Publication(b"~a~"));
        assert_eq!(read(br#"{"type":"message_sent","message":{"message":"~a~"}}"#), Incoming::Accepted(Some(b"~a~")));
        let mut out = Vec::new();
        message("42", 7, b"~a~", &mut out);
        assert_eq!(out, br#"{"type":"message","conversation_id":"42","client_id":"42-7","message":"~a~"}"#);
    }
}
