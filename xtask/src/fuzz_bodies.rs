//! The fuzz targets' bodies as ordinary tests: over every seed, every beginning of it, and every seed with one byte
//! changed. The targets themselves need a nightly compiler (`cargo xtask fuzz`); this keeps what they check honest.

use std::fs;
use std::path::Path;

use tutti_protocol::{Codec, Command};

#[path = "../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "a crate of its own for the fuzzer")]
mod bodies;

/// Bytes that mean something in JSON, in MessagePack, as the head of a WebSocket frame or of a compressed block.
const TELLING: [u8; 15] = [b'"', b'{', b'}', b'0', b'-', b'\\', 0x00, 0x01, 0x7f, 0x80, 0x81, 0x88, 0x90, 0xc1, 0xff];

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

fn near(seed: &[u8], body: fn(&[u8])) {
    for end in 0..=seed.len() {
        body(&seed[..end]);
    }
    let mut changed = seed.to_vec();
    for at in 0..seed.len() {
        for byte in TELLING {
            changed[at] = byte;
            body(&changed);
        }
        changed[at] = seed[at];
    }
}

fn near_all(target: &str, body: fn(&[u8])) {
    let seeds = seeds(target);
    assert!(!seeds.is_empty(), "{target} has no seeds");
    seeds.iter().for_each(|seed| near(seed, body));
}

fn kind(seed: &[u8]) -> String {
    Codec::Json.decode_request(seed).unwrap_or_else(|error| panic!("{}: {error}", seed.escape_ascii()));
    let value: serde_json::Value = serde_json::from_slice(seed).unwrap();
    value["type"].as_str().unwrap().to_owned()
}

#[test]
fn every_command_has_a_seed() {
    let mut kinds: Vec<String> = seeds("json_frame").iter().map(|seed| kind(seed)).collect();
    kinds.sort();
    kinds.dedup();
    let mut expected = Command::KINDS;
    expected.sort_unstable();
    assert_eq!(kinds, expected);
}

#[test]
fn text_frames_near_the_seeds_are_refused_or_mean_the_same_after_writing() {
    near_all("json_frame", bodies::json_frame);
}

#[test]
fn binary_frames_near_the_seeds_are_refused_or_mean_the_same_after_writing() {
    for seed in seeds("json_frame") {
        let request = Codec::Json.decode_request(&seed).unwrap();
        let binary = Codec::MsgPack.encode(&request);
        assert_eq!(Codec::MsgPack.decode_request(&binary).unwrap(), request);
        near(&binary, bodies::msgpack_frame);
    }
}

#[test]
fn websocket_frames_near_the_seeds_mean_the_same_however_they_are_cut() {
    near_all("websocket_frame", bodies::websocket_frame);
}

#[test]
fn compressed_messages_near_the_seeds_stay_within_their_bound() {
    near_all("inflated_message", bodies::inflated_message);
}
