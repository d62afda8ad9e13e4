//! Why access is refused, and how that looks from outside: a forger learns nothing, the owner of a good token that no
//! longer counts learns why.

use tutti_core::Failure;
use tutti_protocol::ErrorCode;

/// Why a token was not believed, or something else was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a JWT, too long, not HS256, or its claims are not what they must be.
    #[error("the token is malformed")]
    Malformed,
    /// Signed with none of the configured secrets.
    #[error("the token's signature is wrong")]
    BadSignature,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come (`nbf`).
    #[error("the token is not valid yet")]
    NotYetValid,
    /// The user was revoked after it was issued.
    #[error("the token was revoked")]
    Revoked,
    /// The configuration has no secret, or an empty one.
    #[error("no token secret is configured")]
    NoSecret,
    /// A token could not be made.
    #[error("the token could not be signed: {0}")]
    Signing(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Failure),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let refused = |text: &str| Self::new(ErrorCode::Unauthenticated, text);
        match error {
            Error::Malformed | Error::BadSignature => refused("This token is not valid."),
            Error::Expired => refused("This token has expired."),
            Error::NotYetValid => refused("This token is not valid yet."),
            Error::Revoked => refused("This token was revoked."),
            Error::NoSecret | Error::Signing(_) => Self::internal(&error),
            Error::Store(failure) => failure,
        }
    }
}
