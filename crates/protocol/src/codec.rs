//! The two encodings of a frame: JSON in text frames, MessagePack in binary frames. They mean the same.
//!
//! Compression and the framing of RFC 6455 are the gateway's.

use std::cell::Cell;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::frame::{Head, Ref, Request};

/// Which encoding a connection speaks, by its WebSocket sub-protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// `tutti.v1.json`: text frames; also when no sub-protocol is offered.
    Json,
    /// `tutti.v1.msgpack`: binary frames with named fields.
    MsgPack,
}

/// How much room for writing each thread keeps, in bytes.
const MAX_SCRATCH: usize = 65_536;

thread_local! {
    /// Where a value is written before its length is known.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Why bytes are not a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    /// The request's `ref`, when it could still be read.
    pub reference: Option<Ref>,
    /// What is wrong, for a person.
    pub message: String,
    /// The field at fault, when it is known.
    pub field: Option<String>,
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DecodeError {}

impl Codec {
    /// The WebSocket sub-protocol that selects the encoding.
    #[must_use]
    pub fn subprotocol(self) -> &'static str {
        match self {
            Self::Json => "tutti.v1.json",
            Self::MsgPack => "tutti.v1.msgpack",
        }
    }

    /// The encoding that a sub-protocol selects.
    #[must_use]
    pub fn from_subprotocol(name: &str) -> Option<Self> {
        [Self::Json, Self::MsgPack].into_iter().find(|codec| codec.subprotocol() == name)
    }

    /// Writes any value of this crate.
    ///
    /// # Panics
    /// Never for values of this crate: their maps have string keys, which both encodings can write.
    #[must_use]
    pub fn encode<T: Serialize>(self, value: &T) -> Vec<u8> {
        self.with_encoded(value, <[u8]>::to_vec)
    }

    /// Writes a value into the thread's own buffer and hands that over: no buffer has to grow with it.
    ///
    /// # Panics
    /// As [`Codec::encode`].
    pub fn with_encoded<T: Serialize, R>(self, value: &T, then: impl FnOnce(&[u8]) -> R) -> R {
        let mut scratch = SCRATCH.take();
        scratch.clear();
        self.encode_into(value, &mut scratch);
        let result = then(&scratch);
        if scratch.capacity() <= MAX_SCRATCH {
            SCRATCH.set(scratch);
        }
        result
    }

    fn encode_into<T: Serialize>(self, value: &T, out: &mut Vec<u8>) {
        match self {
            Self::Json => {
                serde_json::to_writer(out, value).expect("wire values have string keys and no failing serializers");
            }
            Self::MsgPack => value
                .serialize(&mut rmp_serde::Serializer::new(out).with_struct_map())
                .expect("writing to a Vec cannot fail for wire values"),
        }
    }

    /// Reads any value of this crate.
    ///
    /// # Errors
    /// Bytes that are not the encoding, or not the value; the error names the field when it is known.
    pub fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, DecodeError> {
        // Keeping track of the field costs as much as the reading, and only an error wants to know it.
        match self.decode_untracked(bytes) {
            Some(value) => Ok(value),
            None => self.decode_tracked(bytes),
        }
    }

    fn decode_untracked<T: DeserializeOwned>(self, bytes: &[u8]) -> Option<T> {
        match self {
            Self::Json => serde_json::from_slice(bytes).ok(),
            Self::MsgPack => {
                let mut rest = bytes;
                let mut reader = rmp_serde::Deserializer::new(&mut rest);
                reader.set_max_depth(MAX_DEPTH);
                let value = T::deserialize(&mut reader).ok()?;
                rest.is_empty().then_some(value)
            }
        }
    }

    fn decode_tracked<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, DecodeError> {
        match self {
            Self::Json => {
                let mut reader = serde_json::Deserializer::from_slice(bytes);
                let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| at_field(&error))?;
                reader.end().map_err(|error| not_readable(&error))?;
                Ok(value)
            }
            Self::MsgPack => {
                let mut rest = bytes;
                let mut reader = rmp_serde::Deserializer::new(&mut rest);
                reader.set_max_depth(MAX_DEPTH);
                let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| at_field(&error))?;
                if !rest.is_empty() {
                    return Err(not_readable(&"bytes follow after the frame"));
                }
                Ok(value)
            }
        }
    }

    /// Reads a value that must be written as an object.
    ///
    /// # Errors
    /// As [`Codec::decode`]; anything but an object is an error too.
    pub fn decode_object<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, DecodeError> {
        if !self.starts_an_object(bytes) {
            return Err(not_readable(&"it is no object"));
        }
        self.decode(bytes)
    }

    /// Reads a request: its head first, so that even a broken body can be answered under its `ref`.
    ///
    /// # Errors
    /// As [`Codec::decode`]; an unknown `type` is an error too.
    pub fn decode_request(self, bytes: &[u8]) -> Result<Request, DecodeError> {
        let head: Head =
            self.decode_object(bytes).map_err(|error| DecodeError { reference: self.reference(bytes), ..error })?;
        let with_ref = |error: DecodeError| DecodeError { reference: head.reference.clone(), ..error };
        let kind = head.kind.as_deref().ok_or_else(|| {
            with_ref(DecodeError {
                reference: None,
                message: "missing field `type`".into(),
                field: Some("type".into()),
            })
        })?;
        let command = crate::command::Command::decode(self, kind, bytes).map_err(with_ref)?;
        Ok(Request { reference: head.reference, command })
    }

    /// The readers of structures also take arrays, by position, which no frame is.
    fn starts_an_object(self, bytes: &[u8]) -> bool {
        match self {
            Self::Json => bytes.trim_ascii_start().starts_with(b"{"),
            Self::MsgPack => matches!(bytes.first(), Some(0x80..=0x8f | 0xde | 0xdf)),
        }
    }

    /// The `ref` of a request whose `type` is not even a text.
    fn reference(self, bytes: &[u8]) -> Option<Ref> {
        self.decode_object::<OnlyRef>(bytes).ok().and_then(|only| only.reference)
    }
}

#[derive(Deserialize)]
struct OnlyRef {
    #[serde(default, rename = "ref")]
    reference: Option<Ref>,
}

/// Reads a field that was sent as `null` as one that was left out; many clients say "none" that way.
///
/// # Errors
/// Whatever reading the value fails with.
pub fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + serde::Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A value inside another that must be written as an object.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Map<T> {
            type Value = T;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(serde::de::value::MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_map(Map(std::marker::PhantomData)).map(Self)
    }
}

/// Reads a field that is an object, or left out.
///
/// # Errors
/// Anything else, and whatever reading the value fails with.
pub fn object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|object| object.0))
}

/// Reads a field that is a list of objects, or left out.
///
/// # Errors
/// Anything else, and whatever reading the values fails with.
pub fn objects<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    let objects = Option::<Vec<Object<T>>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(objects.into_iter().map(|object| object.0).collect())
}

/// How deep MessagePack values may nest; serde_json has the same bound built in.
const MAX_DEPTH: usize = 128;

fn not_readable(error: &dyn std::fmt::Display) -> DecodeError {
    DecodeError { reference: None, message: format!("not a frame: {error}"), field: None }
}

fn at_field<E: std::error::Error>(error: &serde_path_to_error::Error<E>) -> DecodeError {
    let message = error.inner().to_string();
    // What is missing has no place of its own: the path ends at the object that lacks it.
    let path = Some(error.path().to_string()).filter(|path| path != "." && !path.contains('?'));
    let field = match (path, missing_field(&message)) {
        (Some(path), Some(missing)) => Some(format!("{path}.{missing}")),
        (path, missing) => path.or(missing),
    };
    DecodeError { reference: None, message, field }
}

/// The field that serde says is missing: `missing field `name` at line ...`.
fn missing_field(message: &str) -> Option<String> {
    let rest = message.strip_prefix("missing field `")?;
    rest.split('`').next().map(str::to_owned)
}
