//! Which pages of other origins may call the HTTP API (CORS). Who may use the cookie is the gateway's to say.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::config::Server;

/// For how long a browser need not ask again.
const MAX_AGE: Duration = Duration::from_secs(3600);

/// The configured origins; on a development server, pages that are served from this machine as well.
///
/// # Errors
/// An origin that no header can carry.
pub fn layer(server: &Server) -> Result<CorsLayer> {
    let origins = server.allowed_origins.iter();
    let origins: Vec<HeaderValue> = origins
        .map(|origin| origin.parse().with_context(|| format!("{origin:?} is no origin")))
        .collect::<Result<_>>()?;
    let dev = server.dev;
    let allowed = move |origin: &HeaderValue, _: &_| origins.contains(origin) || (dev && is_on_loopback(origin));
    Ok(CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(allowed))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("last-event-id"),
        ])
        .max_age(MAX_AGE))
}

fn is_on_loopback(origin: &HeaderValue) -> bool {
    let Ok(uri) = Uri::try_from(origin.as_bytes()) else { return false };
    let host = uri.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_machine_are_on_loopback() {
        for (origin, expected) in [
            ("http://localhost:5173", true),
            ("https://localhost", true),
            ("http://127.0.0.1:3000", true),
            ("http://127.9.9.9", true),
            ("http://[::1]:3000", true),
            ("http://localhost.evil.example", false),
            ("http://evil.example:5173", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://localhost@evil.example", false),
            ("http://192.168.0.7", false),
            ("http://[2001:db8::1]", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(is_on_loopback(&HeaderValue::from_static(origin)), expected, "{origin}");
        }
    }
}
