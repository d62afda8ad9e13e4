//! What handlers are given: the authenticated caller, the operator, or the server that shows a key; a body that has been
//! read and checked, a query that fits.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use tutti_access::ApiKey;
use tutti_access::key::is_key;
use tutti_core::caller::Actor;
use tutti_core::{Caller, Failure};
use tutti_gateway::{Application, credentials};
use tutti_protocol::{Codec, ErrorCode};

use crate::limits::Operation;
use crate::reply::HttpError;
use crate::routes::State;

/// The caller, by the token of the request. An API key is refused.
pub struct Authenticated(pub Caller);

impl Authenticated {
    /// The caller as the one behind a change.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::of(self.0.user.clone())
    }
}

impl FromRequestParts<State> for Authenticated {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Self::Rejection> {
        let token = credentials::presented(parts, &state.gateway.config)?;
        let token = token.ok_or_else(|| Failure::new(ErrorCode::Unauthenticated, "a token is needed"))?;
        Ok(Self(state.api.authenticate(&token).await?))
    }
}

/// The role that may look into the server and end what users do on it.
pub const OPERATOR: &str = "operator";

/// A caller who has the role of an operator. Each request counts as a question of theirs.
pub struct Operator(pub Caller);

impl FromRequestParts<State> for Operator {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Self::Rejection> {
        let Authenticated(caller) = Authenticated::from_request_parts(parts, state).await?;
        state.api.allow(Operation::Query, &caller.user)?;
        if !caller.has_role(OPERATOR) {
            return Err(Failure::new(ErrorCode::Forbidden, "only an operator may do this").into());
        }
        Ok(Self(caller))
    }
}

/// Who asks, on routes that a server back-end may use as well. What a key allows is for the handler to ask of it
/// ([`ApiKey::allows`]).
pub enum Principal {
    /// A user, as [`Authenticated`] finds them.
    User(Caller),
    /// A server back-end, by its API key in the `Authorization` header. Nowhere else is a key taken.
    Server(ApiKey),
}

impl FromRequestParts<State> for Principal {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Self::Rejection> {
        if let Some(key) = credentials::bearer(&parts.headers).filter(|bearer| is_key(bearer)) {
            return Ok(Self::Server(state.api.access.authenticate_key(&key).await?));
        }
        let Authenticated(caller) = Authenticated::from_request_parts(parts, state).await?;
        Ok(Self::User(caller))
    }
}

/// The bytes of a body within the limit.
pub struct RawBody(pub Bytes);

impl FromRequest<State> for RawBody {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &State) -> Result<Self, Self::Rejection> {
        Ok(Self(read_body(request.into_body(), state.api.settings.max_body_bytes).await?))
    }
}

/// Reads a body of at most so many bytes.
///
/// # Errors
/// `payload_too_large`.
pub async fn read_body(body: Body, max: usize) -> Result<Bytes, Failure> {
    to_bytes(body, max).await.map_err(|_| {
        let limit = u64::try_from(max).unwrap_or(u64::MAX);
        Failure::new(ErrorCode::PayloadTooLarge, format!("a body has at most {max} bytes")).over(limit)
    })
}

/// A JSON body. An empty one reads as an empty object, so that bodies without required fields may be left out.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<State> for JsonBody<T> {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &State) -> Result<Self, Self::Rejection> {
        let RawBody(bytes) = RawBody::from_request(request, state).await?;
        let bytes = if bytes.is_empty() { Bytes::from_static(b"{}") } else { bytes };
        Codec::Json.decode_object(&bytes).map(Self).map_err(|error| {
            let mut failure = Failure::new(ErrorCode::InvalidRequest, error.message);
            failure.field = error.field;
            HttpError(failure)
        })
    }
}

/// A query string.
pub struct QueryOf<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<State> for QueryOf<T> {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, Self::Rejection> {
        Query::<T>::try_from_uri(&parts.uri).map(|Query(query)| Self(query)).map_err(|rejection| {
            debug_assert_eq!(rejection.status(), StatusCode::BAD_REQUEST);
            HttpError(Failure::new(ErrorCode::InvalidRequest, rejection.body_text()))
        })
    }
}

/// What stands in the path.
pub struct PathOf<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<State> for PathOf<T> {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Self::Rejection> {
        Path::<T>::from_request_parts(parts, state)
            .await
            .map(|Path(path)| Self(path))
            .map_err(|rejection| HttpError(Failure::new(ErrorCode::InvalidRequest, rejection.body_text())))
    }
}

/// The `Idempotency-Key` of a request.
pub struct IdempotencyKey(pub Option<String>);

impl FromRequestParts<State> for IdempotencyKey {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, Self::Rejection> {
        Ok(Self(crate::idempotency::header(&parts.headers)?))
    }
}
