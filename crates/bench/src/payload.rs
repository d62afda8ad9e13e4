//! What every message carries: who sent it, its number among the sender's, and when it was sent. Found and read by
//! bytes alone, in whatever a server wraps around it. Whether the numbers are as they should be, `check` says.

/// A payload begins and ends with this, and it stands nowhere else in a frame.
const MARK: u8 = b'~';
/// Hexadecimal digits of the sender, the number and the time.
const DIGITS: [usize; 3] = [6, 8, 12];
/// The shortest payload: two marks, the digits, and some filling.
pub(crate) const LEAST: usize = 32;

/// Who sent a message, which one it is, and when that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) sender: usize,
    /// From 0, without gaps.
    pub(crate) number: u32,
    /// On the sender's clock, which is the receiver's.
    pub(crate) at: u64,
}

impl Stamp {
    /// Writes a payload of so many bytes.
    pub(crate) fn write(&self, length: usize, out: &mut Vec<u8>) {
        let end = out.len() + length.max(LEAST) - 1;
        out.push(MARK);
        let values = [u64::try_from(self.sender).unwrap_or(u64::MAX), u64::from(self.number), self.at];
        for (value, digits) in values.into_iter().zip(DIGITS) {
            write_hex(value, digits, out);
        }
        out.resize(end, b'x');
        out.push(MARK);
    }

    /// Reads a payload that [`find`] has found.
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        let rest = payload.get(1..)?;
        let (sender, rest) = rest.split_at_checked(DIGITS[0])?;
        let (number, rest) = rest.split_at_checked(DIGITS[1])?;
        let (at, _) = rest.split_at_checked(DIGITS[2])?;
        Some(Self {
            sender: usize::try_from(read_hex(sender)?).ok()?,
            number: u32::try_from(read_hex(number)?).ok()?,
            at: read_hex(at)?,
        })
    }
}

/// The payload in a frame, from mark to mark.
pub(crate) fn find(frame: &[u8]) -> Option<&[u8]> {
    let start = memchr::memchr(MARK, frame)?;
    let length = memchr::memchr(MARK, &frame[start + 1..])? + 2;
    Some(&frame[start..start + length])
}

fn write_hex(value: u64, digits: usize, out: &mut Vec<u8>) {
    for place in (0..digits).rev() {
        out.push(b"0123456789abcdef"[usize::try_from(value >> (4 * place) & 0xf).unwrap_or(0)]);
    }
}

fn read_hex(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |value, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(value << 4 | u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_found_in_whatever_is_around_it_and_has_the_length_asked_for() {
        let stamp = Stamp { sender: 1023, number: 4_000_000_000, at: 123_456_789_012 };
        for length in [LEAST, 64, 128] {
            let mut frame = br#"{"type": "publication", "data": ""#.to_vec();
            stamp.write(length, &mut frame);
            frame.extend_from_slice(br#"","sent_at":"2026"}"#);
            let payload = find(&frame).unwrap();
            assert_eq!(payload.len(), length);
            assert_eq!(Stamp::read(payload), Some(stamp));
        }
    }

    #[test]
    fn what_is_cut_or_spoilt_is_not_read() {
        let mut payload = Vec::new();
        Stamp { sender: 1, number: 2, at: 3 }.write(LEAST, &mut payload);
        assert_eq!(find(&payload[..LEAST - 1]), None, "no end");
        assert_eq!(Stamp::read(&payload[..20]), None);
        payload[3] = b'?';
        assert_eq!(Stamp::read(&payload), None);
        assert_eq!(find(b"{}"), None);
    }
}
