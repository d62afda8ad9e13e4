//! Access: looking users up, revoking their tokens, and signing in by name on a development server.

use std::time::Duration;

use axum::extract::State as AxumState;
use axum::http::StatusCode;
use tutti_access::Grant;
use tutti_core::pages::page_size;
use tutti_core::{Caller, Failure, Signal};
use tutti_gateway::Application as _;
use tutti_protocol::http::{DevSignIn, IssuedToken, ServerInfo, UserList, UserQuery};
use tutti_protocol::session::User;
use tutti_protocol::{CloseCode, ErrorCode, PROTOCOL_VERSION, UserId};

use crate::app::Api;
use crate::extract::{Authenticated, JsonBody, Operator, PathOf, QueryOf};
use crate::limits::Operation;
use crate::reply::{HttpError, Reply, ok};
use crate::routes::State;

/// How long a token lasts that was given by name.
const DEV_TOKEN_TTL: Duration = Duration::from_secs(12 * 60 * 60);
/// Longest name to sign in by, and longest role, in characters.
const MAX_NAME_CHARS: usize = 64;
/// Most roles to sign in with.
const MAX_ROLES: usize = 16;

/// What a client may know before it signs in.
#[utoipa::path(get, path = "/api/v1/info", tag = "server", security(()), responses((status = 200, body = ServerInfo)))]
pub(crate) async fn info(AxumState(state): AxumState<State>) -> Reply<ServerInfo> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    ok(ServerInfo { version, protocol: PROTOCOL_VERSION, dev: state.api.settings.dev })
}

/// Signs anyone in by name. Only on a development server.
#[utoipa::path(post, path = "/api/v1/dev/token", tag = "server", security(()), request_body = DevSignIn,
    responses((status = 200, body = IssuedToken)))]
pub(crate) async fn dev_sign_in(
    AxumState(state): AxumState<State>,
    JsonBody(body): JsonBody<DevSignIn>,
) -> Reply<IssuedToken> {
    if !state.api.settings.dev {
        return Err(Failure::new(ErrorCode::NotFound, "signing in by name is for development servers").into());
    }
    let name = body.name.trim().to_owned();
    let user = user_id_from(&name)?;
    let grant = Grant {
        user: user.clone(),
        name: Some(name.clone()),
        roles: checked_roles(body.roles)?,
        scopes: Vec::new(),
        ttl: DEV_TOKEN_TTL,
    };
    let issued = state.api.access.issue(&grant)?;
    // Whoever has signed in can be found by name, before they connect.
    state.api.authenticate(&issued.token).await?;
    ok(IssuedToken { token: issued.token, user: User { id: user, name: Some(name) }, expires_at: issued.expires_at })
}

/// The user id that a name stands for: lower case, with single dashes for everything else.
fn user_id_from(name: &str) -> Result<UserId, Failure> {
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
        return Err(Failure::invalid("name", format!("a name has 1 to {MAX_NAME_CHARS} characters")));
    }
    let mut id = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            id.push(c);
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
    }
    UserId::new(id.trim_end_matches('-')).map_err(|_| Failure::invalid("name", "a name has letters or digits in it"))
}

fn checked_roles(roles: Vec<String>) -> Result<Vec<String>, Failure> {
    if roles.len() > MAX_ROLES {
        return Err(Failure::invalid("roles", format!("at most {MAX_ROLES} roles")).over(MAX_ROLES as u64));
    }
    if roles.iter().any(|role| role.is_empty() || role.chars().count() > MAX_NAME_CHARS) {
        return Err(Failure::invalid("roles", format!("a role has 1 to {MAX_NAME_CHARS} characters")));
    }
    Ok(roles)
}

/// People who have signed in, by the start of their name or id.
#[utoipa::path(get, path = "/api/v1/users", tag = "users", params(UserQuery),
    responses((status = 200, body = UserList)))]
pub(crate) async fn list_users(
    AxumState(state): AxumState<State>,
    Authenticated(caller): Authenticated,
    QueryOf(query): QueryOf<UserQuery>,
) -> Reply<UserList> {
    state.api.allow(Operation::Query, &caller.user)?;
    if !state.api.settings.directory {
        return Err(Failure::new(ErrorCode::Forbidden, "the directory of users is off").into());
    }
    let size = page_size(query.limit)?;
    let users = state.api.access.directory().search(query.query.as_deref().unwrap_or_default(), size).await?;
    ok(UserList { users })
}

/// Revokes all tokens issued to a user so far and ends their connections. For operators.
#[utoipa::path(post, path = "/api/v1/users/{user}/revoke", tag = "users",
    params(("user" = String, Path, description = "Whose tokens")), responses((status = 204)))]
pub(crate) async fn revoke(
    AxumState(state): AxumState<State>,
    Operator(operator): Operator,
    PathOf(user): PathOf<UserId>,
) -> Result<StatusCode, HttpError> {
    revoke_tokens(&state.api, &operator, user).await
}

/// Takes back the tokens of a user and ends their connections.
pub(crate) async fn revoke_tokens(api: &Api, operator: &Caller, user: UserId) -> Result<StatusCode, HttpError> {
    tracing::info!(operator = %operator.user, %user, "an operator revokes the tokens of a user");
    api.access.revoke(&user).await?;
    api.bus.send(Signal::Disconnect { user, code: CloseCode::Revoked }).await;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_an_id_that_is_easy_to_type() {
        for (name, id) in [("Alice", "alice"), ("Bob  van Dyk!", "bob-van-dyk"), ("Zoë 2", "zoë-2")] {
            assert_eq!(user_id_from(name).unwrap().as_str(), id);
        }
        assert!(user_id_from("!!!").is_err());
        assert!(user_id_from("").is_err());
        assert!(user_id_from(&"x".repeat(65)).is_err());
    }
}
