//! API keys: what a server back-end shows instead of a user's token. Pure: time is passed in; only making a key asks the
//! system, for random bytes.
//!
//! A key reads `tutti_key_<id>_<secret>`: the id is 16 hexadecimal digits, the secret 43 characters of base64url, which
//! are 32 random bytes. The id is no secret. Of the secret only a SHA-256 is kept; a slow hash would add nothing, for
//! nobody guesses 256 random bits. Keys are made and revoked by whoever has the data directory, so their number is not
//! bounded here. Which routes take a key, and who counts its requests, is for the edges to decide.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use aws_lc_rs::{constant_time, digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tutti_protocol::Timestamp;

use crate::error::Error;

/// What every key starts with, and no token does.
pub const KEY_PREFIX: &str = "tutti_key_";
/// Longest name of a key, in Unicode characters.
pub const MAX_KEY_NAME_CHARS: usize = 100;
/// The digits of an id: 8 random bytes.
const ID_CHARS: usize = 16;
/// The characters of a secret: 32 random bytes.
const SECRET_CHARS: usize = 43;

/// Whether a text is meant to be an API key, good or bad.
#[must_use]
pub fn is_key(text: &str) -> bool {
    text.starts_with(KEY_PREFIX)
}

/// What a key is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Publishing.
    Publish,
    /// Reading what was published, and who is there.
    Read,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Publish, Self::Read];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Read => "read",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or(Error::UnknownScope)
    }
}

/// Which key; part of the key's text, and no secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that can be no id is an id of no key: [`Error::UnknownKey`].
impl FromStr for KeyId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fits = text.len() == ID_CHARS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if fits { Ok(Self(text.to_owned())) } else { Err(Error::UnknownKey) }
    }
}

/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Which one.
    pub id: KeyId,
    /// What its maker calls it, to know it by in a list.
    pub name: String,
    /// What it is good for: at least one scope, in order, none twice.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl ApiKey {
    /// Whether the key is good for this. No scope contains another.
    #[must_use]
    pub fn allows(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

/// What is kept of a secret. Comparing two takes the same time wherever they differ.
#[derive(Clone)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// What was kept.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What is to be kept.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The SHA-256 of a secret as it is written.
    fn of(secret: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, secret.as_bytes()).as_ref());
        Self(bytes)
    }
}

impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for SecretHash {}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hash]")
    }
}

/// A key as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The key.
    pub key: ApiKey,
    /// What is kept of its secret.
    pub secret_hash: SecretHash,
}

/// A key that was just made: the only time that its text is there.
#[derive(Clone, PartialEq, Eq)]
pub struct NewKey {
    /// What is to be kept.
    pub stored: StoredKey,
    /// What its owner presents.
    pub text: String,
}

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewKey").field("stored", &self.stored).field("text", &"[secret]").finish()
    }
}

impl NewKey {
    /// Makes a key. It counts once it is kept in a store. Blanks around the name are dropped.
    ///
    /// # Errors
    /// [`Error::KeyName`], [`Error::NoScope`], [`Error::NoRandomness`].
    pub fn mint(name: &str, scopes: &[Scope], now: Timestamp) -> Result<Self, Error> {
        let (name, scopes) = (checked_name(name)?, checked_scopes(scopes)?);
        let id = random_id()?;
        let secret = URL_SAFE_NO_PAD.encode(random::<32>()?);
        let text = format!("{KEY_PREFIX}{id}_{secret}");
        let key = ApiKey { id, name, scopes, created_at: now };
        Ok(Self { stored: StoredKey { key, secret_hash: SecretHash::of(&secret) }, text })
    }
}

fn checked_name(name: &str) -> Result<String, Error> {
    let name = name.trim();
    let fits = (1..=MAX_KEY_NAME_CHARS).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(Error::KeyName) }
}

fn checked_scopes(scopes: &[Scope]) -> Result<Vec<Scope>, Error> {
    let mut scopes = scopes.to_vec();
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() { Err(Error::NoScope) } else { Ok(scopes) }
}

fn random_id() -> Result<KeyId, Error> {
    let mut id = String::with_capacity(ID_CHARS);
    for byte in random::<{ ID_CHARS / 2 }>()? {
        // Writing into a text cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    Ok(KeyId(id))
}

fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| Error::NoRandomness)?;
    Ok(bytes)
}

/// What somebody presented: which key, and what they say its secret is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Presented {
    /// Which key.
    pub(crate) id: KeyId,
    secret: SecretHash,
}

impl Presented {
    /// Reads a key's text.
    ///
    /// # Errors
    /// [`Error::BadKey`] for what can be no key.
    pub(crate) fn read(text: &str) -> Result<Self, Error> {
        let (id, secret) = text.strip_prefix(KEY_PREFIX).and_then(|rest| rest.split_once('_')).ok_or(Error::BadKey)?;
        let id = id.parse().map_err(|_| Error::BadKey)?;
        let written = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if secret.len() != SECRET_CHARS || !secret.bytes().all(written) {
            return Err(Error::BadKey);
        }
        Ok(Self { id, secret: SecretHash::of(secret) })
    }

    /// The key that is kept under the id, if the secret is the right one.
    ///
    /// # Errors
    /// [`Error::BadKey`] when it is not, or when none is kept.
    pub(crate) fn check(&self, kept: Option<StoredKey>) -> Result<ApiKey, Error> {
        let right = kept.filter(|kept| kept.key.id == self.id && kept.secret_hash == self.secret);
        right.map(|kept| kept.key).ok_or(Error::BadKey)
    }
}

#[cfg(test)]
mod tests;
