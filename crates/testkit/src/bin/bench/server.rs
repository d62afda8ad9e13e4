//! The server that is measured: one of our own that starts here and ends with us, or one that runs already.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde::Serialize;
use tempfile::TempDir;
use tutti_testkit::process::{Launch, Process};

use crate::usage;

/// Which server is measured.
#[derive(Debug, Args)]
pub(crate) struct Choice {
    /// A server that runs already, such as `http://127.0.0.1:5004`, on a loopback address. Without it one is started
    /// for the purpose, on SQLite.
    #[arg(long, requires = "tokens")]
    url: Option<String>,
    /// With `--url`: a token, once for each user.
    #[arg(long = "token")]
    pub(crate) tokens: Vec<String>,
    /// Where the server that is started keeps its data, in a folder that is removed in the end. It should be a real
    /// disk, for commits wait for it. Without it, the folder of the program.
    #[arg(long)]
    data: Option<PathBuf>,
    /// A setting of the server that is started, such as `storage.batch=1024`; may be said several times.
    #[arg(long = "set", value_name = "NAME=VALUE", conflicts_with = "url")]
    settings: Vec<String>,
    /// Prints the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    own: Option<Own>,
}

struct Own {
    process: Process,
    dir: TempDir,
}

/// What the server had done at some moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    processor: Option<Duration>,
    commits: Option<u64>,
    client: Duration,
}

/// What the server did between two moments.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Work {
    /// Processor time of the server, in microseconds for each of what was counted.
    pub(crate) server_us: Option<f64>,
    /// The same of the load itself.
    pub(crate) client_us: f64,
    /// How many transactions it took.
    pub(crate) commits: Option<u64>,
    /// How busy the machine was, others included.
    pub(crate) load: f64,
}

impl Choice {
    /// The server, started if need be with these settings.
    pub(crate) async fn server(&self, settings: &[(&str, String)]) -> Result<Server> {
        if let Some(url) = &self.url {
            return Ok(Server { address: loopback(url)?, own: None });
        }
        let dir = self.folder()?;
        let mut launch = Launch::new(dir.path())?;
        for (name, value) in settings {
            launch = launch.with(name, value.as_str());
        }
        for setting in &self.settings {
            let (name, value) = setting.split_once('=').with_context(|| format!("--set {setting} has no value"))?;
            launch = launch.with(name, value);
        }
        let process = launch.start().await?;
        eprintln!("bench: {} on SQLite in {}", launch.binary().display(), dir.path().display());
        Ok(Server { address: process.address(), own: Some(Own { process, dir }) })
    }

    fn folder(&self) -> Result<TempDir> {
        let place = match &self.data {
            Some(place) => place.clone(),
            None => std::env::current_exe()?.parent().context("the program lies in a folder")?.to_owned(),
        };
        tempfile::Builder::new()
            .prefix("bench-")
            .tempdir_in(&place)
            .with_context(|| format!("{} cannot be written", place.display()))
    }
}

/// The address in a URL, which must be one of this machine's own.
fn loopback(url: &str) -> Result<SocketAddr> {
    let rest = url.strip_prefix("http://").with_context(|| format!("{url} does not begin with http://"))?;
    let address: SocketAddr =
        rest.trim_end_matches('/').parse().with_context(|| format!("{rest} is not an address and a port"))?;
    if !address.ip().is_loopback() {
        bail!("{address} is another machine; this puts load on loopback addresses only");
    }
    Ok(address)
}

impl Server {
    /// The process, if it is ours.
    pub(crate) fn process(&self) -> Option<u32> {
        self.own.as_ref().map(|own| own.process.id())
    }

    /// Where it keeps its data, if it is ours.
    pub(crate) fn data(&self) -> Option<String> {
        self.own.as_ref().map(|own| own.dir.path().display().to_string())
    }

    /// What it has done up to now.
    pub(crate) async fn mark(&self) -> Result<Mark> {
        let processor = self.process().map(usage::processor).transpose()?;
        Ok(Mark { processor, commits: self.commits().await, client: usage::processor(std::process::id())? })
    }

    /// How many transactions it has committed, if its metrics say so.
    async fn commits(&self) -> Option<u64> {
        let text = reqwest::get(format!("http://{}/metrics", self.address)).await.ok()?.text().await.ok()?;
        let line = text.lines().find(|line| line.starts_with("tutti_") && line.contains("commits_total "))?;
        line.rsplit(' ').next()?.parse().ok()
    }
}

impl Mark {
    /// What was done since an earlier mark, for so many things.
    pub(crate) fn since(&self, earlier: &Self, count: u64) -> Work {
        let each = |time: Duration| if count == 0 { 0.0 } else { time.as_secs_f64() * 1e6 / count as f64 };
        Work {
            server_us: self.processor.zip(earlier.processor).map(|(now, then)| each(now.saturating_sub(then))),
            client_us: each(self.client.saturating_sub(earlier.client)),
            commits: self.commits.zip(earlier.commits).map(|(now, then)| now.saturating_sub(then)),
            load: usage::load(),
        }
    }
}

impl std::fmt::Display for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(server_us) = self.server_us {
            write!(f, "processor time each: server {server_us:.1} us, load {:.1} us", self.client_us)?;
        } else {
            write!(f, "processor time each: load {:.1} us", self.client_us)?;
        }
        if let Some(commits) = self.commits {
            write!(f, "; {commits} commits")?;
        }
        write!(f, "; load average {:.2}", self.load)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_loaded() {
        assert!(loopback("http://127.0.0.1:5004/").is_ok());
        assert!(loopback("http://10.0.0.1:5004").is_err());
        assert!(loopback("http://example.org:80").is_err());
        assert!(loopback("https://127.0.0.1:1").is_err());
    }
}
