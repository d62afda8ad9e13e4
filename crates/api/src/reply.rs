//! HTTP answers: values as JSON, failures as the documented error with its status.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tutti_core::Failure;
use tutti_protocol::ErrorCode;
use tutti_protocol::http::ErrorReply;

/// A failure on its way out over HTTP.
#[derive(Debug)]
pub struct HttpError(pub Failure);

impl<E: Into<Failure>> From<E> for HttpError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// What a handler gives back.
pub type Reply<T> = Result<Json<T>, HttpError>;

/// A value as the answer.
///
/// # Errors
/// Never; it is a `Result` so that handlers can end with it.
pub fn ok<T: Serialize>(value: T) -> Reply<T> {
    Ok(Json(value))
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.0.retry_after;
        let challenge = self.0.code == ErrorCode::Unauthenticated;
        let mut response = (status, Json(ErrorReply { error: self.0.into() })).into_response();
        if let Some(wait) = retry_after {
            // Whole seconds, rounded up: nobody should come back too early.
            let seconds = u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
