//! Reading the framing of RFC 6455, server side, without input or output: bytes in, messages out. Writing it is `frame.rs`.
//!
//! Strict where the RFC says MUST: masking, reserved bits and opcodes, shortest lengths, control frames, fragmentation,
//! close codes, UTF-8. A reserved bit is a violation, unless compression was negotiated (`deflate.rs`). A library was not taken
//! because fan-out writes shared, ready-made frames to the bare socket; see `docs/decisions/003-websocket-codec.md`.

use bytes::{Buf, Bytes, BytesMut};
use tutti_protocol::CloseCode;

use super::deflate::{self, Unreadable};
use super::frame::{FIN, Opcode, RSV1};

/// Something a peer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A whole text message, known to be UTF-8.
    Text(Bytes),
    /// A whole binary message.
    Binary(Bytes),
    /// A ping, to be answered with the same bytes.
    Ping(Bytes),
    /// A pong.
    Pong,
    /// The peer closes; with its code, if it gave one.
    Close(Option<u16>),
}

/// A peer broke the protocol or a bound; the connection is closed with this code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation(pub CloseCode);

const PROTOCOL: Violation = Violation(CloseCode::ProtocolError);
const MAX_CONTROL_PAYLOAD: usize = 125;

const RSV2: u8 = 0x20;
const RSV3: u8 = 0x10;

/// Reads one connection's frames.
#[derive(Debug)]
pub struct Decoder {
    unread: BytesMut,
    /// A fragmented message that has begun.
    message: Option<Message>,
    max_message: usize,
    deflate: bool,
}

/// A message, as far as it has arrived.
#[derive(Debug)]
struct Message {
    kind: Opcode,
    compressed: bool,
    data: BytesMut,
}

struct Header {
    fin: bool,
    compressed: bool,
    opcode: Opcode,
    mask: [u8; 4],
    header_len: usize,
    payload_len: usize,
}

impl Decoder {
    /// A decoder for messages of at most so many bytes.
    #[must_use]
    pub fn new(max_message: usize) -> Self {
        Self { unread: BytesMut::new(), message: None, max_message, deflate: false }
    }

    /// Takes compressed messages too.
    #[must_use]
    pub fn with_deflate(mut self, deflate: bool) -> Self {
        self.deflate = deflate;
        self
    }

    /// Changes the limit, for messages that have not begun.
    pub fn set_max_message(&mut self, max_message: usize) {
        self.max_message = max_message;
    }

    /// Drops what has arrived and was not read.
    pub fn forget(&mut self) {
        self.unread = BytesMut::new();
        self.message = None;
    }

    /// Takes bytes as they were read.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
    }

    /// The next message or control frame, if all of it has arrived.
    ///
    /// # Errors
    /// [`Violation`]; nothing more may be read after one.
    pub fn next_incoming(&mut self) -> Result<Option<Incoming>, Violation> {
        loop {
            let Some(header) = self.header()? else {
                self.release_memory();
                return Ok(None);
            };
            if self.unread.len() < header.header_len + header.payload_len {
                return Ok(None);
            }
            self.unread.advance(header.header_len);
            let mut payload = self.unread.split_to(header.payload_len);
            unmask(&mut payload, header.mask);
            if let Some(incoming) = self.accept(&header, payload)? {
                return Ok(Some(incoming));
            }
        }
    }

    /// An idle connection keeps no buffer.
    fn release_memory(&mut self) {
        if self.unread.is_empty() {
            self.unread = BytesMut::new();
        }
    }

    fn header(&self) -> Result<Option<Header>, Violation> {
        let [first, second, ..] = self.unread[..] else { return Ok(None) };
        let opcode = Opcode::from_bits(first & 0x0F).ok_or(PROTOCOL)?;
        let compressed = first & RSV1 != 0;
        let may_be = self.deflate && matches!(opcode, Opcode::Text | Opcode::Binary);
        if first & (RSV2 | RSV3) != 0 || compressed && !may_be {
            return Err(PROTOCOL);
        }
        let fin = first & FIN != 0;
        if second & 0x80 == 0 {
            return Err(PROTOCOL);
        }
        let Some((payload_len, length_bytes)) = self.payload_len(second & 0x7F)? else { return Ok(None) };
        if opcode.is_control() && (!fin || payload_len > MAX_CONTROL_PAYLOAD) {
            return Err(PROTOCOL);
        }
        self.check_size(opcode, payload_len)?;
        let mask_at = 2 + length_bytes;
        let Some(mask) = self.unread.get(mask_at..mask_at + 4) else { return Ok(None) };
        let mask = [mask[0], mask[1], mask[2], mask[3]];
        Ok(Some(Header { fin, compressed, opcode, mask, header_len: mask_at + 4, payload_len }))
    }

    /// The payload's length and how many extra bytes said so; the shortest form must be used.
    fn payload_len(&self, short: u8) -> Result<Option<(usize, usize)>, Violation> {
        match short {
            126 => {
                let Some(bytes) = self.unread.get(2..4) else { return Ok(None) };
                let length = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
                if length < 126 { Err(PROTOCOL) } else { Ok(Some((length, 2))) }
            }
            127 => {
                let Some(mut bytes) = self.unread.get(2..10) else { return Ok(None) };
                let length = bytes.get_u64();
                if length < 65_536 || length >> 63 != 0 {
                    return Err(PROTOCOL);
                }
                let length = usize::try_from(length).map_err(|_| Violation(CloseCode::TooBig))?;
                Ok(Some((length, 8)))
            }
            short => Ok(Some((usize::from(short), 0))),
        }
    }

    /// Refuses a message over the limit as soon as its header says so, before its bytes are waited for.
    fn check_size(&self, opcode: Opcode, payload_len: usize) -> Result<(), Violation> {
        let begun = match (&self.message, opcode) {
            (Some(message), Opcode::Continuation) => message.data.len(),
            _ => 0,
        };
        if begun.saturating_add(payload_len) > self.max_message.max(MAX_CONTROL_PAYLOAD) {
            return Err(Violation(CloseCode::TooBig));
        }
        Ok(())
    }

    fn accept(&mut self, header: &Header, payload: BytesMut) -> Result<Option<Incoming>, Violation> {
        match header.opcode {
            Opcode::Ping => Ok(Some(Incoming::Ping(payload.freeze()))),
            Opcode::Pong => Ok(Some(Incoming::Pong)),
            Opcode::Close => close_code(&payload).map(|code| Some(Incoming::Close(code))),
            Opcode::Text | Opcode::Binary if self.message.is_some() => Err(PROTOCOL),
            kind @ (Opcode::Text | Opcode::Binary) => {
                let message = Message { kind, compressed: header.compressed, data: payload };
                self.take_in(message, header.fin)
            }
            Opcode::Continuation => {
                let mut message = self.message.take().ok_or(PROTOCOL)?;
                message.data.extend_from_slice(&payload);
                self.take_in(message, header.fin)
            }
        }
    }

    fn take_in(&mut self, message: Message, whole: bool) -> Result<Option<Incoming>, Violation> {
        if whole {
            return message.complete(self.max_message).map(Some);
        }
        self.message = Some(message);
        Ok(None)
    }
}

impl Message {
    fn complete(self, max: usize) -> Result<Incoming, Violation> {
        let data = if self.compressed {
            Bytes::from(deflate::inflate(&self.data, max).map_err(|unreadable| match unreadable {
                Unreadable::Broken => PROTOCOL,
                Unreadable::TooBig => Violation(CloseCode::TooBig),
            })?)
        } else {
            self.data.freeze()
        };
        if self.kind == Opcode::Binary {
            return Ok(Incoming::Binary(data));
        }
        if std::str::from_utf8(&data).is_err() {
            return Err(Violation(CloseCode::NotUtf8));
        }
        Ok(Incoming::Text(data))
    }
}

/// The code of a close frame: two bytes that a peer may send (section 7.4), then UTF-8.
fn close_code(payload: &[u8]) -> Result<Option<u16>, Violation> {
    match payload {
        [] => Ok(None),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            let sendable = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
            if !sendable {
                return Err(PROTOCOL);
            }
            if std::str::from_utf8(reason).is_err() {
                return Err(Violation(CloseCode::NotUtf8));
            }
            Ok(Some(code))
        }
        [_] => Err(PROTOCOL),
    }
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let wide = u64::from_ne_bytes([mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3]]);
    let mut chunks = payload.chunks_exact_mut(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        chunk.copy_from_slice(&(u64::from_ne_bytes(word) ^ wide).to_ne_bytes());
    }
    for (byte, key) in chunks.into_remainder().iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ws::frame::compressed_frame;

    const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

    /// A frame as a client sends it; `first` is the first byte with all its bits.
    fn client(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![first];
        match payload.len() {
            n @ 0..=125 => frame.push(0x80 | u8::try_from(n).unwrap()),
            n @ 126..=65_535 => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(n).unwrap().to_be_bytes());
            }
            n => {
                frame.push(0x80 | 127);
                frame.extend((n as u64).to_be_bytes());
            }
        }
        frame.extend(MASK);
        frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
        frame
    }

    fn read(bytes: &[u8]) -> Result<Vec<Incoming>, Violation> {
        let mut decoder = Decoder::new(1000);
        decoder.feed(bytes);
        let mut all = Vec::new();
        while let Some(incoming) = decoder.next_incoming()? {
            all.push(incoming);
        }
        Ok(all)
    }

    fn refused(bytes: &[u8]) -> CloseCode {
        read(bytes).expect_err("must be refused").0
    }

    #[test]
    fn the_example_of_the_rfc_reads_hello() {
        let frame = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        assert_eq!(read(&frame).unwrap(), [Incoming::Text("Hello".into())]);
    }

    #[test]
    fn control_frames_may_stand_between_fragments() {
        let bytes = [client(0x01, b"Hel"), client(0x89, b"?"), client(0x80, b"lo")].concat();
        assert_eq!(read(&bytes).unwrap(), [Incoming::Ping("?".into()), Incoming::Text("Hello".into())]);
    }

    #[test]
    fn a_character_may_be_split_over_fragments_but_must_be_whole_in_the_end() {
        let euro = "€".as_bytes();
        let split = [client(0x01, &euro[..1]), client(0x80, &euro[1..])].concat();
        assert_eq!(read(&split).unwrap(), [Incoming::Text("€".into())]);
        assert_eq!(refused(&client(0x81, &euro[..2])), CloseCode::NotUtf8);
    }

    #[test]
    fn what_the_rfc_forbids_is_refused() {
        let unmasked = [0x81, 0x01, b'x'];
        let sixteen_bits_for_five = [0x81, 0x80 | 126, 0, 5, 0, 0, 0, 0];
        let sixty_four_bits_for_five = [0x81, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0];
        for (what, bytes) in [
            ("an unmasked frame", unmasked.to_vec()),
            ("a reserved bit", client(0xC1, b"x")),
            ("a reserved opcode", client(0x83, b"x")),
            ("a reserved control opcode", client(0x8B, b"x")),
            ("a fragmented ping", client(0x09, b"x")),
            ("a long ping", client(0x89, &[0; 126])),
            ("a continuation of nothing", client(0x80, b"x")),
            ("a message inside a message", [client(0x01, b"x"), client(0x81, b"y")].concat()),
            ("a length in too many bytes", sixteen_bits_for_five.to_vec()),
            ("a length in far too many bytes", sixty_four_bits_for_five.to_vec()),
            ("a close frame of one byte", client(0x88, &[3])),
            ("a close code nobody may send", client(0x88, &1005_u16.to_be_bytes())),
            ("a close code out of range", client(0x88, &5000_u16.to_be_bytes())),
        ] {
            assert_eq!(refused(&bytes), CloseCode::ProtocolError, "{what}");
        }
        let bad_reason = [&1000_u16.to_be_bytes()[..], &[0xFF]].concat();
        assert_eq!(refused(&client(0x88, &bad_reason)), CloseCode::NotUtf8);
    }

    #[test]
    fn a_compressed_message_is_read_where_it_was_negotiated() {
        let text = "to be or not to be, ".repeat(30);
        let sent = compressed_frame(Opcode::Text, text.as_bytes());
        assert!(sent.len() < 100 && sent[0] == 0xC1);
        let deflated = deflate::deflate(text.as_bytes()).unwrap();
        let (begin, end) = deflated.split_at(9);
        let bytes = [client(0x41, begin), client(0x89, b"?"), client(0x80, end)].concat();
        let mut decoder = Decoder::new(1000).with_deflate(true);
        decoder.feed(&bytes);
        assert_eq!(decoder.next_incoming().unwrap(), Some(Incoming::Ping("?".into())));
        assert_eq!(decoder.next_incoming().unwrap(), Some(Incoming::Text(text.into())));
        assert_eq!(refused(&bytes), CloseCode::ProtocolError, "a reserved bit, for the others");
    }

    #[test]
    fn compressed_messages_keep_the_other_rules() {
        let refused = |bytes: &[u8]| {
            let mut decoder = Decoder::new(1000).with_deflate(true);
            decoder.feed(bytes);
            decoder.next_incoming().expect_err("must be refused").0
        };
        let deflated = |text: &[u8]| deflate::deflate(text).unwrap();
        assert_eq!(refused(&client(0xC9, b"?")), CloseCode::ProtocolError, "a compressed ping");
        assert_eq!(refused(&client(0xA1, b"x")), CloseCode::ProtocolError, "another reserved bit");
        assert_eq!(refused(&client(0xC1, &[0x07, 0xFF, 0xFF])), CloseCode::ProtocolError, "nothing compressed");
        assert_eq!(refused(&client(0xC1, &deflated(&[b'x'; 1001]))), CloseCode::TooBig);
        assert_eq!(refused(&client(0xC1, &deflated(&[0xFF; 500]))), CloseCode::NotUtf8);
        let again = [client(0x41, b"x"), client(0xC0, b"y")].concat();
        assert_eq!(refused(&again), CloseCode::ProtocolError, "only the first fragment carries the bit");
    }

    #[test]
    fn a_message_over_the_limit_is_refused_by_its_header_alone() {
        let whole = client(0x81, &[b'x'; 1001]);
        assert_eq!(refused(&whole[..8]), CloseCode::TooBig);
        let pieces = [client(0x01, &[b'x'; 600]), client(0x80, &[b'x'; 401])].concat();
        assert_eq!(refused(&pieces), CloseCode::TooBig, "fragments count together");
    }

    #[test]
    fn close_codes_are_read() {
        assert_eq!(read(&client(0x88, b"")).unwrap(), [Incoming::Close(None)]);
        let goodbye = [&1000_u16.to_be_bytes()[..], b"bye"].concat();
        assert_eq!(read(&client(0x88, &goodbye)).unwrap(), [Incoming::Close(Some(1000))]);
    }

    proptest! {
        /// However the bytes are cut, the same messages come out.
        #[test]
        fn cuts_do_not_matter(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..6),
            cut in 1_usize..50,
        ) {
            let bytes: Vec<u8> = messages.iter().flat_map(|message| client(0x82, message)).collect();
            let mut decoder = Decoder::new(1000);
            let mut got = Vec::new();
            for chunk in bytes.chunks(cut) {
                decoder.feed(chunk);
                while let Some(incoming) = decoder.next_incoming().unwrap() {
                    got.push(incoming);
                }
            }
            let expected: Vec<Incoming> =
                messages.into_iter().map(|message| Incoming::Binary(message.into())).collect();
            prop_assert_eq!(got, expected);
        }

        /// Whatever arrives, the decoder neither panics nor holds more than a message and a header.
        #[test]
        fn noise_is_harmless(noise in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut decoder = Decoder::new(100);
            decoder.feed(&noise);
            while let Ok(Some(_)) = decoder.next_incoming() {}
        }
    }
}
