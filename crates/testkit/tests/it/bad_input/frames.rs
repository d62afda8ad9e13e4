//! Bad frames over an open connection, as text: what they are, their bytes, the error they get.

use serde_json::{Value, json};

use super::Scene;

pub(super) type Case = (&'static str, String, &'static str);

const INVALID: &str = "invalid_request";
const BOUNDS: &str = "validation_failed";
const NOT_FOUND: &str = "not_found";
const FORBIDDEN: &str = "forbidden";
const CONFLICT: &str = "conflict";

pub(super) fn cases(scene: &Scene) -> Vec<Case> {
    let mut all = broken();
    all.extend(messages(scene));
    all.extend(changes(scene));
    all.extend(questions(scene));
    all
}

fn broken() -> Vec<Case> {
    let text = |name, text: &str| (name, text.to_owned(), INVALID);
    let deep = format!(r#"{{"type":"ping","x":{}"#, "[".repeat(60_000));
    vec![
        text("empty", ""),
        text("not JSON", "hello"),
        text("cut off", r#"{"type":"ping""#),
        text("something behind", r#"{"type":"ping"} x"#),
        text("two frames at once", r#"{"type":"ping"}{"type":"ping"}"#),
        text("an empty array", "[]"),
        text("an array of frames", r#"[{"type":"ping"}]"#),
        text("an array that reads like a frame", r#"["ping",1]"#),
        text("a number", "5"),
        text("null", "null"),
        text("a string", r#""ping""#),
        text("no type", "{}"),
        text("a type that is null", r#"{"type":null}"#),
        text("a type that is a number", r#"{"type":5}"#),
        text("a type that is an object", r#"{"type":{"ping":1}}"#),
        text("an unknown type", r#"{"type":"nonsense"}"#),
        text("a type of another case", r#"{"type":"Ping"}"#),
        text("a type of the server's", r#"{"type":"message_sent"}"#),
        text("the type twice", r#"{"type":"ping","type":"ping"}"#),
        text("a ref that is an object", r#"{"type":"ping","ref":{}}"#),
        text("a ref that is an array", r#"{"type":"ping","ref":[1]}"#),
        text("a ref that is true", r#"{"type":"ping","ref":true}"#),
        text("a ref with a fraction", r#"{"type":"ping","ref":1.5}"#),
        text("a ref beyond 64 bits", r#"{"type":"ping","ref":18446744073709551615}"#),
        ("a ref that is too long", format!(r#"{{"type":"ping","ref":"{}"}}"#, "x".repeat(65)), INVALID),
        ("too deep", deep, INVALID),
        text("half of a surrogate pair", r#"{"type":"message","receiver_id":"bob","message":"\ud800"}"#),
        text("an escape that is none", r#"{"type":"message","receiver_id":"bob","message":"\x"}"#),
        text("a raw line break", "{\"type\":\"message\",\"receiver_id\":\"bob\",\"message\":\"\n\"}"),
        text("auth without a token", r#"{"type":"auth"}"#),
        ("auth with a bad token", r#"{"type":"auth","token":"x"}"#.to_owned(), "unauthenticated"),
    ]
}

fn messages(scene: &Scene) -> Vec<Case> {
    let into = |more: Value| {
        let mut frame = json!({"type": "message", "conversation_id": scene.group, "message": "text"});
        frame.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        frame.to_string()
    };
    let to = |receiver: &str| json!({"type": "message", "receiver_id": receiver, "message": "text"}).to_string();
    let at = |id: &str| into(json!({"conversation_id": id}));
    let link = |url: &str| json!({"url": url});
    let users: Vec<String> = (0..101).map(|n| format!("user-{n}")).collect();
    vec![
        ("no text", json!({"type": "message", "conversation_id": scene.group}).to_string(), INVALID),
        ("a text that is a number", into(json!({"message": 5})), INVALID),
        ("a text that is null", into(json!({"message": null})), INVALID),
        ("a conversation that is a number", into(json!({"conversation_id": 5})), INVALID),
        ("an empty text", into(json!({"message": ""})), BOUNDS),
        ("a blank text", into(json!({"message": " \n\t\u{3000}"})), BOUNDS),
        ("5001 characters", into(json!({"message": "x".repeat(5001)})), BOUNDS),
        ("5001 wide characters", into(json!({"message": "𝄞".repeat(5001)})), BOUNDS),
        ("nowhere", json!({"type": "message", "message": "text"}).to_string(), INVALID),
        ("two places", into(json!({"receiver_id": "bob"})), INVALID),
        ("to oneself", to("mallory"), BOUNDS),
        ("to nobody", to(""), INVALID),
        ("to a name that is too long", to(&"x".repeat(129)), INVALID),
        ("to a name with a line break", to("bob\n"), INVALID),
        ("an unknown conversation", at("1"), NOT_FOUND),
        ("a conversation that is no number", at("x"), NOT_FOUND),
        ("a negative conversation", at("-1"), NOT_FOUND),
        ("a conversation beyond 64 bits", at("99999999999999999999999"), NOT_FOUND),
        ("somebody else's conversation", at(&scene.foreign), NOT_FOUND),
        ("an empty client id", into(json!({"client_id": ""})), BOUNDS),
        ("a client id that is too long", into(json!({"client_id": "x".repeat(129)})), BOUNDS),
        ("an answer to nothing", into(json!({"reply_to": "1"})), BOUNDS),
        ("an answer to another conversation", into(json!({"reply_to": scene.hidden})), BOUNDS),
        ("a thread of nothing", into(json!({"thread_id": "1"})), BOUNDS),
        ("a thread of another conversation", into(json!({"thread_id": scene.hidden})), BOUNDS),
        ("metadata that is a list", into(json!({"metadata": []})), INVALID),
        ("metadata that is too large", into(json!({"metadata": {"x": "y".repeat(4096)}})), BOUNDS),
        ("too many mentions", into(json!({"mentions": users})), BOUNDS),
        ("mentions that are no names", into(json!({"mentions": [1]})), INVALID),
        ("too many attachments", into(json!({"attachments": vec![link("/a"); 31]})), BOUNDS),
        ("an attachment without an address", into(json!({"attachments": [{}]})), INVALID),
        ("an attachment that is a list", into(json!({"attachments": [["/a"]]})), INVALID),
        ("an attachment that runs", into(json!({"attachments": [link("javascript:alert(1)")]})), BOUNDS),
        ("an attachment of data", into(json!({"attachments": [link("data:text/html,x")]})), BOUNDS),
        ("an attachment from anywhere", into(json!({"attachments": [link("//elsewhere.example")]})), BOUNDS),
        ("an attachment of negative size", into(json!({"attachments": [{"url": "/a", "size": -1}]})), INVALID),
    ]
}

fn changes(scene: &Scene) -> Vec<Case> {
    let edit = |id: &str, text: &str| json!({"type": "message_edit", "message_id": id, "message": text}).to_string();
    let delete = |id: &str| json!({"type": "message_delete", "message_id": id}).to_string();
    let react = |kind: &str, id: &str, emoji: &str| json!({"type": kind, "message_id": id, "emoji": emoji}).to_string();
    let ids: Vec<String> = (1..=201).map(|n| n.to_string()).collect();
    vec![
        ("an edit of nothing", edit("1", "x"), NOT_FOUND),
        ("an edit of what is hidden", edit(&scene.hidden, "x"), NOT_FOUND),
        ("an edit of another's message", edit(&scene.alices, "x"), FORBIDDEN),
        ("an edit of what was deleted", edit(&scene.deleted, "x"), CONFLICT),
        ("an edit to nothing", edit(&scene.own, ""), BOUNDS),
        ("an edit to 5001 characters", edit(&scene.own, &"x".repeat(5001)), BOUNDS),
        ("an edit without a message", json!({"type": "message_edit", "message": "x"}).to_string(), INVALID),
        ("a deletion of nothing", delete("1"), NOT_FOUND),
        ("a deletion of what is hidden", delete(&scene.hidden), NOT_FOUND),
        ("a deletion of another's message", delete(&scene.alices), FORBIDDEN),
        ("an empty emoji", react("reaction_add", &scene.own, ""), BOUNDS),
        ("an emoji that is too long", react("reaction_add", &scene.own, &"x".repeat(65)), BOUNDS),
        ("an emoji with a line break", react("reaction_remove", &scene.own, "a\nb"), BOUNDS),
        ("a reaction to nothing", react("reaction_add", "1", "x"), NOT_FOUND),
        ("a reaction to what is hidden", react("reaction_remove", &scene.hidden, "x"), NOT_FOUND),
        ("a reaction to what was deleted", react("reaction_add", &scene.deleted, "x"), CONFLICT),
        ("a receipt for nothing", json!({"type": "read_receipt"}).to_string(), INVALID),
        ("a receipt for no ids", json!({"type": "read_receipt", "message_ids": []}).to_string(), INVALID),
        ("a receipt for too many", json!({"type": "read_receipt", "message_ids": ids}).to_string(), BOUNDS),
        (
            "a receipt of both kinds",
            json!({"type": "read_receipt", "message_ids": ["1"], "conversation_id": scene.group, "message_id": "1"})
                .to_string(),
            INVALID,
        ),
        (
            "a receipt for half a place",
            json!({"type": "read_receipt", "conversation_id": scene.group}).to_string(),
            INVALID,
        ),
        (
            "a receipt in a foreign place",
            json!({"type": "read_receipt", "conversation_id": scene.foreign, "message_id": scene.hidden}).to_string(),
            NOT_FOUND,
        ),
    ]
}

fn questions(scene: &Scene) -> Vec<Case> {
    let history = |more: Value| {
        let mut frame = json!({"type": "history", "conversation_id": scene.group});
        frame.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        frame.to_string()
    };
    let typing = |more: Value| {
        let mut frame = json!({"type": "typing", "is_typing": true});
        frame.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        frame.to_string()
    };
    let follow = |more: Value| {
        let mut frame = json!({"type": "presence_subscribe"});
        frame.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        frame.to_string()
    };
    let users: Vec<String> = (0..101).map(|n| format!("user-{n}")).collect();
    vec![
        ("the history of nothing", json!({"type": "history"}).to_string(), INVALID),
        ("the history of a foreign place", history(json!({"conversation_id": scene.foreign})), NOT_FOUND),
        ("a page of none", history(json!({"limit": 0})), BOUNDS),
        ("a page of 101", history(json!({"limit": 101})), BOUNDS),
        ("a page of -1", history(json!({"limit": -1})), INVALID),
        ("a page of a word", history(json!({"limit": "20"})), INVALID),
        ("two anchors", history(json!({"before_id": scene.own, "after_id": scene.own})), BOUNDS),
        ("three anchors", history(json!({"before_id": "1", "after_id": "1", "around_id": "1"})), BOUNDS),
        ("an anchor that is nothing", history(json!({"before_id": "1"})), NOT_FOUND),
        ("an anchor in another place", history(json!({"around_id": scene.hidden})), NOT_FOUND),
        ("typing nowhere", typing(json!({})), INVALID),
        ("typing in two places", typing(json!({"receiver_id": "alice", "conversation_id": scene.group})), INVALID),
        ("typing to oneself", typing(json!({"receiver_id": "mallory"})), BOUNDS),
        ("typing to a stranger", typing(json!({"receiver_id": "stranger"})), NOT_FOUND),
        ("typing in a foreign place", typing(json!({"conversation_id": scene.foreign})), NOT_FOUND),
        ("typing maybe", typing(json!({"conversation_id": scene.group, "is_typing": "yes"})), INVALID),
        ("an unknown status", json!({"type": "presence_set", "status": "asleep"}).to_string(), INVALID),
        ("no status", json!({"type": "presence_set"}).to_string(), INVALID),
        (
            "a status text that is too long",
            json!({"type": "presence_set", "status": "away", "text": "x".repeat(141)}).to_string(),
            BOUNDS,
        ),
        ("following nobody", follow(json!({})), INVALID),
        ("following too many", follow(json!({"user_ids": users})), BOUNDS),
        ("following both", follow(json!({"user_ids": ["bob"], "conversation_id": scene.group})), INVALID),
        ("following a foreign place", follow(json!({"conversation_id": scene.foreign})), NOT_FOUND),
        ("a bad cursor", follow(json!({"conversation_id": scene.group, "cursor": "?"})), BOUNDS),
        ("a bad page", follow(json!({"conversation_id": scene.group, "limit": 101})), BOUNDS),
    ]
}
