//! `tutti token`: a token for a user, signed with the server's own secret.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use tutti_access::token::Keys;
use tutti_access::{Grant, Secret};
use tutti_core::Clock;
use tutti_core::clock::SystemClock;
use tutti_protocol::UserId;

use super::{Common, print};
use crate::secret;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The user's id.
    #[arg(long, value_name = "ID")]
    user: String,
    /// The user's display name.
    #[arg(long)]
    name: Option<String>,
    /// A role, for example `operator`. May be said several times.
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// For how long: a number with s, m, h or d.
    #[arg(long, default_value = "1h", value_parser = duration)]
    ttl: Duration,
}

fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().map_err(|_| "a time is a number with s, m, h or d, like 1h")?;
    let unit = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err("a time is a number with s, m, h or d, like 1h".into()),
    };
    number.checked_mul(unit).map(Duration::from_secs).ok_or_else(|| "that is too long".into())
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let config = arguments.common.settings()?;
    let mut secrets = config.auth.secrets.clone();
    if secrets.is_empty() {
        secrets.extend(secret::existing(&config.server.data_dir)?);
    }
    if secrets.is_empty() && config.server.dev {
        secrets.push(secret::generated(&config.server.data_dir)?);
    }
    if secrets.is_empty() {
        bail!("no secret is set: `auth.secrets` is empty, and no development server has run in this data directory");
    }
    let mut access = tutti_access::Config::with_secrets(secrets.into_iter().map(Secret::new));
    access.max_token_ttl = Duration::from_secs(config.auth.max_token_seconds);
    let user = UserId::new(arguments.user.as_str()).context("--user")?;
    let grant = Grant {
        user,
        name: arguments.name.clone(),
        roles: arguments.roles.clone(),
        scopes: Vec::new(),
        ttl: arguments.ttl,
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    print(&Keys::new(&access)?.issue(&grant, clock.now())?.token);
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_short() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("15m"), Ok(Duration::from_secs(900)));
        assert_eq!(duration("2d"), Ok(Duration::from_secs(172_800)));
        assert!(duration("soon").is_err());
        assert!(duration("1y").is_err());
    }
}
