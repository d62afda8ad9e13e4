//! RFC 6455 from the client's side, as little as a load generator needs: whole frames, no extensions. Whether a server
//! keeps to the standard is for its tests to say.

/// Any four bytes do; real clients draw them.
const MASK: [u8; 4] = [0x5a, 0xc3, 0x17, 0x9e];

pub(super) const TEXT: u8 = 0x1;
pub(super) const BINARY: u8 = 0x2;
pub(super) const CLOSE: u8 = 0x8;
pub(super) const PING: u8 = 0x9;
pub(super) const PONG: u8 = 0xa;

/// Puts a masked frame behind what is there.
pub(super) fn push(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(0x80 | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length), _) if length < 126 => out.push(0x80 | length),
        (_, Ok(length)) => {
            out.push(0x80 | 126);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&MASK);
    let start = out.len();
    out.extend_from_slice(payload);
    for four in out[start..].chunks_mut(4) {
        for (byte, mask) in four.iter_mut().zip(MASK) {
            *byte ^= mask;
        }
    }
}

/// A frame that has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// Whether it is a message of its own, not a piece of one.
    pub(super) whole: bool,
    pub(super) opcode: u8,
    /// Where its payload begins and ends.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The frame that begins here; none when it is not all there yet.
pub(super) fn cut(input: &[u8], at: usize) -> Option<Frame> {
    let head = input.get(at..at + 2)?;
    let (length, start) = match head[1] & 0x7f {
        126 => (usize::from(u16::from_be_bytes(input.get(at + 2..at + 4)?.try_into().ok()?)), at + 4),
        127 => {
            let length = u64::from_be_bytes(input.get(at + 2..at + 10)?.try_into().ok()?);
            (usize::try_from(length).ok()?, at + 10)
        }
        short => (usize::from(short), at + 2),
    };
    let end = start.checked_add(length)?;
    let whole = head[0] & 0x80 != 0 && head[0] & 0x0f != 0;
    (input.len() >= end).then_some(Frame { whole, opcode: head[0] & 0x0f, start, end })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_cut_where_they_end() {
        let mut input = vec![0x81, 3, b'a', b'b', b'c', 0x82, 126, 1, 0];
        input.extend([b'x'; 256]);
        assert_eq!(cut(&input, 0), Some(Frame { whole: true, opcode: TEXT, start: 2, end: 5 }));
        assert_eq!(cut(&input, 5), Some(Frame { whole: true, opcode: BINARY, start: 9, end: 265 }));
        assert_eq!(cut(&input, 265), None);
        assert_eq!(cut(&input[..264], 5), None, "one byte is missing");
        assert!(!cut(&[0x01, 0], 0).unwrap().whole);
    }

    #[test]
    fn a_frame_is_masked_and_has_its_length() {
        for length in [0, 125, 126, 65_535, 65_536] {
            let mut out = Vec::new();
            push(TEXT, &vec![b'a'; length], &mut out);
            let frame = cut(&[&out[..], &[0; 4]].concat(), 0).unwrap();
            assert_eq!(frame.end - frame.start, length);
            assert_eq!(out.len(), frame.start + 4 + length);
            let unmasked =
                out[frame.start + 4..].iter().zip(MASK.iter().cycle()).all(|(byte, mask)| byte ^ mask == b'a');
            assert!(unmasked);
        }
    }
}
