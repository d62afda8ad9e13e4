//! Why presence refuses something, and how that looks from outside.

use tutti_core::Failure;
use tutti_protocol::ErrorCode;

use crate::model::MAX_TEXT_CHARS;

/// Why a request was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text beside the status is too long.
    #[error("the status text has at most {MAX_TEXT_CHARS} characters")]
    TextTooLong,
    /// The text beside the status has control characters.
    #[error("the status text has no control characters")]
    TextHasControls,
    /// A status lives as long as its user is connected, and this one is not.
    #[error("a status can be set only while connected")]
    NotConnected,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Failure),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::TextTooLong => Self::invalid("text", text).over(MAX_TEXT_CHARS as u64),
            Error::TextHasControls => Self::invalid("text", text),
            Error::NotConnected => Self::new(ErrorCode::Conflict, text),
            Error::Store(failure) => failure,
        }
    }
}
