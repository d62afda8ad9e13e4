//! Socket.IO over Engine.IO 4, WebSocket only: `0` opens, `40` connects, `2` and `3` are ping and pong, `42` an event
//! as an array. No acknowledgements, no binary events, no namespaces.

use super::{Incoming, carried, join, quoted};

/// Connects to the main namespace.
const CONNECT: &[u8] = b"40";
const PONG: &[u8] = b"3";
const EVENT: &[u8] = b"42[";

pub(super) fn subscribe(room: &str, out: &mut Vec<u8>) {
    join(&[br#"42["subscribe",""#, room.as_bytes(), br#""]"#], out);
}

pub(super) fn publish(room: &str, payload: &[u8], out: &mut Vec<u8>) {
    join(&[br#"42["publish",""#, room.as_bytes(), br#"",""#, payload, br#""]"#], out);
}

pub(super) fn echo(payload: &[u8], out: &mut Vec<u8>) {
    join(&[br#"42["echo",""#, payload, br#""]"#], out);
}

pub(super) fn read(frame: &[u8]) -> Incoming<'_> {
    if let Some(event) = frame.strip_prefix(EVENT) {
        return match quoted(event) {
            b"publication" => carried(event, Incoming::Publication),
            b"echo" => carried(event, Incoming::Echo),
            b"subscribed" => Incoming::Subscribed(None),
            _ => Incoming::Other,
        };
    }
    match frame {
        [b'0', ..] => Incoming::Greeting(CONNECT),
        [b'4', b'0', ..] => Incoming::Welcome,
        [b'4', b'4', ..] => Incoming::Refused,
        [b'2'] => Incoming::Probe(PONG),
        _ => Incoming::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handshake_and_the_heartbeat_are_answered() {
        assert_eq!(read(br#"0{"sid":"x","pingInterval":25000}"#), Incoming::Greeting(b"40"));
        assert_eq!(read(br#"40{"sid":"y"}"#), Incoming::Welcome);
        assert_eq!(read(b"2"), Incoming::Probe(b"3"));
        assert_eq!(read(br#"44{"message":"no"}"#), Incoming::Refused);
    }

    #[test]
    fn events_are_told_apart() {
        assert_eq!(read(br#"42["subscribed","r7"]"#), Incoming::Subscribed(None));
        assert_eq!(read(br#"42["publication","r7","~abc~"]"#), Incoming::Publication(b"~abc~"));
        assert_eq!(read(br#"42["echo","~abc~"]"#), Incoming::Echo(b"~abc~"));
        assert_eq!(read(br#"42["other"]"#), Incoming::Other);
    }
}
