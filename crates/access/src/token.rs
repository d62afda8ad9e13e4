//! Tokens: JSON Web Tokens (RFC 7519) signed with HS256, and nothing else. Pure: time is passed in, and the library's
//! own reading of the clock is switched off.
//!
//! Claims that are read: `sub` (the user id) and `exp`, both required; `iat`, `nbf`, `name`, `roles` and `scopes`, if
//! they are there. Times are numbers of seconds and may have a fraction. `aud`, `iss`, `kid` and unknown claims are not
//! looked at; a header that names critical extensions (`crit`) is refused, as RFC 7515 asks of those who know none.

use std::collections::HashSet;
use std::time::Duration;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, TokenData, Validation};
use serde::{Deserialize, Serialize};
use tutti_core::Caller;
use tutti_protocol::{Timestamp, UserId};

use crate::config::Config;
use crate::error::Error;

/// Longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// Longest display name that is taken over from a token, in Unicode characters; the rest is cut off.
pub const MAX_NAME_CHARS: usize = 128;
/// What RFC 7518 asks of an HS256 key, in bytes.
const GOOD_SECRET_BYTES: usize = 32;

/// What a token shall say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whose it is.
    pub user: UserId,
    /// Their display name.
    pub name: Option<String>,
    /// Roles in the application, for example `operator`.
    pub roles: Vec<String>,
    /// What it is good for; empty means everything a user may do.
    pub scopes: Vec<String>,
    /// For how long; cut to the longest the server believes.
    pub ttl: Duration,
}

/// A token that was made.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    /// The token.
    pub token: String,
    /// When it stops being good.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued").field("token", &"[secret]").field("expires_at", &self.expires_at).finish()
    }
}

/// The claims of a token that was presented.
#[derive(Deserialize)]
struct Presented {
    sub: String,
    exp: f64,
    iat: Option<f64>,
    nbf: Option<f64>,
    name: Option<String>,
    roles: Option<Vec<String>>,
    scopes: Option<Vec<String>>,
}

/// The claims of a token of our own.
#[derive(Serialize)]
struct Own<'a> {
    sub: &'a UserId,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    roles: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    scopes: &'a [String],
}

/// Signs tokens with one secret and believes those signed with any of several.
pub struct Keys {
    signing: EncodingKey,
    verifying: Vec<DecodingKey>,
    rules: Validation,
    leeway: Duration,
    max_ttl: Duration,
}

impl Keys {
    /// Keys from the configured secrets. A secret that is shorter than it should be is used, with a warning in the log.
    ///
    /// # Errors
    /// [`Error::NoSecret`].
    pub fn new(config: &Config) -> Result<Self, Error> {
        let first = config.secrets.first().ok_or(Error::NoSecret)?;
        if config.secrets.iter().any(|secret| secret.bytes().is_empty()) {
            return Err(Error::NoSecret);
        }
        if config.secrets.iter().any(|secret| secret.bytes().len() < GOOD_SECRET_BYTES) {
            tracing::warn!(
                "a token secret is shorter than {GOOD_SECRET_BYTES} bytes: tokens can be forged by guessing it"
            );
        }
        Ok(Self {
            signing: EncodingKey::from_secret(first.bytes()),
            verifying: config.secrets.iter().map(|secret| DecodingKey::from_secret(secret.bytes())).collect(),
            rules: only_the_signature(),
            leeway: config.leeway,
            max_ttl: config.max_token_ttl,
        })
    }

    /// Says whose token this is, if it is good at this time. Whether its user was revoked is not known here.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::BadSignature`], [`Error::Expired`], [`Error::NotYetValid`].
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Caller, Error> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Error::Malformed);
        }
        let claims = self.claims(token)?;
        let user = UserId::new(claims.sub).map_err(|_| Error::Malformed)?;
        if claims.nbf.is_some_and(|nbf| now + self.leeway < time(nbf)) {
            return Err(Error::NotYetValid);
        }
        let issued_at = claims.iat.map(time);
        let caller = Caller {
            user,
            name: claims.name.as_deref().and_then(display_name),
            roles: claims.roles.unwrap_or_default(),
            scopes: claims.scopes.unwrap_or_default(),
            issued_at: issued_at.unwrap_or_default(),
            expires_at: time(claims.exp).min(issued_at.unwrap_or(now) + self.max_ttl) + self.leeway,
        };
        if caller.expired(now) { Err(Error::Expired) } else { Ok(caller) }
    }

    /// Makes a token.
    ///
    /// # Errors
    /// [`Error::Signing`].
    pub fn issue(&self, grant: &Grant, now: Timestamp) -> Result<Issued, Error> {
        let ends = now + grant.ttl.min(self.max_ttl);
        let claims = Own {
            sub: &grant.user,
            iat: now.millis() / 1000,
            // Rounded up, so that a short-lived token is not dead on arrival.
            exp: (ends.millis() + 999) / 1000,
            name: grant.name.as_deref(),
            roles: &grant.roles,
            scopes: &grant.scopes,
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing)
            .map_err(|error| Error::Signing(error.to_string()))?;
        let whole = |seconds: i64| Timestamp::from_millis(seconds.saturating_mul(1000));
        Ok(Issued { token, expires_at: whole(claims.exp).min(whole(claims.iat) + self.max_ttl) + self.leeway })
    }

    /// The claims of a token that one of the secrets signed.
    fn claims(&self, token: &str) -> Result<Presented, Error> {
        for key in &self.verifying {
            match jsonwebtoken::decode::<Presented>(token, key, &self.rules) {
                Ok(TokenData { header, claims }) if header.crit.is_none() => return Ok(claims),
                Err(error) if *error.kind() == ErrorKind::InvalidSignature => {}
                Ok(_) | Err(_) => return Err(Error::Malformed),
            }
        }
        Err(Error::BadSignature)
    }
}

/// The library checks the algorithm and the signature; what the claims say is checked here, with our clock.
fn only_the_signature() -> Validation {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.required_spec_claims = HashSet::new();
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.validate_aud = false;
    rules
}

/// A claim's seconds since the epoch, held within the years that exist here. What is finer than a millisecond is cut.
fn time(seconds: f64) -> Timestamp {
    let beyond = if seconds > 0.0 { Duration::MAX } else { Duration::ZERO };
    Timestamp::default() + Duration::try_from_secs_f64(seconds).unwrap_or(beyond)
}

/// A name as it may be shown: without control characters and of bounded length; none if nothing is left.
fn display_name(text: &str) -> Option<String> {
    let name: String = text.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::Secret;

    const SECRET: &str = "a secret of more than thirty-two bytes";
    const OTHER: &str = "another secret of more than thirty-two bytes";
    /// 2025-11-21T11:01:00.300Z
    const NOW: i64 = 1_763_722_860_300;
    /// `{"alg":"none","typ":"JWT"}`
    const NONE: &str = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    /// `{"alg":"RS256","typ":"JWT"}`
    const RS256: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9";

    fn now() -> Timestamp {
        Timestamp::from_millis(NOW)
    }

    fn keys(secrets: &[&str]) -> Keys {
        Keys::new(&Config::with_secrets(secrets.iter().copied().map(Secret::new))).unwrap()
    }

    fn signed(header: &Header, claims: &Value, secret: &str) -> String {
        jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
    }

    fn token(claims: &Value) -> String {
        signed(&Header::new(Algorithm::HS256), claims, SECRET)
    }

    fn verify(claims: &Value) -> Result<Caller, Error> {
        keys(&[SECRET]).verify(&token(claims), now())
    }

    /// Claims that are good for another minute, with others put in.
    fn good(more: &Value) -> Value {
        let mut claims = json!({"sub": "alice", "exp": NOW / 1000 + 60});
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        claims
    }

    fn grant(ttl: Duration) -> Grant {
        Grant {
            user: UserId::new("alice").unwrap(),
            name: Some("Alice".into()),
            roles: vec!["operator".into()],
            scopes: vec!["publish".into()],
            ttl,
        }
    }

    #[test]
    fn what_is_issued_is_believed_and_says_the_same() {
        let keys = keys(&[SECRET]);
        let issued = keys.issue(&grant(Duration::from_secs(3600)), now()).unwrap();
        let caller = keys.verify(&issued.token, now()).unwrap();
        assert_eq!(caller.user.as_str(), "alice");
        assert_eq!(caller.name.as_deref(), Some("Alice"));
        assert!(caller.has_role("operator") && caller.scopes == ["publish"]);
        assert_eq!(caller.issued_at, Timestamp::from_millis(NOW / 1000 * 1000));
        assert_eq!(caller.expires_at, issued.expires_at);
        assert_eq!(issued.expires_at, Timestamp::from_millis((NOW / 1000 + 3601) * 1000), "rounded up");
    }

    #[test]
    fn a_token_as_an_application_makes_it() {
        let bare = verify(&good(&json!({}))).unwrap();
        assert_eq!((bare.name, bare.roles, bare.scopes), (None, vec![], vec![]));
        assert_eq!(bare.issued_at, Timestamp::default());
        let nulls = json!({"name": null, "roles": null, "scopes": null, "iat": null, "nbf": null});
        assert!(verify(&good(&nulls)).is_ok());
        assert!(verify(&good(&json!({"aud": "shop", "iss": "shop", "custom": {"deep": []}}))).is_ok());
        let exact = verify(&good(&json!({"iat": NOW as f64 / 1000.0 - 0.25}))).unwrap();
        assert!((exact.issued_at.millis() - (NOW - 250)).abs() <= 1, "a fraction counts");
    }

    #[test]
    fn names_are_made_fit_to_be_shown() {
        let name = |text: &str| verify(&good(&json!({"name": text}))).unwrap().name;
        assert_eq!(name("  Ada\u{0}\n "), Some("Ada".into()));
        assert_eq!(name(" \t"), None);
        assert_eq!(name(&"ä".repeat(500)), Some("ä".repeat(MAX_NAME_CHARS)));
    }

    #[test]
    fn claims_that_are_missing_or_ill_typed_are_malformed() {
        for claims in [
            json!({"exp": NOW}),
            json!({"sub": "alice"}),
            json!({"sub": "alice", "exp": "tomorrow"}),
            json!({"sub": "alice", "exp": null}),
            json!([]),
            good(&json!({"sub": 7})),
            good(&json!({"sub": ""})),
            good(&json!({"sub": "a\nb"})),
            good(&json!({"sub": "x".repeat(200)})),
            good(&json!({"name": 7})),
            good(&json!({"roles": "operator"})),
            good(&json!({"scopes": [1]})),
            good(&json!({"iat": "now"})),
        ] {
            assert_eq!(verify(&claims), Err(Error::Malformed), "{claims}");
        }
    }

    #[test]
    fn what_is_not_a_token_is_malformed() {
        let good = token(&good(&json!({})));
        let keys = keys(&[SECRET]);
        let spoiled = [&good[1..], &format!("{good}.x"), &format!(" {good}")];
        for text in ["", ".", "..", "...", "alice", "a.b.c", "\u{0}.\u{0}.\u{0}"].into_iter().chain(spoiled) {
            assert_eq!(keys.verify(text, now()), Err(Error::Malformed), "{text:?}");
        }
    }

    #[test]
    fn a_token_over_the_length_is_malformed_and_one_at_it_is_not() {
        let keys = keys(&[SECRET]);
        let sized = |pad: usize| token(&good(&json!({"pad": "x".repeat(pad)})));
        let longest = (5_000..7_000).map(sized).take_while(|token| token.len() <= MAX_TOKEN_BYTES).last().unwrap();
        assert!(keys.verify(&longest, now()).is_ok());
        assert_eq!(keys.verify(&sized(7_000), now()), Err(Error::Malformed));
    }

    #[test]
    fn a_wrong_or_missing_signature_is_refused() {
        let keys = keys(&[SECRET]);
        let good = good(&json!({}));
        let foreign = signed(&Header::new(Algorithm::HS256), &good, OTHER);
        assert_eq!(keys.verify(&foreign, now()), Err(Error::BadSignature));
        let token = token(&good);
        let (message, signature) = token.rsplit_once('.').unwrap();
        assert_eq!(keys.verify(&format!("{message}."), now()), Err(Error::BadSignature));
        assert_eq!(keys.verify(&format!("{message}.{}", &signature[..20]), now()), Err(Error::BadSignature));
        let other = self::token(&self::good(&json!({"sub": "bob"})));
        let (bobs, _) = other.rsplit_once('.').unwrap();
        assert_eq!(keys.verify(&format!("{bobs}.{signature}"), now()), Err(Error::BadSignature));
    }

    #[test]
    fn no_other_algorithm_is_believed() {
        let keys = keys(&[SECRET]);
        let good = good(&json!({}));
        for algorithm in [Algorithm::HS384, Algorithm::HS512] {
            let token = signed(&Header::new(algorithm), &good, SECRET);
            assert_eq!(keys.verify(&token, now()), Err(Error::Malformed), "{algorithm:?}");
        }
        let token = token(&good);
        let (_, rest) = token.split_once('.').unwrap();
        let (claims, _) = rest.split_once('.').unwrap();
        for header in [NONE, RS256] {
            assert_eq!(keys.verify(&format!("{header}.{claims}."), now()), Err(Error::Malformed));
            // Signed with our secret under a foreign header: what confuses libraries that believe the header.
            let message = format!("{header}.{claims}");
            let key = EncodingKey::from_secret(SECRET.as_bytes());
            let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
            assert_eq!(keys.verify(&format!("{message}.{signature}"), now()), Err(Error::Malformed));
        }
    }

    #[test]
    fn a_header_with_critical_extensions_is_refused() {
        let header = Header { crit: Some(vec!["b64".into()]), ..Header::new(Algorithm::HS256) };
        assert_eq!(keys(&[SECRET]).verify(&signed(&header, &good(&json!({})), SECRET), now()), Err(Error::Malformed));
    }

    #[test]
    fn secrets_rotate_without_anybody_noticing() {
        let (old, both, new) = (keys(&[OTHER]), keys(&[SECRET, OTHER]), keys(&[SECRET]));
        let before = old.issue(&grant(Duration::from_secs(60)), now()).unwrap().token;
        let after = both.issue(&grant(Duration::from_secs(60)), now()).unwrap().token;
        assert!(both.verify(&before, now()).is_ok() && both.verify(&after, now()).is_ok());
        assert!(new.verify(&after, now()).is_ok(), "the first secret signs");
        assert_eq!(new.verify(&before, now()), Err(Error::BadSignature));
    }

    #[test]
    fn without_a_secret_there_are_no_keys() {
        for secrets in [vec![], vec![Secret::new("")], vec![Secret::new(SECRET), Secret::new("")]] {
            assert_eq!(Keys::new(&Config::with_secrets(secrets)).err(), Some(Error::NoSecret));
        }
        assert_eq!(format!("{:?}", Config::with_secrets([Secret::new(SECRET)]).secrets), "[[secret]]");
    }

    #[test]
    fn a_token_is_good_from_nbf_to_exp_by_the_clock_that_is_passed_in() {
        let token = token(&json!({"sub": "alice", "nbf": 1_000, "exp": 2_000}));
        let at = |leeway: u64, millis: i64| {
            let mut config = Config::with_secrets([Secret::new(SECRET)]);
            config.leeway = Duration::from_secs(leeway);
            Keys::new(&config).unwrap().verify(&token, Timestamp::from_millis(millis)).map(|_| ())
        };
        assert_eq!(at(0, 999_999), Err(Error::NotYetValid));
        assert_eq!(at(0, 1_000_000), Ok(()));
        assert_eq!(at(0, 1_999_999), Ok(()));
        assert_eq!(at(0, 2_000_000), Err(Error::Expired));
        assert_eq!(at(5, 994_999), Err(Error::NotYetValid));
        assert_eq!(at(5, 995_000), Ok(()));
        assert_eq!(at(5, 2_004_999), Ok(()));
        assert_eq!(at(5, 2_005_000), Err(Error::Expired));
    }

    #[test]
    fn no_token_counts_for_longer_than_is_allowed() {
        let month = Duration::from_secs(30 * 24 * 60 * 60);
        let keys = keys(&[SECRET]);
        let undated = token(&json!({"sub": "alice", "exp": 9_999_999_999_u64}));
        assert_eq!(keys.verify(&undated, now()).unwrap().expires_at, now() + month);
        let dated = token(&json!({"sub": "alice", "iat": NOW / 1000, "exp": 1e300}));
        let until = Timestamp::from_millis(NOW / 1000 * 1000) + month;
        assert_eq!(keys.verify(&dated, now()).unwrap().expires_at, until);
        assert_eq!(keys.verify(&dated, until), Err(Error::Expired));
        let issued = keys.issue(&grant(month * 12), now()).unwrap();
        assert_eq!(issued.expires_at, until);
        assert_eq!(keys.verify(&issued.token, now()).unwrap().expires_at, until);
        assert_eq!(verify(&json!({"sub": "alice", "exp": -5})), Err(Error::Expired));
    }

    #[test]
    fn a_failure_tells_a_forger_nothing_and_an_owner_what_is_wrong() {
        use tutti_core::Failure;
        use tutti_protocol::ErrorCode;
        let said = |error: Error| Failure::from(error);
        assert_eq!(said(Error::Malformed), said(Error::BadSignature));
        for error in [Error::Malformed, Error::BadSignature, Error::Expired, Error::NotYetValid, Error::Revoked] {
            assert_eq!(said(error).code, ErrorCode::Unauthenticated);
        }
        assert_eq!(said(Error::Expired).message, "This token has expired.");
        assert_eq!(said(Error::Signing("the key file".into())).message, ErrorCode::Internal.meaning());
    }
}
