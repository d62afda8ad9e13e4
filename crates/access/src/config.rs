//! The settings of access. Where they are read from is the server's business.

use std::fmt;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A secret that signs tokens; its bytes are the HMAC key. RFC 7518 asks for at least 32 of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret, so that it is not printed by accident.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Which tokens are believed, for how long, and how much is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The first signs, all verify. To rotate: put the new one first, drop the old one when its tokens have run out.
    pub secrets: Vec<Secret>,
    /// How far the clocks of whoever issues tokens may be off: a token is good that much before `nbf` and after `exp`.
    pub leeway: Duration,
    /// For how long a token counts at most, whatever its `exp` says: from its `iat`, or from each time it is presented
    /// when it has none.
    pub max_token_ttl: Duration,
    /// How long a revocation is remembered; never less than `max_token_ttl`, after which tokens with an `iat` have run
    /// out by themselves. A token *without* `iat` that is signed for longer than this outlives the revocation.
    pub keep_revocations: Duration,
    /// How many users are remembered as written to the directory, to spare writing them again.
    pub directory_cache: usize,
}

impl Config {
    /// The defaults, with these secrets.
    #[must_use]
    pub fn with_secrets(secrets: impl IntoIterator<Item = Secret>) -> Self {
        Self {
            secrets: secrets.into_iter().collect(),
            leeway: Duration::ZERO,
            max_token_ttl: 30 * DAY,
            keep_revocations: 366 * DAY,
            directory_cache: 10_000,
        }
    }
}
