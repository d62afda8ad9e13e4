//! The upgrade from HTTP to WebSocket (RFC 6455 section 4.2).

use std::sync::Arc;
use std::task::{Context, Waker};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use sha1::{Digest, Sha1};
use tokio::net::TcpStream;
use tutti_core::Failure;
use tutti_protocol::{Codec, ErrorCode};

use super::connection::{Agreed, Connection, Credentials};
use super::deflate;
use crate::Gateway;
use crate::credentials::{ConnectionQuery, presented};

/// The version of the protocol that is spoken.
pub const VERSION: &str = "13";

/// What RFC 6455 appends to the key before hashing.
const ACCEPT_SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Answers an upgrade request and drives the connection in a task of its own.
///
/// # Errors
/// `invalid_request` when it is no WebSocket upgrade.
pub fn upgrade(gateway: &Arc<Gateway>, mut request: Request<Body>) -> Result<Response<Body>, Failure> {
    if request.version() < Version::HTTP_11 || !request.headers().contains_key(header::HOST) {
        return Err(Failure::new(ErrorCode::InvalidRequest, "an upgrade is asked for in HTTP/1.1, with a `Host`"));
    }
    let accept = check(request.method(), request.headers())?;
    let codec = offered_codec(request.headers());
    let extensions = if gateway.config.compression { deflate::answer(request.headers()) } else { None };
    let agreed = Agreed { codec: codec.unwrap_or(Codec::Json), deflate: extensions.is_some() };
    let on_upgrade = hyper::upgrade::on(&mut request);
    let (parts, _) = request.into_parts();
    let credentials =
        Credentials { token: presented(&parts, &gateway.config), since: ConnectionQuery::of(&parts.uri).since };
    let place = gateway.registry.enter();
    let served = Arc::clone(gateway);
    // Boxed, so that what only the beginning needs is not kept as long as the connection.
    let opening = Box::pin(async move {
        let connection = take_over(served, on_upgrade.await.ok()?, agreed)?;
        connection.open(place, credentials).await
    });
    gateway.tasks.spawn(async move {
        if let Some((connection, open)) = opening.await {
            connection.run(open).await;
        }
    });
    Ok(switching(&accept, codec, extensions))
}

/// Takes the socket out of HTTP's hands.
fn take_over(gateway: Arc<Gateway>, upgraded: Upgraded, agreed: Agreed) -> Option<Connection> {
    let Ok(parts) = upgraded.downcast::<TokioIo<TcpStream>>() else {
        tracing::error!("upgraded connection is not a TCP stream");
        return None;
    };
    let socket = parts.io.into_inner();
    // The HTTP task is over, yet its memory lives on in the waker it left with the socket; this one takes its place. A
    // socket that is ready has no waker left.
    let _ = socket.poll_read_ready(&mut Context::from_waker(Waker::noop()));
    Some(Connection::new(gateway, Arc::new(socket), agreed, &parts.read_buf))
}

fn check(method: &Method, headers: &HeaderMap) -> Result<HeaderValue, Failure> {
    let upgrades = method == Method::GET
        && has_token(headers, header::CONNECTION, "upgrade")
        && has_token(headers, header::UPGRADE, "websocket");
    if !upgrades {
        return Err(Failure::new(ErrorCode::InvalidRequest, "this address takes WebSocket upgrades"));
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != VERSION) {
        return Err(Failure::new(ErrorCode::InvalidRequest, "WebSocket version 13 is spoken here"));
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes).unwrap_or_default();
    if STANDARD.decode(key).map_or(0, |nonce| nonce.len()) != 16 {
        return Err(Failure::new(ErrorCode::InvalidRequest, "`Sec-WebSocket-Key` is 16 bytes in base64"));
    }
    let hash = Sha1::new().chain_update(key).chain_update(ACCEPT_SUFFIX).finalize();
    HeaderValue::from_str(&STANDARD.encode(hash)).map_err(|error| Failure::internal(&error))
}

fn has_token(headers: &HeaderMap, name: header::HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(token))
}

/// The first offered sub-protocol that we speak.
fn offered_codec(headers: &HeaderMap) -> Option<Codec> {
    headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .find_map(|name| Codec::from_subprotocol(name.trim()))
}

fn switching(accept: &HeaderValue, codec: Option<Codec>, extensions: Option<&'static str>) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept.clone());
    if let Some(codec) = codec {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(codec.subprotocol()));
    }
    if let Some(extensions) = extensions {
        headers.insert(header::SEC_WEBSOCKET_EXTENSIONS, HeaderValue::from_static(extensions));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    const GOOD: [(&str, &str); 4] = [
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    #[test]
    fn the_example_of_the_rfc_is_accepted() {
        assert_eq!(check(&Method::GET, &headers(&GOOD)).unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn what_is_no_upgrade_is_refused() {
        assert!(check(&Method::POST, &headers(&GOOD)).is_err());
        for left_out in GOOD {
            let some: Vec<_> = GOOD.into_iter().filter(|pair| *pair != left_out).collect();
            assert!(check(&Method::GET, &headers(&some)).is_err(), "without {}", left_out.0);
        }
        let mut short_key = GOOD;
        short_key[3].1 = "c2hvcnQ=";
        assert!(check(&Method::GET, &headers(&short_key)).is_err());
    }

    #[test]
    fn the_first_sub_protocol_that_we_speak_is_taken() {
        let offer = |value| offered_codec(&headers(&[("sec-websocket-protocol", value)]));
        assert_eq!(offer("soap, tutti.v1.msgpack, tutti.v1.json"), Some(Codec::MsgPack));
        assert_eq!(offer("soap"), None);
    }
}
