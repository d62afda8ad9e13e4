//! Why access is refused, and how that looks from outside: a forger learns nothing, the owner of a good token that no
//! longer counts learns why.

use tutti_core::Failure;
use tutti_protocol::ErrorCode;

use crate::key::MAX_KEY_NAME_CHARS;

/// Why a token or a key was not believed, or something else was not carried out.
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
    /// An API key, where only a user's token will do.
    #[error("an API key is no user's token")]
    KeyNotToken,
    /// Not an API key, or one of an unknown id, revoked, or with another secret.
    #[error("the API key is not valid")]
    BadKey,
    /// No key has this id.
    #[error("there is no API key with this id")]
    UnknownKey,
    /// A key shall have a name that is empty, too long, or cannot be shown.
    #[error("a key's name has 1 to {MAX_KEY_NAME_CHARS} characters, and no control characters")]
    KeyName,
    /// A key shall be good for nothing.
    #[error("a key has at least one scope")]
    NoScope,
    /// A word that is no scope.
    #[error("a scope is `publish` or `read`")]
    UnknownScope,
    /// The system gave no random bytes to make a key of.
    #[error("the system gives no random bytes")]
    NoRandomness,
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
            Error::KeyNotToken => refused("An API key is only for server routes, in the Authorization header."),
            Error::BadKey => refused("This API key is not valid."),
            Error::UnknownKey => Self::new(ErrorCode::NotFound, error.to_string()),
            Error::KeyName => Self::invalid("name", error.to_string()),
            Error::NoScope | Error::UnknownScope => Self::invalid("scopes", error.to_string()),
            Error::NoSecret | Error::Signing(_) | Error::NoRandomness => Self::internal(&error),
            Error::Store(failure) => failure,
        }
    }
}
