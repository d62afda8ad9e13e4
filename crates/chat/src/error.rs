//! Why chat refuses something.

use std::time::Duration;

use tutti_core::Failure;
use tutti_protocol::ErrorCode;

/// Why chat refuses something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or the caller may not know of it.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The caller may know of it but not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// A value is out of bounds.
    #[error("{message}")]
    Invalid {
        /// The field at fault.
        field: &'static str,
        /// What is wrong with it.
        message: String,
        /// The bound that was crossed, if it is one.
        limit: Option<usize>,
    },
    /// It does not say what it is about.
    #[error("{message}")]
    Unclear {
        /// A field that is missing, or one too many.
        field: &'static str,
        /// What would be clear.
        message: &'static str,
    },
    /// The state does not allow it.
    #[error("{0}")]
    Conflict(&'static str),
    /// The store cannot take it now.
    #[error("the store is busy")]
    Busy,
    /// The store failed; the text is for the log only.
    #[error("store: {0}")]
    Store(String),
}

impl Error {
    /// A value that crosses a bound.
    pub(crate) fn over(field: &'static str, limit: usize, unit: &str) -> Self {
        Self::Invalid { field, message: format!("`{field}` has at most {limit} {unit}"), limit: Some(limit) }
    }

    /// A value that is wrong in some other way.
    pub(crate) fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { field, message: message.into(), limit: None }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(_) => Self::new(ErrorCode::NotFound, error.to_string()),
            Error::Forbidden(why) => Self::new(ErrorCode::Forbidden, why),
            Error::Invalid { field, message, limit } => {
                let failure = Self::invalid(field, message);
                match limit {
                    Some(limit) => failure.over(u64::try_from(limit).unwrap_or(u64::MAX)),
                    None => failure,
                }
            }
            Error::Unclear { field, message } => Self::new(ErrorCode::InvalidRequest, message).at_field(field),
            Error::Conflict(why) => Self::new(ErrorCode::Conflict, why),
            Error::Busy => Self::unavailable(Duration::from_secs(1)),
            Error::Store(cause) => Self::internal(&cause),
        }
    }
}
