//! Identifiers. On the wire every one of them is a string; what a client may rely on is equality, and for the
//! numbered ones that a later thing has a greater number.
//!
//! How numbers are made (time, node, counter) is `core::snowflake`'s business.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize, Serializer};

/// Longest user id, in bytes.
pub const MAX_USER_ID_BYTES: usize = 128;

/// A text that is not a usable identifier; the message says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadId(&'static str);

impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for BadId {}

/// A number that travels as a decimal string, because JavaScript numbers end at 2^53.
///
/// Ids are opaque to clients, so *any* string is a well-formed id. One that was never issued reads as zero, which
/// stands for "no such thing" everywhere: a lookup with it finds nothing and answers `not_found`.
macro_rules! numbered_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub u64);

        impl $name {
            /// The id as the signed integer that databases hold. Issued ids stay under 2^63.
            #[must_use]
            pub fn as_i64(self) -> i64 {
                i64::try_from(self.0).unwrap_or(0)
            }

            /// The id a database held; a negative number, which no id is, reads as zero.
            #[must_use]
            pub fn from_i64(value: i64) -> Self {
                Self(u64::try_from(value).unwrap_or(0))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self(text.parse::<u64>().ok().filter(|n| i64::try_from(*n).is_ok()).unwrap_or(0)))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl de::Visitor<'_> for Text {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an id as a string")
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        Ok(text.parse().unwrap_or_default())
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                String::schema()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}

numbered_id!(
    /// A message. Unique on the server, time-ordered.
    MessageId
);
numbered_id!(
    /// A conversation.
    ConversationId
);
numbered_id!(
    /// A durable event; what a client hands back to resume.
    EventId
);
numbered_id!(
    /// One open connection.
    ConnectionId
);

/// What every checked text is on the wire: a string that reads back only if it passes the check.
macro_rules! text_id {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        /// It is found in sorted and hashed collections by its text: both compare as the text does.
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(text).map_err(de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                String::schema()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}

/// A user, by the id that the application's own tokens carry in `sub`: 1 to 128 bytes without control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(Arc<str>);

impl UserId {
    /// Checks and wraps a user id.
    ///
    /// # Errors
    /// An empty text, one over [`MAX_USER_ID_BYTES`], or one with control characters.
    pub fn new(text: impl Into<Arc<str>>) -> Result<Self, BadId> {
        let text = text.into();
        if text.is_empty() {
            Err(BadId("a user id cannot be empty"))
        } else if text.len() > MAX_USER_ID_BYTES {
            Err(BadId("a user id has at most 128 bytes"))
        } else if text.chars().any(char::is_control) {
            Err(BadId("a user id has no control characters"))
        } else {
            Ok(Self(text))
        }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_id!(UserId);

/// Longest channel name, in bytes.
pub const MAX_CHANNEL_BYTES: usize = 255;

/// A channel: `namespace:rest`. The namespace is lower-case ASCII letters, digits, `_` and `-`; the rest is anything
/// without control characters; 255 bytes in all.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelName(Arc<str>);

impl ChannelName {
    /// Checks and wraps a name.
    ///
    /// # Errors
    /// One that has no namespace, no rest, is over [`MAX_CHANNEL_BYTES`], or has characters that are not allowed.
    pub fn new(text: impl Into<Arc<str>>) -> Result<Self, BadId> {
        let text = text.into();
        let Some((namespace, rest)) = text.split_once(':') else {
            return Err(BadId("a channel is named `namespace:rest`"));
        };
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        if namespace.is_empty() || rest.is_empty() {
            Err(BadId("a channel is named `namespace:rest`"))
        } else if text.len() > MAX_CHANNEL_BYTES {
            Err(BadId("a channel's name has at most 255 bytes"))
        } else if !namespace.bytes().all(plain) {
            Err(BadId("a namespace is lower-case letters, digits, `_` and `-`"))
        } else if rest.chars().any(char::is_control) {
            Err(BadId("a channel's name has no control characters"))
        } else {
            Ok(Self(text))
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the first colon.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.0.split_once(':').map_or(&*self.0, |(namespace, _)| namespace)
    }
}

text_id!(ChannelName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_ids_travel_as_strings() {
        let id = MessageId(9_007_199_254_740_993);
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"9007199254740993\"");
        assert_eq!(serde_json::from_str::<MessageId>("\"9007199254740993\"").unwrap(), id);
    }

    #[test]
    fn a_string_that_was_never_issued_is_a_well_formed_id_of_nothing() {
        for text in ["\"nope\"", "\"\"", "\"-4\"", "\"18446744073709551615\""] {
            assert_eq!(serde_json::from_str::<ConversationId>(text).unwrap(), ConversationId(0), "{text}");
        }
        assert!(serde_json::from_str::<ConversationId>("12").is_err(), "a bare number is ill-typed");
    }

    #[test]
    fn a_channel_has_a_namespace_and_a_rest() {
        assert_eq!(ChannelName::new("game_2:room:7").unwrap().namespace(), "game_2");
        for bad in ["", "room", ":room", "game:", "Game:7", "ga me:7", "game:a\nb"] {
            assert!(ChannelName::new(bad).is_err(), "{bad:?}");
        }
        assert!(ChannelName::new(format!("n:{}", "x".repeat(MAX_CHANNEL_BYTES - 2))).is_ok());
        assert!(ChannelName::new(format!("n:{}", "x".repeat(MAX_CHANNEL_BYTES - 1))).is_err());
    }

    #[test]
    fn user_ids_are_bounded_and_printable() {
        assert!(UserId::new("alice").is_ok());
        assert!(UserId::new("").is_err());
        assert!(UserId::new("a\nb").is_err());
        assert!(UserId::new("x".repeat(MAX_USER_ID_BYTES)).is_ok());
        assert!(UserId::new("x".repeat(MAX_USER_ID_BYTES + 1)).is_err());
    }
}
