//! All routes, and the OpenAPI document that is made from the same list.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::any;
use tutti_core::Failure;
use tutti_gateway::Gateway;
use tutti_protocol::ErrorCode;
use tutti_protocol::http::ErrorReply;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Api;
use crate::reply::HttpError;
use crate::{access, channels, chat, events, idempotency, operator, reply};

/// What handlers work with.
#[derive(Clone)]
pub struct State {
    /// The domains.
    pub api: Arc<Api>,
    /// The connections.
    pub gateway: Arc<Gateway>,
}

/// Routes and their description.
pub struct Routes {
    /// To be served.
    pub router: Router,
    /// The OpenAPI document.
    pub openapi: utoipa::openapi::OpenApi,
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Tutti", description = "The HTTP side of a Tutti server. Frames over WebSocket are in the AsyncAPI document."),
    components(schemas(ErrorReply)),
    security(("token" = []))
)]
struct Document;

fn described() -> OpenApiRouter<State> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(chat::list_conversations, chat::create_conversation))
        .routes(routes!(chat::get_conversation, chat::update_conversation, chat::delete_conversation))
        .routes(routes!(chat::list_members, chat::put_member))
        .routes(routes!(chat::remove_member))
        .routes(routes!(chat::list_messages, chat::post_message))
        .routes(routes!(chat::list_messages_with))
        .routes(routes!(chat::mark_read))
        .routes(routes!(chat::edit_message, chat::delete_message))
        .routes(routes!(chat::add_reaction, chat::remove_reaction))
        .routes(routes!(chat::unread))
        .routes(routes!(channels::post_publication))
        .routes(routes!(channels::post_broadcast))
        .routes(routes!(channels::history))
        .routes(routes!(channels::presence))
        .routes(routes!(access::info))
        .routes(routes!(access::dev_sign_in))
        .routes(routes!(access::list_users))
        .routes(routes!(access::revoke))
        .routes(routes!(operator::overview))
        .routes(routes!(operator::list_connections))
        .routes(routes!(operator::disconnect_connection))
        .routes(routes!(operator::list_users))
        .routes(routes!(operator::get_user))
        .routes(routes!(operator::disconnect_user))
        .routes(routes!(operator::revoke))
        .routes(routes!(operator::list_channels))
        .routes(routes!(operator::get_channel))
        .routes(routes!(operator::events))
        .routes(routes!(events::stream))
        .routes(routes!(events::long_poll))
        .routes(routes!(events::run_commands))
}

/// The OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = described().into_openapi();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let schemes = [
        ("token", "JWT", "A user's token, from the application."),
        ("key", "tutti_key_…", "A back-end's API key, from `tutti key create`. Only on the routes that name it."),
    ];
    for (name, format, meaning) in schemes {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format(format).description(Some(meaning));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(name, SecurityScheme::Http(bearer.build()));
    }
    document
}

impl Routes {
    /// The routes over these parts.
    #[must_use]
    pub fn new(state: &State) -> Self {
        let (router, _) = described().split_for_parts();
        let openapi = openapi();
        let (openapi_json, asyncapi_json) = (openapi.clone(), crate::asyncapi::document(&openapi));
        let without_slash = "/api/v1/communication/chats/conversation/{user_id}";
        let router = router
            .route(without_slash, axum::routing::get(chat::list_messages_with))
            .route("/ws", any(events::web_socket))
            .route("/ws/", any(events::web_socket))
            .route("/ws/chat", any(events::web_socket))
            .route("/ws/chat/", any(events::web_socket))
            .route("/ws/{*rest}", any(no_such_route))
            .route("/api/v1/openapi.json", axum::routing::get(move || async move { axum::Json(openapi_json.clone()) }))
            .route(
                "/api/v1/asyncapi.json",
                axum::routing::get(move || async move { axum::Json(asyncapi_json.clone()) }),
            )
            .route("/api/{*rest}", any(no_such_route))
            .method_not_allowed_fallback(wrong_method)
            .layer(from_fn_with_state(state.clone(), idempotency::once))
            .layer(from_fn_with_state(state.clone(), reply::identified))
            .with_state(state.clone());
        Self { router, openapi }
    }
}

async fn no_such_route() -> HttpError {
    HttpError(Failure::new(ErrorCode::NotFound, "no such address"))
}

async fn wrong_method() -> HttpError {
    HttpError(Failure::new(ErrorCode::InvalidRequest, "this address does not take that method"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_key_is_described_where_it_is_taken_and_nowhere_else() {
        let document = serde_json::to_value(openapi()).unwrap();
        assert_eq!(document["components"]["securitySchemes"].as_object().unwrap().len(), 2);
        assert_eq!(document["security"], json!([{"token": []}]));
        let mut with_key = 0;
        for (path, methods) in document["paths"].as_object().unwrap() {
            for operation in methods.as_object().unwrap().values() {
                let takes_key = operation["security"].as_array().is_some_and(|ways| ways.contains(&json!({"key": []})));
                assert_eq!(takes_key, path.starts_with("/api/v1/channels/"), "{path}");
                with_key += usize::from(takes_key);
                let needs_none = operation["security"] == json!([{}]);
                assert_eq!(needs_none, ["/api/v1/info", "/api/v1/dev/token"].contains(&path.as_str()), "{path}");
            }
        }
        assert_eq!(with_key, 4);
        assert_ne!(document["info"]["version"], Value::Null);
    }
}
