//! Tokens for the users of a measurement, signed as an application signs them (HS256).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde::Serialize;

/// How long a token is good.
const TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// Signs tokens.
pub(crate) struct Signer {
    key: EncodingKey,
    expires: u64,
}

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    exp: u64,
}

impl Signer {
    /// Signs with this secret of the server.
    pub(crate) fn new(secret: &str) -> Result<Self> {
        let expires = (today() + TTL).duration_since(UNIX_EPOCH).context("the clock is before 1970")?.as_secs();
        Ok(Self { key: EncodingKey::from_secret(secret.as_bytes()), expires })
    }

    /// A token for a user.
    pub(crate) fn token(&self, user: &str) -> Result<String> {
        encode(&Header::default(), &Claims { sub: user, exp: self.expires }, &self.key).context("no token")
    }
}

#[expect(clippy::disallowed_methods, reason = "a token for a real server needs the real time")]
fn today() -> SystemTime {
    SystemTime::now()
}
