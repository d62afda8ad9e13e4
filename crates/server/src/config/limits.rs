//! How often a user may do what, as it stands in the settings: `count/seconds`, a line for each operation. Counting is `api`'s.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tutti_api::{Operation, Rates};
use tutti_core::limits::Rate;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// How often a user may do what: a line for each operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<Operation, PerTime>")]
pub struct Limits(BTreeMap<Operation, PerTime>);

impl Default for Limits {
    fn default() -> Self {
        Self::from(BTreeMap::new())
    }
}

/// Operations that are not named have their defaults.
impl From<BTreeMap<Operation, PerTime>> for Limits {
    fn from(named: BTreeMap<Operation, PerTime>) -> Self {
        let mut all: BTreeMap<Operation, PerTime> =
            Operation::ALL.into_iter().map(|operation| (operation, operation.default_rate().into())).collect();
        all.extend(named);
        Self(all)
    }
}

impl Limits {
    /// Sets one rate.
    pub fn set(&mut self, operation: Operation, rate: PerTime) {
        self.0.insert(operation, rate);
    }

    /// The rates as the API takes them.
    #[must_use]
    pub fn rates(&self) -> Rates {
        self.0.iter().map(|(operation, rate)| (*operation, Rate::from(*rate))).collect()
    }
}

impl PartialSchema for Limits {
    fn schema() -> RefOr<Schema> {
        let rate = |operation: Operation| {
            ObjectBuilder::new().schema_type(Type::String).description(Some(operation.meaning()))
        };
        let name = |operation: Operation| {
            serde_json::to_value(operation).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
        };
        Operation::ALL
            .into_iter()
            .fold(ObjectBuilder::new(), |object, operation| object.property(name(operation), rate(operation)))
            .into()
    }
}

impl ToSchema for Limits {}

/// A rate, written as `count/seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerTime {
    /// How many.
    pub count: u32,
    /// In how many seconds.
    pub seconds: u64,
}

impl From<Rate> for PerTime {
    fn from(rate: Rate) -> Self {
        Self { count: rate.count.get(), seconds: rate.per.as_secs() }
    }
}

impl From<PerTime> for Rate {
    fn from(rate: PerTime) -> Self {
        let count = NonZeroU32::new(rate.count).unwrap_or(NonZeroU32::MIN);
        Self { count, per: Duration::from_secs(rate.seconds.max(1)) }
    }
}

impl std::fmt::Display for PerTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}s", self.count, self.seconds)
    }
}

impl FromStr for PerTime {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (count, seconds) = text.split_once('/').ok_or("a rate is written `count/seconds`, like 100/60s")?;
        let count = count.trim().parse().map_err(|_| "the count of a rate is a whole number")?;
        let seconds = seconds.trim().trim_end_matches('s').parse().map_err(|_| "the time of a rate is in seconds")?;
        if count == 0 || seconds == 0 {
            return Err("neither part of a rate is zero");
        }
        Ok(Self { count, seconds })
    }
}

impl Serialize for PerTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PerTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
