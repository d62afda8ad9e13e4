//! The numbers and names by which the server says what went wrong: error codes and WebSocket close codes.
//!
//! The range of a close code tells the client what to do: 4000-4099 stop until something changes, 4100-4199 reconnect
//! with backoff. The SDK's table is generated from this file.

use serde::{Deserialize, Serialize};

/// What went wrong, as `error.code` carries it, the same over every transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not JSON, a missing or ill-typed field, an unknown type.
    InvalidRequest,
    /// Well-formed, but a value is out of bounds.
    ValidationFailed,
    /// No token, a bad one, an expired one.
    Unauthenticated,
    /// Known, but not allowed.
    Forbidden,
    /// No such thing, or not visible to the caller.
    NotFound,
    /// The state does not allow it; an idempotency key reused with another body.
    Conflict,
    /// Frame or body over the limit.
    PayloadTooLarge,
    /// Too many requests; `retry_after_ms` says when to try again.
    RateLimited,
    /// A dependency is down or the server is shedding load; retryable.
    Unavailable,
    /// A fault of the server, logged under `request_id`; nothing of it leaks.
    Internal,
}

impl ErrorCode {
    /// Every code, in the order of the documentation.
    pub const ALL: [Self; 10] = [
        Self::InvalidRequest,
        Self::ValidationFailed,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::PayloadTooLarge,
        Self::RateLimited,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The code as `error.code` carries it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::ValidationFailed => "validation_failed",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::PayloadTooLarge => "payload_too_large",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status that goes with the code.
    #[must_use]
    pub fn http_status(self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::ValidationFailed => 422,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::PayloadTooLarge => 413,
            Self::RateLimited => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }

    /// Whether the same request may succeed later without being changed.
    #[must_use]
    pub fn retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable | Self::Internal)
    }

    /// One sentence for documentation and for a person who meets the code.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::InvalidRequest => "The request could not be understood.",
            Self::ValidationFailed => "A value is out of bounds.",
            Self::Unauthenticated => "Please sign in again.",
            Self::Forbidden => "You are not allowed to do this.",
            Self::NotFound => "There is no such thing, or you cannot see it.",
            Self::Conflict => "This is not possible in the present state.",
            Self::PayloadTooLarge => "This is too large to send.",
            Self::RateLimited => "Too many requests. Please slow down.",
            Self::Unavailable => "The service is busy. Please try again in a moment.",
            Self::Internal => "Something went wrong on the server.",
        }
    }
}

/// Why the server closed a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseCode {
    /// Both sides are done.
    Normal,
    /// The server goes away; reconnect, spread out.
    GoingAway,
    /// The peer broke RFC 6455.
    ProtocolError,
    /// A text message was not UTF-8 (RFC 6455 section 8.1).
    NotUtf8,
    /// A frame or message over the limit.
    TooBig,
    /// No valid token, or none within the time allowed.
    AuthenticationFailed,
    /// The token ran out and no fresh one came.
    TokenExpired,
    /// An operator revoked the user's tokens.
    Revoked,
    /// Too many connections for this user or server.
    TooManyConnections,
    /// The client read too slowly; reconnect and resume.
    SlowConsumer,
    /// The client did not answer pings.
    HeartbeatMissed,
    /// The server is draining; reconnect with backoff.
    Draining,
}

impl CloseCode {
    /// Every code, in ascending order.
    pub const ALL: [Self; 12] = [
        Self::Normal,
        Self::GoingAway,
        Self::ProtocolError,
        Self::NotUtf8,
        Self::TooBig,
        Self::AuthenticationFailed,
        Self::TokenExpired,
        Self::Revoked,
        Self::TooManyConnections,
        Self::SlowConsumer,
        Self::HeartbeatMissed,
        Self::Draining,
    ];

    /// The number on the wire.
    #[must_use]
    pub fn number(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::GoingAway => 1001,
            Self::ProtocolError => 1002,
            Self::NotUtf8 => 1007,
            Self::TooBig => 1009,
            Self::AuthenticationFailed => 4001,
            Self::TokenExpired => 4003,
            Self::Revoked => 4004,
            Self::TooManyConnections => 4029,
            Self::SlowConsumer => 4100,
            Self::HeartbeatMissed => 4101,
            Self::Draining => 4102,
        }
    }

    /// The text that goes with the number in the close frame.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Normal => "goodbye",
            Self::GoingAway => "going away",
            Self::ProtocolError => "protocol error",
            Self::NotUtf8 => "text is not UTF-8",
            Self::TooBig => "frame too big",
            Self::AuthenticationFailed => "authentication failed",
            Self::TokenExpired => "token expired",
            Self::Revoked => "revoked",
            Self::TooManyConnections => "too many connections",
            Self::SlowConsumer => "slow consumer",
            Self::HeartbeatMissed => "heartbeat missed",
            Self::Draining => "server draining",
        }
    }

    /// Whether a client should come back by itself, with backoff.
    #[must_use]
    pub fn reconnect(self) -> bool {
        matches!(self, Self::GoingAway | Self::SlowConsumer | Self::HeartbeatMissed | Self::Draining)
    }

    /// One sentence for a person who meets the code.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Normal => "The connection was closed.",
            Self::GoingAway => "The server ended the connection. Reconnecting.",
            Self::ProtocolError => "The client broke the WebSocket protocol.",
            Self::NotUtf8 => "The client sent text that is not UTF-8.",
            Self::TooBig => "The client sent a frame over the limit.",
            Self::AuthenticationFailed => "Authentication failed. Please sign in again.",
            Self::TokenExpired => "Your session has expired. Please sign in again.",
            Self::Revoked => "Your access was revoked.",
            Self::TooManyConnections => "Too many connections. Close another window and try again.",
            Self::SlowConsumer => "The connection could not keep up. Reconnecting.",
            Self::HeartbeatMissed => "The connection was lost. Reconnecting.",
            Self::Draining => "The server is moving. Reconnecting.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_code_has_one_name() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
        }
    }

    #[test]
    fn close_codes_ascend_and_their_ranges_agree_with_the_advice() {
        let numbers: Vec<u16> = CloseCode::ALL.iter().map(|code| code.number()).collect();
        assert!(numbers.is_sorted());
        for code in CloseCode::ALL {
            match code.number() {
                4000..=4099 => assert!(!code.reconnect(), "{code:?}"),
                4100..=4199 => assert!(code.reconnect(), "{code:?}"),
                _ => {}
            }
        }
    }
}
