//! Tutti's own protocol: rooms are public channels, an echo is a ping with the payload as its reference. Chat has a
//! request of its own here, for a message is more than a publication: it is stored before it is acknowledged.

use super::{Incoming, carried, join, kind, quoted};
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
        b"subscribed" => Incoming::Subscribed(number(frame, br#""offset":"#)),
        b"welcome" => Incoming::Welcome,
        b"error" => Incoming::Refused,
        _ => Incoming::Other,
    }
}

/// The last event that a `welcome` says its connection has, and whether it goes on from where the client was.
pub(crate) fn position(welcome: &[u8]) -> (Option<&str>, bool) {
    let since = behind(welcome, br#""since":"#).and_then(|rest| std::str::from_utf8(quoted(rest)).ok());
    (since.filter(|since| !since.is_empty()), behind(welcome, br#""resumed":true"#).is_some())
}

/// The number behind a name.
fn number(frame: &[u8], name: &[u8]) -> Option<u32> {
    let rest = behind(frame, name)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
}

/// What follows the first time that this stands in a frame.
fn behind<'a>(frame: &'a [u8], what: &[u8]) -> Option<&'a [u8]> {
    memchr::memmem::find(frame, what).map(|start| &frame[start + what.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frames_of_the_protocol_are_told_apart() {
        assert_eq!(read(br#"{"type":"welcome","protocol":1}"#), Incoming::Welcome);
        let subscribed = br#"{"type":"subscribed","channel":"public:r7","epoch":"e","offset":12,"ref":1}"#;
        assert_eq!(read(subscribed), Incoming::Subscribed(Some(12)));
        let publication = br#"{"type":"publication","channel":"public:r7","offset":3,"from":"b","data":"~a~"}"#;
        assert_eq!(read(publication), Incoming::Publication(b"~a~"));
        assert_eq!(read(br#"{"type":"published","channel":"public:r7","offset":3}"#), Incoming::Accepted(None));
        assert_eq!(read(br#"{"type":"pong","server_time":"now","ref":"~a~"}"#), Incoming::Echo(b"~a~"));
        assert_eq!(read(br#"{"type":"error","code":"forbidden"}"#), Incoming::Refused);
    }

    #[test]
    fn a_welcome_says_where_its_connection_stands() {
        let welcome = br#"{"type":"welcome","protocol":1,"resumed":true,"reset":[],"since":"249","limits":{}}"#;
        assert_eq!(position(welcome), (Some("249"), true));
        assert_eq!(position(br#"{"type":"welcome","resumed":false}"#), (None, false));
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
