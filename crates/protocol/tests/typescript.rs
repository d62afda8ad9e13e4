//! The generated TypeScript module says everything that the wire says: every `type` in both directions, every code.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tutti_protocol::code::{CloseCode, ErrorCode};
use tutti_protocol::{Command, PROTOCOL_VERSION, typescript};

/// The declaration of one type or constant, up to the next one.
fn declaration(module: &str, start: &str) -> String {
    let from = module.find(start).unwrap_or_else(|| panic!("`{start}` is not declared"));
    let rest = &module[from..];
    rest[..rest.find("\nexport ").map_or(rest.len(), |end| end + 1)].to_owned()
}

/// The `type`s that a declaration tells apart.
fn types_in(declaration: &str) -> BTreeSet<String> {
    let parts = declaration.split("\"type\": \"").skip(1);
    parts.filter_map(|part| part.split('"').next()).map(str::to_owned).collect()
}

const READABLE: &str = "the vectors can be read";

/// The `type`s of the golden vectors, which have every one.
fn types_in_vectors(direction: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let mut types = BTreeSet::new();
    for entry in fs::read_dir(folder).expect(READABLE) {
        let text = fs::read(entry.expect(READABLE).path()).expect(READABLE);
        let vectors: Vec<serde_json::Value> = serde_json::from_slice(&text).expect("a file of vectors is an array");
        let mine = vectors.iter().filter(|vector| vector["direction"] == direction);
        types.extend(mine.filter_map(|vector| vector["json"]["type"].as_str()).map(str::to_owned));
    }
    types
}

#[test]
fn every_command_is_declared() {
    let declared = types_in(&declaration(&typescript::module(), "export type Command ="));
    assert_eq!(declared, BTreeSet::from(Command::KINDS.map(str::to_owned)));
    assert_eq!(declared, types_in_vectors("client"));
}

#[test]
fn everything_the_server_says_is_declared() {
    let declared = types_in(&declaration(&typescript::module(), "export type ServerBody ="));
    assert_eq!(declared, types_in_vectors("server"));
}

#[test]
fn every_code_is_declared() {
    let module = typescript::module();
    let (errors, closes) =
        (declaration(&module, "export const ERROR_MEANINGS"), declaration(&module, "export const CLOSE_CODES"));
    for code in ErrorCode::ALL {
        assert!(errors.contains(code.meaning()), "{code:?}");
    }
    for code in CloseCode::ALL {
        let line = format!("  {}: {{ reason: {:?}, reconnect: {},", code.number(), code.reason(), code.reconnect());
        assert!(closes.contains(&line), "{code:?}");
    }
    assert!(module.contains(&format!("export const PROTOCOL_VERSION = {PROTOCOL_VERSION};")));
}

#[test]
fn nothing_is_exported_twice() {
    let module = typescript::module();
    let names: Vec<&str> = module
        .lines()
        .filter_map(|line| line.strip_prefix("export type "))
        .filter_map(|rest| rest.split([' ', '=']).next())
        .collect();
    let mut unique = names.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), names.len(), "{names:?}");
}
