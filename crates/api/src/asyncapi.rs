//! The AsyncAPI document: every frame over a connection, made from the wire types themselves.

use serde_json::{Map, Value, json};
use tutti_protocol::frame::ServerBody;
use tutti_protocol::{CloseCode, Codec, Command};
use utoipa::{PartialSchema, ToSchema};

/// The document, in AsyncAPI 3.0. Takes the OpenAPI document for its version, so that both say the same.
#[must_use]
pub fn document(openapi: &utoipa::openapi::OpenApi) -> Value {
    let mut schemas = Map::new();
    let client = frames::<Command>(&mut schemas);
    let server = frames::<ServerBody>(&mut schemas);
    let mut messages = Map::new();
    let from_client = add_messages(&mut messages, "client", &client);
    let from_server = add_messages(&mut messages, "server", &server);
    let in_channel: Map<String, Value> = messages
        .keys()
        .map(|name| (name.clone(), json!({ "$ref": format!("#/components/messages/{name}") })))
        .collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tutti frames",
            "version": openapi.info.version,
            "description": format!(
                "Frames over a connection. Sub-protocols: `{}` (text) and `{}` (binary). {}",
                Codec::Json.subprotocol(), Codec::MsgPack.subprotocol(), close_codes()
            ),
        },
        "channels": { "connection": { "address": "/ws", "messages": in_channel } },
        "operations": {
            "send": { "action": "receive", "channel": { "$ref": "#/channels/connection" }, "messages": from_client },
            "receive": { "action": "send", "channel": { "$ref": "#/channels/connection" }, "messages": from_server },
        },
        "components": { "messages": messages, "schemas": schemas },
    })
}

/// The variants of a tagged enum, by their tag; what they refer to is added to `schemas`.
fn frames<T: ToSchema>(schemas: &mut Map<String, Value>) -> Vec<(String, Value)> {
    let mut referred = Vec::new();
    T::schemas(&mut referred);
    for (name, schema) in referred {
        schemas.insert(name, serde_json::to_value(schema).unwrap_or_default());
    }
    let all = serde_json::to_value(<T as PartialSchema>::schema()).unwrap_or_default();
    let variants = all.get("oneOf").and_then(Value::as_array).cloned().unwrap_or_default();
    variants.into_iter().filter_map(|variant| Some((tag_of(&variant)?, variant))).collect()
}

/// The value of `type` in one variant, wherever in its parts it stands.
fn tag_of(variant: &Value) -> Option<String> {
    let own = variant.pointer("/properties/type/enum/0").and_then(Value::as_str).map(str::to_owned);
    own.or_else(|| variant.get("allOf")?.as_array()?.iter().find_map(tag_of))
}

fn add_messages(messages: &mut Map<String, Value>, side: &str, frames: &[(String, Value)]) -> Vec<Value> {
    let mut references = Vec::new();
    for (tag, schema) in frames {
        let name = format!("{side}_{tag}");
        let summary = schema.get("description").cloned().unwrap_or_default();
        messages.insert(name.clone(), json!({ "name": tag, "summary": summary, "payload": schema }));
        references.push(json!({ "$ref": format!("#/channels/connection/messages/{name}") }));
    }
    references
}

fn close_codes() -> String {
    let codes: Vec<String> = CloseCode::ALL.iter().map(|code| format!("{} {}", code.number(), code.reason())).collect();
    format!("Close codes: {}.", codes.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_every_frame_is_in_the_document() {
        let document = document(&crate::routes::openapi());
        let messages = document.pointer("/components/messages").and_then(Value::as_object).unwrap();
        for kind in Command::KINDS {
            assert!(messages.contains_key(&format!("client_{kind}")), "{kind}");
        }
        for kind in ["welcome", "message", "message_sent", "error", "presence_state"] {
            assert!(messages.contains_key(&format!("server_{kind}")), "{kind}");
        }
        let text = document.to_string();
        for reference in text.split("\"#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(document.pointer(&format!("/components/schemas/{name}")).is_some(), "dangling {name}");
        }
    }
}
