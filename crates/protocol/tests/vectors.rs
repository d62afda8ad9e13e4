//! The golden vectors: frames written down by hand as JSON, with the MessagePack bytes that mean the same. They bind
//! this crate to what it said before, and the SDK's tests read the same files. To add one, write its `json`, leave
//! `msgpack_base64` empty and run this test: it says what belongs there.

mod variants;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::Value;
use tutti_protocol::{Codec, Command, ServerFrame};

use variants::{COMMANDS, SERVER_BODIES, assert_all_seen, command_name, server_body_name};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    direction: Direction,
    json: Value,
    msgpack_base64: String,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Direction {
    Client,
    Server,
}

const READABLE: &str = "the vectors can be read";

fn vectors() -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let mut paths: Vec<_> = fs::read_dir(folder).expect(READABLE).map(|entry| entry.expect(READABLE).path()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| -> Vec<Vector> {
        serde_json::from_slice(&fs::read(path).expect(READABLE))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    paths.iter().flat_map(read).collect()
}

/// Reads bytes in one encoding as what the vector stands for, and writes that in another.
fn rewritten(vector: &Vector, bytes: &[u8], from: Codec, to: Codec) -> Vec<u8> {
    let written = match vector.direction {
        Direction::Client => from.decode_request(bytes).map(|request| to.encode(&request)),
        Direction::Server => from.decode::<ServerFrame>(bytes).map(|frame| to.encode(&frame)),
    };
    written.unwrap_or_else(|error| panic!("{}, {from:?}: {error}", vector.name))
}

fn as_json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("was written as JSON")
}

#[test]
fn json_is_read_and_written_the_same() {
    for vector in vectors() {
        let written = rewritten(&vector, vector.json.to_string().as_bytes(), Codec::Json, Codec::Json);
        assert_eq!(as_json(&written), vector.json, "{}", vector.name);
    }
}

#[test]
fn json_is_written_with_the_type_first() {
    for vector in vectors() {
        let written = rewritten(&vector, vector.json.to_string().as_bytes(), Codec::Json, Codec::Json);
        assert!(written.starts_with(b"{\"type\":\""), "{}", vector.name);
    }
}

#[test]
fn messagepack_is_the_bytes_that_were_written_down() {
    let mut wrong = BTreeMap::new();
    for vector in vectors() {
        let written = rewritten(&vector, vector.json.to_string().as_bytes(), Codec::Json, Codec::MsgPack);
        let text = BASE64.encode(written);
        if text != vector.msgpack_base64 {
            wrong.insert(vector.name, text);
        }
    }
    let expected = serde_json::to_string_pretty(&wrong).unwrap();
    assert!(wrong.is_empty(), "`msgpack_base64` of these, from their JSON, should be: {expected}");
}

#[test]
fn messagepack_means_the_same_as_the_json() {
    for vector in vectors() {
        let bytes = BASE64.decode(&vector.msgpack_base64).unwrap();
        let json = rewritten(&vector, &bytes, Codec::MsgPack, Codec::Json);
        assert_eq!(as_json(&json), vector.json, "{}", vector.name);
        assert_eq!(rewritten(&vector, &bytes, Codec::MsgPack, Codec::MsgPack), bytes, "{}", vector.name);
    }
}

/// Without the types of this crate: fields have names on the wire, and nothing is an array that is an object in JSON.
#[test]
fn messagepack_is_the_json_itself_in_another_notation() {
    for vector in vectors() {
        let bytes = BASE64.decode(&vector.msgpack_base64).unwrap();
        assert_eq!(rmp_serde::from_slice::<Value>(&bytes).unwrap(), vector.json, "{}", vector.name);
    }
}

#[test]
fn names_are_unique() {
    let mut seen = BTreeSet::new();
    for vector in vectors() {
        assert!(seen.insert(vector.name.clone()), "two vectors are called `{}`", vector.name);
    }
}

#[test]
fn there_is_one_for_every_command() {
    let vectors = vectors();
    let client = vectors.iter().filter(|vector| vector.direction == Direction::Client);
    let decode = |vector: &Vector| Codec::Json.decode_request(vector.json.to_string().as_bytes()).unwrap();
    let commands: Vec<Command> = client.clone().map(|vector| decode(vector).command).collect();
    assert_all_seen(COMMANDS, &commands.iter().map(command_name).collect());
    for (vector, command) in client.clone().zip(&commands) {
        assert_eq!(vector.json["type"], command.kind());
    }

    let kinds: BTreeSet<&str> = client.filter_map(|vector| vector.json["type"].as_str()).collect();
    assert_eq!(kinds, BTreeSet::from(Command::KINDS));
}

#[test]
fn there_is_one_for_everything_the_server_says() {
    let vectors = vectors();
    let server = vectors.iter().filter(|vector| vector.direction == Direction::Server);
    let decode = |vector: &Vector| -> ServerFrame { Codec::Json.decode(vector.json.to_string().as_bytes()).unwrap() };
    let frames: Vec<ServerFrame> = server.map(decode).collect();
    assert_all_seen(SERVER_BODIES, &frames.iter().map(|frame| server_body_name(&frame.body)).collect());
}
