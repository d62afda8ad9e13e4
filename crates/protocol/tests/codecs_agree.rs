//! JSON and MessagePack mean the same, for any request and any frame of the server.

mod values;
mod variants;

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use tutti_protocol::{Codec, ServerFrame};

use variants::{COMMANDS, SERVER_BODIES, assert_all_seen, command_name, server_body_name};

const CODECS: [Codec; 2] = [Codec::Json, Codec::MsgPack];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn a_request_is_read_as_it_was_written(request in values::requests()) {
        for codec in CODECS {
            prop_assert_eq!(&codec.decode_request(&codec.encode(&request)).unwrap(), &request, "{:?}", codec);
        }
    }

    #[test]
    fn a_frame_is_read_as_it_was_written(frame in values::server_frames()) {
        for codec in CODECS {
            prop_assert_eq!(&codec.decode::<ServerFrame>(&codec.encode(&frame)).unwrap(), &frame, "{:?}", codec);
        }
    }

    /// The one is the other in another notation, whatever the types of this crate make of it.
    #[test]
    fn both_encodings_hold_the_same_json(request in values::requests(), frame in values::server_frames()) {
        let json = |bytes: Vec<u8>| Codec::Json.decode::<serde_json::Value>(&bytes).unwrap();
        let msgpack = |bytes: Vec<u8>| Codec::MsgPack.decode::<serde_json::Value>(&bytes).unwrap();
        prop_assert_eq!(json(Codec::Json.encode(&request)), msgpack(Codec::MsgPack.encode(&request)));
        prop_assert_eq!(json(Codec::Json.encode(&frame)), msgpack(Codec::MsgPack.encode(&frame)));
    }
}

/// Enough of them to meet every variant; the runner's seed is fixed.
fn samples<T: std::fmt::Debug>(strategy: &impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..1000).map(|_| strategy.new_tree(&mut runner).expect("nothing is filtered out").current()).collect()
}

#[test]
fn every_command_is_tried() {
    assert_all_seen(COMMANDS, &samples(&values::commands()).iter().map(command_name).collect::<BTreeSet<_>>());
}

#[test]
fn everything_the_server_says_is_tried() {
    assert_all_seen(
        SERVER_BODIES,
        &samples(&values::server_bodies()).iter().map(server_body_name).collect::<BTreeSet<_>>(),
    );
}
