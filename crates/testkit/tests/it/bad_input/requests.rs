//! Bad requests over HTTP: what they are, how they are sent, the error they get.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tutti_testkit::{Answer, Http};

use super::Scene;

const CONVERSATIONS: &str = "/api/v1/conversations";

/// Who asks.
#[derive(Clone)]
enum Token {
    Mallory,
    None,
    This(String),
}

pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) code: &'static str,
    token: Token,
    method: Method,
    path: String,
    key: Option<String>,
    body: Option<Vec<u8>>,
}

impl Case {
    pub(super) async fn send(&self, scene: &Scene) -> Answer {
        let http: Http = match &self.token {
            Token::Mallory => scene.world.http("mallory"),
            Token::None => scene.world.http_with(None),
            Token::This(token) => scene.world.http_with(Some(token.clone())),
        };
        let mut request: RequestBuilder = http.request(self.method.clone(), &self.path);
        if let Some(key) = &self.key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = &self.body {
            request = request.header("content-type", "application/json").body(body.clone());
        }
        http.send(request).await
    }

    fn by(mut self, token: Token) -> Self {
        self.token = token;
        self
    }

    fn key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }
}

fn case(name: &'static str, code: &'static str, method: Method, path: impl Into<String>) -> Case {
    Case { name, code, token: Token::Mallory, method, path: path.into(), key: None, body: None }
}

fn get(name: &'static str, code: &'static str, path: impl Into<String>) -> Case {
    case(name, code, Method::GET, path)
}

fn post(name: &'static str, code: &'static str, path: impl Into<String>, body: impl Into<Vec<u8>>) -> Case {
    Case { body: Some(body.into()), ..case(name, code, Method::POST, path) }
}

fn value(name: &'static str, code: &'static str, path: impl Into<String>, body: &Value) -> Case {
    post(name, code, path, body.to_string())
}

pub(super) fn cases(scene: &Scene) -> Vec<Case> {
    let mut all = tokens(scene);
    all.extend(routes());
    all.extend(bodies(scene));
    all.extend(values(scene));
    all
}

fn tokens(scene: &Scene) -> Vec<Case> {
    let good = scene.world.token("mallory");
    let (head, signature) = good.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    let code = "unauthenticated";
    vec![
        get("no token", code, "/api/v1/unread").by(Token::None),
        get("no token for a stream", code, "/api/v1/events").by(Token::None),
        value("no token for a command", code, "/api/v1/commands", &json!({"type": "ping"})).by(Token::None),
        value("no token beside a key", code, CONVERSATIONS, &json!({})).by(Token::None).key("k"),
        get("a bad signature", code, "/api/v1/unread").by(Token::This(forged)),
        get("no token at all", code, "/api/v1/unread").by(Token::This("x".into())),
        get("a token that is too long", code, "/api/v1/unread").by(Token::This("x".repeat(9000))),
    ]
}

fn routes() -> Vec<Case> {
    let long = "x".repeat(129);
    vec![
        get("an unknown route", "not_found", "/api/v1/nonsense"),
        get("an unknown version", "not_found", "/api/v2/unread"),
        get("an unknown place under the endpoint", "not_found", "/ws/nonsense"),
        get("no upgrade", "invalid_request", "/ws"),
        case("a wrong method", "invalid_request", Method::DELETE, "/api/v1/unread"),
        case("another wrong method", "invalid_request", Method::PUT, CONVERSATIONS),
        get("signing in by name without --dev", "invalid_request", "/api/v1/dev/token"),
        get(
            "a user's name that is too long",
            "invalid_request",
            format!("/api/v1/communication/chats/conversation/{long}/"),
        ),
        get("a user's name that is not UTF-8", "invalid_request", "/api/v1/communication/chats/conversation/%FF/"),
        get("a user's name with a line break", "invalid_request", "/api/v1/communication/chats/conversation/a%0Ab/"),
        case(
            "a member's name that is too long",
            "invalid_request",
            Method::DELETE,
            format!("{CONVERSATIONS}/1/members/{long}"),
        ),
        get("a stream that is not there", "invalid_request", "/api/v1/commands?connection_id=1"),
    ]
}

fn bodies(scene: &Scene) -> Vec<Case> {
    let (invalid, messages) = ("invalid_request", format!("{CONVERSATIONS}/{}/messages", scene.group));
    let large = json!({"message": "x".repeat(70_000)});
    vec![
        post("a body that is not JSON", invalid, CONVERSATIONS, "hello"),
        post("a body that is not UTF-8", invalid, CONVERSATIONS, b"{\"title\":\"\xFF\"}".to_vec()),
        post("a body that is cut off", invalid, CONVERSATIONS, "{\"title\":"),
        post("a body that is a list", invalid, CONVERSATIONS, r#"["group","title",["somebody"]]"#),
        post("a body with something behind", invalid, CONVERSATIONS, "{} {}"),
        post("no body where one is needed", invalid, messages.clone(), ""),
        value("a field of another type", invalid, CONVERSATIONS, &json!({"title": 5})),
        value("a kind that is none", invalid, CONVERSATIONS, &json!({"kind": "channel"})),
        value("a member's name that is empty", invalid, CONVERSATIONS, &json!({"member_ids": [""]})),
        value("a body that is too large", "payload_too_large", messages.clone(), &large),
        value("a body that is too large, with a key", "payload_too_large", messages, &large).key("large"),
        value("a command that is too large", "payload_too_large", "/api/v1/commands", &large),
        post("commands that are no list", invalid, "/api/v1/commands", "[1,"),
        post("a body that is too deep", invalid, CONVERSATIONS, "[".repeat(60_000)),
    ]
}

fn values(scene: &Scene) -> Vec<Case> {
    let (bounds, group) = ("validation_failed", format!("{CONVERSATIONS}/{}", scene.group));
    let (messages, foreign) = (format!("{group}/messages"), format!("{CONVERSATIONS}/{}", scene.foreign));
    let text = json!({"message": "text"});
    let commands = Value::from(vec![json!({"type": "ping"}); 101]);
    let reaction = |emoji: &str| format!("/api/v1/messages/{}/reactions/{emoji}", scene.own);
    vec![
        get("an unknown conversation", "not_found", format!("{CONVERSATIONS}/1")),
        get("a conversation that is no number", "not_found", format!("{CONVERSATIONS}/x")),
        get("somebody else's conversation", "not_found", foreign.clone()),
        get("somebody else's messages", "not_found", format!("{foreign}/messages")),
        value("a message into somebody else's", "not_found", format!("{foreign}/messages"), &text),
        get("a page of none", bounds, format!("{messages}?limit=0")),
        get("a page of 101", bounds, format!("{messages}?limit=101")),
        get("a page of a word", "invalid_request", format!("{messages}?limit=x")),
        get("two anchors", bounds, format!("{messages}?before_id=1&after_id=1")),
        get("an anchor that is nothing", "not_found", format!("{messages}?before_id=1")),
        get("a bad cursor", bounds, format!("{CONVERSATIONS}?cursor=x")),
        get("a bad cursor for members", bounds, format!("{group}/members?cursor=x")),
        get("a poll that is too long", bounds, "/api/v1/events/poll?timeout=61"),
        value("an empty key", bounds, messages.clone(), &text).key(""),
        value("a key that is too long", bounds, messages.clone(), &text).key(&"x".repeat(129)),
        value("5001 characters", bounds, messages, &json!({"message": "x".repeat(5001)})),
        value("a title that is too long", bounds, CONVERSATIONS, &json!({"title": "x".repeat(201)})),
        value(
            "a conversation with oneself",
            bounds,
            CONVERSATIONS,
            &json!({"kind": "direct", "member_ids": ["mallory"]}),
        ),
        value("a pair of three", bounds, CONVERSATIONS, &json!({"kind": "direct", "member_ids": ["a", "b"]})),
        value("too many commands", bounds, "/api/v1/commands", &commands),
        value("a stream of somebody else's", "not_found", "/api/v1/commands?connection_id=1", &json!({"type": "ping"})),
        case("an emoji that is too long", bounds, Method::PUT, reaction(&"x".repeat(65))),
        case(
            "a deletion of another's message",
            "forbidden",
            Method::DELETE,
            format!("/api/v1/messages/{}", scene.alices),
        ),
        case("a deletion without the right", "forbidden", Method::DELETE, group.clone()),
        case("a removal without the right", "forbidden", Method::DELETE, format!("{group}/members/alice")),
        value("an addition without the right", "forbidden", format!("{group}/members"), &json!({"user_id": "bob"})),
        value("a revocation without the right", "forbidden", "/api/v1/users/bob/revoke", &json!({})),
        get("the directory, which is off", "forbidden", "/api/v1/users"),
        Case {
            body: Some(br#"{"message":"x"}"#.to_vec()),
            ..case(
                "an edit of what was deleted",
                "conflict",
                Method::PATCH,
                format!("/api/v1/messages/{}", scene.deleted),
            )
        },
        value("signing in by name", "not_found", "/api/v1/dev/token", &json!({"name": "Mallory"})).by(Token::None),
    ]
}
