//! What a client is told about a frame that is none: under its own `ref` if that can be read, with the field at fault.

use serde_json::{Value, json};
use tutti_protocol::codec::DecodeError;
use tutti_protocol::frame::Ref;
use tutti_protocol::{Codec, Command};

const CODECS: [Codec; 2] = [Codec::Json, Codec::MsgPack];

/// The error of a frame, which must be the same in both encodings but for the words of their readers.
#[track_caller]
fn refused(frame: &Value) -> DecodeError {
    let [json, msgpack] =
        CODECS.map(|codec| codec.decode_request(&codec.encode(frame)).expect_err("must not be a request"));
    assert_eq!((&json.reference, &json.field), (&msgpack.reference, &msgpack.field), "{json} / {msgpack}");
    json
}

#[track_caller]
fn assert_field(frame: &Value, field: &str) {
    let error = refused(frame);
    assert_eq!(error.field.as_deref(), Some(field), "{frame}: {error}");
    assert_eq!(error.reference, Some(Ref::Number(7)), "{frame}: {error}");
}

#[test]
fn a_broken_body_keeps_its_ref() {
    let number = refused(&json!({ "type": "message", "receiver_id": "bob", "ref": 9_007_199_254_740_991_i64 }));
    assert_eq!(number.reference, Some(Ref::Number(9_007_199_254_740_991)));
    let text = refused(&json!({ "type": "message", "receiver_id": "bob", "ref": "12" }));
    assert_eq!(text.reference, Some(Ref::Text("12".into())));
    assert_eq!(refused(&json!({ "type": "message", "receiver_id": "bob" })).reference, None);
    assert_eq!(refused(&json!({ "type": "message", "receiver_id": "bob", "ref": null })).reference, None);
}

#[test]
fn a_missing_field_is_named() {
    assert_field(&json!({ "type": "message", "receiver_id": "bob", "ref": 7 }), "message");
    assert_field(&json!({ "type": "reaction_add", "message_id": "1", "ref": 7 }), "emoji");
    assert_field(&json!({ "type": "auth", "ref": 7 }), "token");
    assert_field(&json!({ "type": "presence_set", "text": "x", "ref": 7 }), "status");
}

#[test]
fn an_ill_typed_field_is_named() {
    assert_field(&json!({ "type": "message", "receiver_id": "bob", "message": 5, "ref": 7 }), "message");
    assert_field(&json!({ "type": "message", "receiver_id": 5, "message": "x", "ref": 7 }), "receiver_id");
    assert_field(&json!({ "type": "message", "receiver_id": "", "message": "x", "ref": 7 }), "receiver_id");
    assert_field(&json!({ "type": "message", "receiver_id": "a\u{0}", "message": "x", "ref": 7 }), "receiver_id");
    assert_field(&json!({ "type": "message_delete", "message_id": 5, "ref": 7 }), "message_id");
    assert_field(&json!({ "type": "typing", "conversation_id": "1", "is_typing": "yes", "ref": 7 }), "is_typing");
    assert_field(&json!({ "type": "history", "conversation_id": "1", "limit": -1, "ref": 7 }), "limit");
    assert_field(&json!({ "type": "history", "conversation_id": "1", "limit": 4_294_967_296_i64, "ref": 7 }), "limit");
    assert_field(&json!({ "type": "presence_set", "status": "dancing", "ref": 7 }), "status");
    assert_field(&json!({ "type": "subscribe", "channel": "no-namespace", "ref": 7 }), "channel");
    assert_field(&json!({ "type": "publish", "channel": "public:a", "ref": 7 }), "data");
    assert_field(
        &json!({ "type": "message", "receiver_id": "bob", "message": "x", "metadata": [], "ref": 7 }),
        "metadata",
    );
}

#[test]
fn a_nested_field_is_named_with_its_path() {
    let with = |attachments: Value| json!({ "type": "message", "receiver_id": "bob", "message": "x", "attachments": attachments, "ref": 7 });
    assert_field(&with(json!([{ "url": 5 }])), "attachments[0].url");
    assert_field(&with(json!([{ "url": "/a" }, { "url": "/b", "size": "large" }])), "attachments[1].size");
    assert_field(&with(json!({})), "attachments");
    assert_field(&with(json!([{}])), "attachments[0].url");
    assert_field(&with(json!([{ "url": "/a" }, { "name": "b" }])), "attachments[1].url");
    assert_field(&json!({ "type": "auth", "token": "t", "resume": { "since": 5 }, "ref": 7 }), "resume.since");
    assert_field(&json!({ "type": "auth", "token": "t", "resume": {}, "ref": 7 }), "resume.since");
    assert_field(&json!({ "type": "read_receipt", "message_ids": ["1", 2], "ref": 7 }), "message_ids[1]");
    assert_field(&json!({ "type": "presence_subscribe", "user_ids": ["bob", ""], "ref": 7 }), "user_ids[1]");
}

#[test]
fn an_unknown_type_is_an_error_that_names_it() {
    let error = refused(&json!({ "type": "mesage", "ref": 7 }));
    assert_eq!(error.field.as_deref(), Some("type"));
    assert_eq!(error.reference, Some(Ref::Number(7)));
    assert_eq!(error.message, "unknown type `mesage`");
    let long = refused(&json!({ "type": "x".repeat(10_000) }));
    assert!(long.message.len() < 100, "{long}");
}

#[test]
fn what_only_the_server_says_is_no_command() {
    for kind in ["welcome", "message_sent", "error", "presence"] {
        assert_field(&json!({ "type": kind, "ref": 7 }), "type");
    }
}

#[test]
fn a_type_that_is_missing_or_ill_typed_is_named_under_the_ref() {
    assert_field(&json!({ "ref": 7 }), "type");
    assert_field(&json!({ "type": null, "ref": 7 }), "type");
    assert_field(&json!({ "type": 5, "ref": 7 }), "type");
    assert_field(&json!({ "type": { "a": 1 }, "ref": 7 }), "type");
}

#[test]
fn a_ref_is_a_text_of_64_bytes_or_a_whole_number() {
    let with = |reference: Value| json!({ "type": "ping", "ref": reference });
    for reference in [json!("x".repeat(64)), json!(""), json!(i64::MIN), json!(i64::MAX), json!(null)] {
        for codec in CODECS {
            assert!(codec.decode_request(&codec.encode(&with(reference.clone()))).is_ok(), "{reference}");
        }
    }
    for reference in [json!("x".repeat(65)), json!(u64::MAX), json!(1.5), json!(true), json!([1]), json!({})] {
        let error = refused(&with(reference.clone()));
        assert_eq!(error.field.as_deref(), Some("ref"), "{reference}: {error}");
        assert_eq!(error.reference, None, "{reference}");
    }
}

#[test]
fn unknown_fields_are_passed_over() {
    let frame = json!({
        "type": "message", "later": { "deep": [1, 2.5, null] }, "receiver_id": "bob", "message": "x", "ref": 7,
        "attachments": [{ "url": "/a", "colour": "red" }], "since": 5,
    });
    let known = json!({
        "type": "message", "receiver_id": "bob", "message": "x", "attachments": [{ "url": "/a" }], "ref": 7,
    });
    for codec in CODECS {
        let read = |frame: &Value| codec.decode_request(&codec.encode(frame)).unwrap();
        assert_eq!(read(&frame), read(&known));
    }
}

#[test]
fn optional_fields_may_be_null() {
    let frame = json!({
        "type": "message", "receiver_id": "bob", "conversation_id": null, "message": "x", "client_id": null,
        "reply_to": null, "thread_id": null, "ref": null,
    });
    for codec in CODECS {
        let read = |frame: &Value| codec.decode_request(&codec.encode(frame)).unwrap();
        assert_eq!(read(&frame), read(&json!({ "type": "message", "receiver_id": "bob", "message": "x" })));
    }
}

/// The readers of structures take arrays too, by position; the wire has only objects.
#[test]
fn a_frame_is_an_object() {
    for frame in [json!(["ping"]), json!(["ping", 7]), json!([]), json!("ping"), json!(7), json!(null), json!(true)] {
        let error = refused(&frame);
        assert_eq!((&error.field, &error.reference), (&None, &None), "{frame}: {error}");
    }
}

#[test]
fn the_order_of_fields_does_not_matter() {
    let request =
        Codec::Json.decode_request(br#" {"ref":7, "message":"x","receiver_id":"bob" ,"type":"message"} "#).unwrap();
    assert_eq!(request.reference, Some(Ref::Number(7)));
    assert!(matches!(request.command, Command::Message(_)));
}

#[test]
fn bytes_that_are_no_frame_are_refused() {
    let json: [&[u8]; 8] = [
        b"",
        b" ",
        b"{",
        b"{\"type\":\"ping\"",
        b"{\"type\":\"ping\"} {}",
        b"{type:1}",
        b"\xff\xfe",
        b"{\"type\":\"p\xff\"}",
    ];
    for bytes in json {
        assert!(Codec::Json.decode_request(bytes).is_err(), "{bytes:?}");
    }
    let ping = Codec::MsgPack.encode(&json!({ "type": "ping" }));
    let trailing = [ping.as_slice(), &[0xc0]].concat();
    let msgpack: [&[u8]; 5] = [b"", &[0xc1], &ping[..ping.len() - 1], &trailing, &[0xdf, 0xff, 0xff, 0xff, 0xff]];
    for bytes in msgpack {
        assert!(Codec::MsgPack.decode_request(bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn a_value_that_nests_too_deep_is_refused_and_not_followed() {
    let depth = 100_000;
    let json = format!(
        "{{\"type\":\"message\",\"message\":\"x\",\"metadata\":{{\"x\":{}{}}}}}",
        "[".repeat(depth),
        "]".repeat(depth)
    );
    assert!(Codec::Json.decode_request(json.as_bytes()).is_err());
    let mut msgpack = b"\x83\xa4type\xa7message\xa7message\xa1x\xa8metadata\x81\xa1x".to_vec();
    msgpack.resize(msgpack.len() + depth, 0x91);
    msgpack.push(0xc0);
    assert!(Codec::MsgPack.decode_request(&msgpack).is_err());
}

#[test]
fn null_counts_as_left_out() {
    let frame = br#"{"type":"message","receiver_id":"bob","message":"hi","client_id":null,"reply_to":null,
        "mentions":null,"attachments":null,"metadata":null}"#;
    let Command::Message(sent) = Codec::Json.decode_request(frame).unwrap().command else { panic!("a message") };
    assert!(sent.mentions.is_empty() && sent.attachments.is_empty() && sent.metadata.is_empty());
    assert_eq!((sent.client_id, sent.reply_to), (None, None));
}
