//! How things fail, as the edges see it: a code, a text that may be shown, and whether to try again.
//!
//! Each domain has its own error type and turns it into a [`Failure`] by one `From`; the one step from a failure to the
//! wire stands here too. HTTP statuses and headers are `api`'s.

use std::time::Duration;

use tutti_protocol::ErrorCode;
use tutti_protocol::session::{ErrorBody, ErrorDetails};

/// Why a request was not carried out. Everything in it may be shown to the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of failure.
    pub code: ErrorCode,
    /// For a person; never a secret, a query or a path.
    pub message: String,
    /// The field at fault.
    pub field: Option<String>,
    /// The bound that was crossed.
    pub limit: Option<u64>,
    /// How long to wait before trying again.
    pub retry_after: Option<Duration>,
    /// What the log calls this occurrence, where there is a log line.
    pub request_id: Option<String>,
}

impl Failure {
    /// A failure with a code and a text.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, limit: None, retry_after: None, request_id: None }
    }

    /// Names the field at fault.
    #[must_use]
    pub fn at_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Names the bound that was crossed.
    #[must_use]
    pub fn over(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// A fault of ours: the cause goes to the log, the caller learns only that it happened.
    #[must_use]
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal failure");
        Self::new(ErrorCode::Internal, ErrorCode::Internal.meaning())
    }

    /// Something we depend on is not there right now.
    #[must_use]
    pub fn unavailable(wait: Duration) -> Self {
        Self::new(ErrorCode::Unavailable, ErrorCode::Unavailable.meaning()).retry_after(wait)
    }

    /// The request is understood but a value is out of bounds.
    #[must_use]
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorCode::ValidationFailed, message).at_field(field)
    }
}

/// The one place where a failure becomes what the wire says.
impl From<Failure> for ErrorBody {
    fn from(failure: Failure) -> Self {
        let details = (failure.field.is_some() || failure.limit.is_some())
            .then_some(ErrorDetails { field: failure.field, limit: failure.limit });
        let retry_after_ms = failure.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1));
        Self {
            code: failure.code,
            message: failure.message,
            retryable: failure.code.retryable(),
            retry_after_ms,
            details,
            request_id: failure.request_id,
        }
    }
}
