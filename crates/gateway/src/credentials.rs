//! Where a request carries its token: the `Authorization` header, the cookie, the query string, in this order.

use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use serde::Deserialize;
use tutti_core::Failure;
use tutti_protocol::{ErrorCode, EventId};

use crate::config::{Config, QueryToken};
use crate::listener::Remote;

/// The cookie that may carry the token.
pub const COOKIE: &str = "tutti_token";

/// What the query string of a connection may say.
#[derive(Debug, Default, Deserialize)]
pub struct ConnectionQuery {
    /// The token, where it is taken from there.
    pub token: Option<String>,
    /// The last event the client has.
    pub since: Option<EventId>,
}

impl ConnectionQuery {
    /// Reads the query string; what cannot be read counts as not said.
    #[must_use]
    pub fn of(uri: &Uri) -> Self {
        Query::<Self>::try_from_uri(uri).map(|Query(query)| query).unwrap_or_default()
    }
}

/// The token a request carries, if any.
///
/// # Errors
/// `forbidden` for a cookie from a page of another origin, so that no other site can act with it.
pub fn presented(parts: &Parts, config: &Config) -> Result<Option<String>, Failure> {
    if let Some(token) = bearer(&parts.headers) {
        return Ok(Some(token));
    }
    if let Some(token) = cookie(&parts.headers) {
        if !origin_allowed(&parts.headers, config) {
            return Err(Failure::new(ErrorCode::Forbidden, "this origin may not use the cookie"));
        }
        return Ok(Some(token));
    }
    let token = ConnectionQuery::of(&parts.uri).token;
    Ok(token.filter(|_| query_token_allowed(parts, config)))
}

/// The token of an `Authorization` header: `Bearer T`, or `Token T` for clients that already say that.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
    known.then(|| token.trim().to_owned())
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value.to_owned())
}

/// Whether the page that asks is ours, or one the operator allows. A request without an `Origin` comes from no page.
fn origin_allowed(headers: &HeaderMap, config: &Config) -> bool {
    let Some(origin) = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()) else { return true };
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let own = origin.split_once("://").is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(host));
    own || config.allowed_origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
}

fn query_token_allowed(parts: &Parts, config: &Config) -> bool {
    match config.query_token {
        QueryToken::Always => true,
        QueryToken::Never => false,
        QueryToken::Auto => parts.extensions.get::<Remote>().is_some_and(Remote::is_private),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn parts(uri: &str, headers: &[(&str, &str)], remote: &str) -> Parts {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        parts.extensions.insert(Remote(remote.parse().unwrap()));
        parts
    }

    fn token(uri: &str, headers: &[(&str, &str)], remote: &str) -> Option<String> {
        presented(&parts(uri, headers, remote), &Config::default()).unwrap()
    }

    #[test]
    fn the_first_that_is_present_counts() {
        let near = "127.0.0.1:9";
        let all = [("authorization", "Bearer header"), ("cookie", "a=b; tutti_token=cookie")];
        assert_eq!(token("/ws?token=query", &all, near).unwrap(), "header");
        assert_eq!(token("/ws?token=query", &all[1..], near).unwrap(), "cookie");
        assert_eq!(token("/ws?token=query", &[], near).unwrap(), "query");
        assert_eq!(token("/ws", &[("authorization", "Token seeds")], near).unwrap(), "seeds");
        assert_eq!(token("/ws", &[("authorization", "Basic x")], near), None);
    }

    #[test]
    fn a_query_token_is_not_taken_over_an_open_network() {
        assert_eq!(token("/ws?token=query", &[], "192.0.2.7:9"), None);
        assert_eq!(token("/ws?token=query", &[], "[::1]:9").unwrap(), "query");
        assert_eq!(token("/ws?token=query", &[], "[::ffff:127.0.0.1]:9").unwrap(), "query");
    }

    #[test]
    fn a_cookie_works_only_from_our_own_pages() {
        let cookie = ("cookie", "tutti_token=t");
        let own = [cookie, ("host", "chat.example"), ("origin", "https://chat.example")];
        assert_eq!(token("/ws", &own, "192.0.2.7:9").unwrap(), "t");
        let other =
            parts("/ws", &[cookie, ("host", "chat.example"), ("origin", "https://evil.example")], "192.0.2.7:9");
        assert_eq!(presented(&other, &Config::default()).unwrap_err().code, ErrorCode::Forbidden);
        let config = Config { allowed_origins: vec!["https://evil.example".into()], ..Config::default() };
        assert_eq!(presented(&other, &config).unwrap().unwrap(), "t");
    }
}
