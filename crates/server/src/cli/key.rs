//! `tutti key`: the API keys of server back-ends, in the database of the data directory. A server that runs on it goes
//! by what is changed here from its next request on.
//!
//! What is deliberately absent: making or migrating a database, which is for the server.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use tutti_access::{ApiKey, KeyId, NewKey, Scope};
use tutti_core::Clock as _;
use tutti_core::clock::SystemClock;
use tutti_store::sqlite::OfflineKeys;

use super::{Common, print};
use crate::config::{Backend, Config};
use crate::storage;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Makes a key and prints it, and nothing else. It is never shown again.
    Create(Create),
    /// Lists the keys: id, name, scopes and when they were made, separated by tabs.
    List(Common),
    /// Revokes a key. It is refused from the next request on.
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    #[command(flatten)]
    common: Common,
    /// What to know the key by in the list, in 1 to 100 characters.
    #[arg(long)]
    name: String,
    /// What the key is good for: `publish` or `read`. May be said several times.
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<Scope>,
}

#[derive(Debug, Args)]
pub(super) struct Revoke {
    #[command(flatten)]
    common: Common,
    /// The key's id, as `tutti key list` shows it.
    id: KeyId,
}

pub(super) fn run(command: &Command) -> Result<ExitCode> {
    match command {
        Command::Create(arguments) => {
            let keys = open(&arguments.common.settings()?)?;
            print(&create(&keys, &arguments.name, &arguments.scopes)?);
        }
        Command::List(common) => {
            let keys = open(&common.settings()?)?;
            keys.list()?.iter().for_each(|key| print(&line(key)));
        }
        Command::Revoke(arguments) => revoke(&open(&arguments.common.settings()?)?, &arguments.id)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn open(config: &Config) -> Result<OfflineKeys> {
    if config.storage.backend == Backend::Memory {
        bail!("`storage.backend` is `memory`: keys are kept in a database only, so set it to `sqlite`");
    }
    let path = config.server.data_dir.join(storage::FILE);
    if !path.exists() {
        bail!("there is no database at {}: start the server once, or say where it is with --data-dir", path.display());
    }
    OfflineKeys::open(&path).with_context(|| format!("{} cannot be opened", path.display()))
}

/// Makes a key, and returns its text when it counts.
fn create(keys: &OfflineKeys, name: &str, scopes: &[Scope]) -> Result<String> {
    let new = NewKey::mint(name, scopes, SystemClock.now())?;
    keys.save(&new.stored).context("the key cannot be kept")?;
    Ok(new.text)
}

fn revoke(keys: &OfflineKeys, id: &KeyId) -> Result<()> {
    if !keys.remove(id).context("the key cannot be revoked")? {
        return Err(tutti_access::Error::UnknownKey.into());
    }
    Ok(())
}

/// Names have no control characters, so that the tabs are ours.
fn line(key: &ApiKey) -> String {
    let scopes = key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(",");
    format!("{}\t{}\t{scopes}\t{}", key.id, key.name, key.created_at)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use clap::Parser;
    use tokio::sync::mpsc;
    use tutti_core::Snowflake;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(subcommand)]
        command: Command,
    }

    fn parse(arguments: &[&str]) -> Result<Command, clap::Error> {
        Line::try_parse_from(["key"].iter().chain(arguments)).map(|line| line.command)
    }

    fn settings(dir: &Path) -> Config {
        let mut config = Config::default();
        config.server.data_dir = dir.to_owned();
        config
    }

    /// Settings with a database that a server has made and closed.
    async fn served(dir: &Path) -> Config {
        let config = settings(dir);
        let (feed, _events) = mpsc::channel(1);
        let ids = Arc::new(Snowflake::new(Arc::new(SystemClock), 0));
        storage::open_sqlite(&config, ids, feed).unwrap().close().await;
        config
    }

    #[tokio::test]
    async fn a_key_is_made_listed_and_revoked() {
        let dir = tempfile::tempdir().unwrap();
        let keys = open(&served(dir.path()).await).unwrap();
        let text = create(&keys, " the shop ", &[Scope::Read, Scope::Publish]).unwrap();
        let (id, secret) = text.strip_prefix("tutti_key_").unwrap().split_once('_').unwrap();
        let [key] = &keys.list().unwrap()[..] else { panic!("one key is listed") };
        let shown = line(key);
        assert_eq!(shown, format!("{id}\tthe shop\tpublish,read\t{}", key.created_at));
        assert!(!shown.contains(secret));
        let id = id.parse().unwrap();
        revoke(&keys, &id).unwrap();
        assert!(keys.list().unwrap().is_empty());
        assert_eq!(revoke(&keys, &id).unwrap_err().to_string(), "there is no API key with this id");
    }

    #[tokio::test]
    async fn a_bad_name_is_refused_and_nothing_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let keys = open(&served(dir.path()).await).unwrap();
        for name in ["", &"x".repeat(101), "a\tb"] {
            assert!(create(&keys, name, &[Scope::Publish]).unwrap_err().to_string().contains("1 to 100"), "{name:?}");
        }
        assert!(keys.list().unwrap().is_empty());
    }

    #[test]
    fn what_the_arguments_must_say() {
        let Command::Create(made) =
            parse(&["create", "--name", "shop", "--scope", "read", "--scope", "publish"]).unwrap()
        else {
            panic!("a key is to be made")
        };
        assert_eq!((made.name.as_str(), made.scopes), ("shop", vec![Scope::Read, Scope::Publish]));
        assert!(parse(&["create", "--name", "shop"]).is_err(), "without a scope");
        assert!(parse(&["create", "--scope", "publish"]).is_err(), "without a name");
        let write = parse(&["create", "--name", "shop", "--scope", "write"]).unwrap_err();
        assert!(write.to_string().contains("`publish` or `read`"), "{write}");
        assert!(parse(&["list", "--data-dir", "/data", "--config", "tutti.toml"]).is_ok());
        assert!(parse(&["revoke", "0123456789abcdef", "--data-dir", "/data"]).is_ok());
        assert!(parse(&["revoke", "shop"]).is_err(), "a name is no id");
    }

    #[test]
    fn without_a_database_there_is_a_clear_error_and_none_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = settings(dir.path());
        let refused = open(&config).err().unwrap().to_string();
        assert!(refused.contains("start the server once"), "{refused}");
        config.storage.backend = Backend::Memory;
        let refused = open(&config).err().unwrap().to_string();
        assert!(refused.contains("`memory`"), "{refused}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
