//! permessage-deflate (RFC 7692): what is negotiated, and one message in or out.
//!
//! Without context take-over on either side: every message stands by itself, so one compressed frame serves all who
//! listen, and a connection keeps no window. The state of the compressor belongs to the thread.

use std::cell::RefCell;

use axum::http::HeaderMap;
use axum::http::header::SEC_WEBSOCKET_EXTENSIONS;
use flate2::{Compress, Compression, FlushCompress};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF as FLAT_OUTPUT;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// What is answered to an offer that is taken, without and with a word on our window (section 7.1.2.1).
const ACCEPTED: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
const ACCEPTED_WITH_WINDOW: &str =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15";
/// Shorter messages are sent as they are: there is little to win.
pub const MIN_BYTES: usize = 512;

/// What ends a message in the compressor's output, and is left out on the wire (section 7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];
/// An empty block that says it is the last: a message that is whole ends with it, any other does not.
const LAST_BLOCK: [u8; 2] = [0x03, 0x00];
/// How much room a message has at first.
const CHUNK: usize = 16_384;
/// The only window that the compressor has.
const WINDOW_BITS: &str = "15";

thread_local! {
    static COMPRESS: RefCell<Compress> = RefCell::new(Compress::new(Compression::fast(), false));
    static DECOMPRESS: RefCell<Box<DecompressorOxide>> = RefCell::default();
}

/// Why a compressed message cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not compressed data.
    Broken,
    /// It grows over the limit.
    TooBig,
}

/// What to answer to the first offer of compression that can be met; none if there is none.
#[must_use]
pub fn answer(headers: &HeaderMap) -> Option<&'static str> {
    headers
        .get_all(SEC_WEBSOCKET_EXTENSIONS)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .find_map(answer_to)
}

/// The answer to one offer, if it has only parameters that are known, each once and well-formed, and none that we cannot
/// meet.
fn answer_to(offer: &str) -> Option<&'static str> {
    let mut parts = offer.split(';').map(str::trim);
    if parts.next() != Some("permessage-deflate") {
        return None;
    }
    let mut seen = Vec::new();
    for part in parts {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name.trim(), Some(unquoted(value.trim()))),
            None => (part, None),
        };
        let fits = match name {
            "server_no_context_takeover" | "client_no_context_takeover" => value.is_none(),
            "client_max_window_bits" => value.is_none_or(is_window),
            "server_max_window_bits" => value == Some(WINDOW_BITS),
            _ => false,
        };
        if !fits || seen.contains(&name) {
            return None;
        }
        seen.push(name);
    }
    Some(if seen.contains(&"server_max_window_bits") { ACCEPTED_WITH_WINDOW } else { ACCEPTED })
}

fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

fn is_window(value: &str) -> bool {
    matches!(value, "8" | "9" | "10" | "11" | "12" | "13" | "14" | "15")
}

/// A message compressed, if that makes it shorter.
#[must_use]
pub fn deflate(payload: &[u8]) -> Option<Vec<u8>> {
    COMPRESS.with_borrow_mut(|compress| {
        compress.reset();
        let mut out = Vec::with_capacity(payload.len());
        compress.compress_vec(payload, &mut out, FlushCompress::Sync).ok()?;
        // With room left everything was written; without, it did not get shorter.
        let whole = out.len() < payload.len() && out.ends_with(&TAIL);
        out.truncate(out.len().saturating_sub(TAIL.len()));
        whole.then_some(out)
    })
}

/// What a compressed message says, if that has at most so many bytes.
///
/// # Errors
/// [`Unreadable`].
pub fn inflate(message: &[u8], max: usize) -> Result<Vec<u8>, Unreadable> {
    let unread = [message, &TAIL, &LAST_BLOCK].concat();
    DECOMPRESS.with_borrow_mut(|state| {
        state.init();
        let (mut out, mut read, mut written) = (vec![0; CHUNK.min(max + 1)], 0, 0);
        loop {
            let (status, taken, made) = decompress(state, &unread[read..], &mut out, written, FLAT_OUTPUT);
            (read, written) = (read + taken, written + made);
            match status {
                _ if written > max => return Err(Unreadable::TooBig),
                TINFLStatus::Done if read == unread.len() => break,
                // A final block, and others behind it (section 7.2.3.5).
                TINFLStatus::Done => state.init(),
                TINFLStatus::HasMoreOutput => out.resize((out.len() * 2).min(max + 1), 0),
                _ => return Err(Unreadable::Broken),
            }
        }
        out.truncate(written);
        Ok(out)
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;
    use sha1::{Digest, Sha1};

    use super::*;

    fn offers(value: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(SEC_WEBSOCKET_EXTENSIONS, HeaderValue::from_static(value));
        answer(&headers).is_some()
    }

    #[test]
    fn an_offer_is_taken_if_it_can_be_met() {
        for good in [
            "permessage-deflate",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; client_max_window_bits=12; server_no_context_takeover",
            "permessage-deflate; server_max_window_bits=\"15\"",
            "x-webkit-deflate-frame, permessage-deflate",
            "permessage-deflate; server_max_window_bits=10, permessage-deflate",
        ] {
            assert!(offers(good), "{good}");
        }
        for bad in [
            "",
            "permessage-bzip2",
            "permessage-deflate; server_max_window_bits=10",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; client_max_window_bits=16",
            "permessage-deflate; client_max_window_bits=08",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; server_max_window_bits=\"15",
            "permessage-deflate; surprise",
        ] {
            assert!(!offers(bad), "{bad}");
        }
    }

    #[test]
    fn the_example_of_the_rfc_reads_hello() {
        // Section 7.2.3.1, and 7.2.3.3: the same in a block without compression.
        assert_eq!(inflate(&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], 100).unwrap(), b"Hello");
        let stored = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
        assert_eq!(inflate(&stored, 100).unwrap(), b"Hello");
        // Section 7.2.3.4: a final block, which nothing follows.
        assert_eq!(inflate(&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00], 100).unwrap(), b"Hello");
        // Section 7.2.3.5: two blocks.
        let two = [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
        assert_eq!(inflate(&two, 100).unwrap(), b"Hello");
    }

    #[test]
    fn what_zlib_refuses_is_refused() {
        // A block of a fixed code that begins with a match, for which there is nothing yet.
        assert_eq!(inflate(&[0x02, 0x13, 0x00, 0x00], 100), Err(Unreadable::Broken));
        // "Hello", cut short.
        assert_eq!(inflate(&[0xf2, 0x48, 0xcd, 0xc9], 100), Err(Unreadable::Broken));
    }

    #[test]
    fn blocks_may_follow_a_final_one() {
        let hello = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        let twice = [&hello[..], &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]].concat();
        assert_eq!(inflate(&twice, 100).unwrap(), b"HelloHello");
    }

    #[test]
    fn what_grows_over_the_limit_is_refused_before_it_has_grown() {
        let bomb = deflate(&vec![b'x'; 1_000_000]).unwrap();
        assert!(bomb.len() < 10_000);
        assert_eq!(inflate(&bomb, 65_536), Err(Unreadable::TooBig));
        assert_eq!(inflate(&bomb, 1_000_000).unwrap().len(), 1_000_000);
    }

    #[test]
    fn what_does_not_get_shorter_is_left_as_it_is() {
        let noise: Vec<u8> = (0_u8..50).flat_map(|n| Sha1::digest([n])).collect();
        assert_eq!(deflate(&noise), None);
    }

    proptest! {
        #[test]
        fn what_was_compressed_reads_back(text in "[a-f]{0,4000}") {
            if let Some(message) = deflate(text.as_bytes()) {
                prop_assert!(message.len() < text.len());
                prop_assert_eq!(inflate(&message, text.len()).unwrap(), text.as_bytes());
            }
        }

        /// Whatever arrives, reading ends, and with no more than was allowed.
        #[test]
        fn noise_is_harmless(noise in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(read) = inflate(&noise, 1000) {
                prop_assert!(read.len() <= 1000);
            }
        }
    }
}
