//! Why channels refuse something.

use std::time::Duration;

use tutti_core::Failure;
use tutti_protocol::ErrorCode;

/// Why a channel refuses something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No such namespace is configured.
    #[error("no such namespace")]
    NoNamespace,
    /// The caller may not do this here.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The connection listens already.
    #[error("this connection listens to the channel already")]
    AlreadySubscribed,
    /// The connection is gone meanwhile.
    #[error("the connection has ended")]
    NotConnected,
    /// The connection does not listen.
    #[error("this connection does not listen to the channel")]
    NotSubscribed,
    /// So many connections listen that no more may.
    #[error("the channel has its {0} members")]
    Full(usize),
    /// The connection listens to so many channels that it may not listen to more.
    #[error("a connection listens to at most {0} channels")]
    TooManyChannels(usize),
    /// There are so many channels that no more are made.
    #[error("the server has as many channels as it takes")]
    TooManyOnServer,
    /// A text is empty or too long.
    #[error("`{field}` has 1 to {max} bytes")]
    Length {
        /// The field at fault.
        field: &'static str,
        /// Its bound.
        max: usize,
    },
    /// Too many in too short a time.
    #[error("too many publications; wait")]
    TooFast(Duration),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        let bound = |bound: usize| u64::try_from(bound).unwrap_or(u64::MAX);
        match error {
            Error::NoNamespace => Self::new(ErrorCode::NotFound, text).at_field("channel"),
            Error::Forbidden(_) => Self::new(ErrorCode::Forbidden, text),
            Error::AlreadySubscribed | Error::NotSubscribed | Error::NotConnected => {
                Self::new(ErrorCode::Conflict, text)
            }
            Error::Full(max) => Self::new(ErrorCode::Conflict, text).over(bound(max)),
            Error::TooManyChannels(max) => Self::invalid("channel", text).over(bound(max)),
            Error::Length { field, max } => Self::invalid(field, text).over(bound(max)),
            Error::TooManyOnServer => Self::new(ErrorCode::Unavailable, text).retry_after(Duration::from_secs(60)),
            Error::TooFast(wait) => Self::new(ErrorCode::RateLimited, text).retry_after(wait),
        }
    }
}
