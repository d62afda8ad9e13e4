//! `Idempotency-Key` on POST: the first answer is kept and given again; the same key with another body is an error.

use std::collections::HashSet;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State as AxumState};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tutti_core::Failure;
use tutti_core::idempotency::{Answer, KEEP, Key, Store};
use tutti_protocol::ErrorCode;

use crate::extract::{Authenticated, read_body};
use crate::reply::HttpError;
use crate::routes::State;

/// The header, which is also told back on an answer that was kept.
const HEADER: &str = "idempotency-key";
const REPLAYED: &str = "idempotency-replayed";
/// Longest key, in bytes: it also serves as client id of what is created.
const MAX_KEY_BYTES: usize = tutti_chat::config::MAX_CLIENT_ID_BYTES;
/// Largest answer that is kept, in bytes.
const MAX_ANSWER_BYTES: usize = 1_048_576;

/// Answers that were given, and requests under way.
pub struct Keys {
    store: Arc<dyn Store>,
    under_way: Mutex<HashSet<Key>>,
}

impl Keys {
    /// Answers in this store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, under_way: Mutex::new(HashSet::new()) }
    }

    /// Marks a request as under way; none if it is already.
    fn begin(&self, key: &Key) -> Option<UnderWay<'_>> {
        self.under_way.lock().insert(key.clone()).then(|| UnderWay { keys: self, key: key.clone() })
    }
}

struct UnderWay<'a> {
    keys: &'a Keys,
    key: Key,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.keys.under_way.lock().remove(&self.key);
    }
}

/// The key of a request.
///
/// # Errors
/// `validation_failed` for one that is empty, too long or not text.
pub fn header(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    match value.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= MAX_KEY_BYTES => Ok(Some(key.to_owned())),
        _ => Err(Failure::invalid("Idempotency-Key", format!("a key has 1 to {MAX_KEY_BYTES} visible characters"))),
    }
}

/// The middleware around all routes.
///
/// # Errors
/// `conflict` for a key that was used with another body, or whose first request is still under way.
pub async fn once(AxumState(state): AxumState<State>, request: Request, next: Next) -> Result<Response, HttpError> {
    let key = header(request.headers())?.filter(|_| request.method() == Method::POST);
    let Some(key) = key else { return Ok(next.run(request).await) };
    let (mut parts, body) = request.into_parts();
    let Ok(caller) = Authenticated::from_request_parts(&mut parts, &state).await else {
        // Answers are kept by user. A route that needs one says so itself.
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let body = read_body(body, state.api.settings.max_body_bytes).await?;
    let key = Key { user: caller.0.user, endpoint: format!("POST {}", parts.uri.path()), key };
    let body_hash: [u8; 32] = Sha256::digest(&body).into();
    let Some(_under_way) = state.api.idempotency.begin(&key) else {
        return Err(Failure::new(ErrorCode::Conflict, "this request is under way already").into());
    };
    let now = state.api.clock.now();
    if let Some(answer) = state.api.idempotency.store.get(&key, now - KEEP).await? {
        return given_again(&answer, body_hash);
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    keep(&state, key, body_hash, response).await
}

fn given_again(answer: &Answer, body_hash: [u8; 32]) -> Result<Response, HttpError> {
    if answer.body_hash != body_hash {
        return Err(Failure::new(ErrorCode::Conflict, "this key was used with another body").into());
    }
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answer.body.clone()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// Keeps an answer that will not change: success, and refusals that do not depend on the moment.
async fn keep(state: &State, key: Key, body_hash: [u8; 32], response: Response) -> Result<Response, HttpError> {
    let status = response.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::UNAUTHORIZED {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body: Bytes = read_body(body, MAX_ANSWER_BYTES).await?;
    let answer = Answer { body_hash, status: status.as_u16(), body: body.clone(), at: state.api.clock.now() };
    state.api.idempotency.store.put(key, answer).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}
