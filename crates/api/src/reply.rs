//! HTTP answers: values as JSON, failures as the documented error with its status.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracing::Instrument as _;
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

/// Gives every request an id, under which the log knows it; an error tells it to the caller.
pub async fn identified(State(state): State<crate::routes::State>, request: Request, next: Next) -> Response {
    let request_id = state.gateway.ids.next().to_string();
    let span = tracing::info_span!("request", request_id, method = %request.method(), path = request.uri().path());
    let mut response = next.run(request).instrument(span).await;
    match response.extensions_mut().remove::<Failure>() {
        Some(failure) => {
            let mut completed = error_response(Failure { request_id: Some(request_id), ..failure });
            // What the route itself said in headers stays said.
            for (name, value) in response.headers() {
                completed.headers_mut().entry(name).or_insert_with(|| value.clone());
            }
            completed
        }
        None => response,
    }
}

/// The failure goes along with the answer, so that [`identified`] can complete it.
impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let mut response = error_response(self.0.clone());
        response.extensions_mut().insert(self.0);
        response
    }
}

fn error_response(failure: Failure) -> Response {
    let status = StatusCode::from_u16(failure.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let retry_after = failure.retry_after;
    let challenge = failure.code == ErrorCode::Unauthenticated;
    let mut response = (status, Json(ErrorReply { error: failure.into() })).into_response();
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
