//! The server that is measured: one of our own, or one that runs already. Without a word of consent only addresses of
//! this machine are loaded.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::dialect::Dialect;
use crate::http;
use crate::net::Net;
use crate::options::Options;
use crate::server::{SECRET, Server};
use crate::token::Signer;
use crate::usage::Processes;

/// The server.
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    host: String,
    dialect: Dialect,
    signer: Option<Signer>,
    pub(crate) processes: Processes,
    /// Whether it was started for this.
    pub(crate) started: bool,
    own: Option<Server>,
}

impl Target {
    /// The server that the flags name, or one that is started with these settings.
    pub(crate) fn find(options: &Options, program: &Path, settings: &[(&str, String)]) -> Result<Self> {
        match &options.url {
            Some(url) => Self::running(options, url),
            None => Self::started(options, program, settings),
        }
    }

    fn running(options: &Options, url: &str) -> Result<Self> {
        let (address, host) = resolve(url)?;
        if !address.ip().is_loopback() && !options.i_own_this_server {
            bail!("{host} is not this machine: say --i-own-this-server if load on it is meant and allowed");
        }
        if options.dialect == Dialect::Tutti && options.secret.is_none() {
            bail!("a Tutti server needs tokens: give its secret with --secret or in TUTTI_BENCH_SECRET");
        }
        let signer = options.secret.as_deref().map(Signer::new).transpose()?;
        let processes = Processes::new(options.server_pid.clone());
        Ok(Self { address, host, dialect: options.dialect, signer, processes, started: false, own: None })
    }

    fn started(options: &Options, program: &Path, settings: &[(&str, String)]) -> Result<Self> {
        if options.dialect != Dialect::Tutti {
            bail!("only a Tutti server can be started here: say --url for another one");
        }
        let mut all: Vec<(String, String)> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        for setting in &options.settings {
            let (name, value) = setting.split_once('=').with_context(|| format!("--set {setting} has no value"))?;
            all.push((name.to_owned(), value.to_owned()));
        }
        let server = Server::start(program, options.data.as_deref(), &all)?;
        eprintln!("bench: started {} on SQLite in {}", program.display(), server.data.path().display());
        Ok(Self {
            address: server.address(),
            host: server.address().to_string(),
            dialect: Dialect::Tutti,
            signer: Some(Signer::new(SECRET)?),
            processes: Processes::new(vec![server.process()]),
            started: true,
            own: Some(server),
        })
    }

    /// The server, if it was started for this; it ends when it is dropped.
    pub(crate) fn take_server(&mut self) -> Option<Server> {
        self.own.take()
    }

    /// Gives it back, so that it lives as long as this.
    pub(crate) fn keep_server(&mut self, server: Server) {
        self.own = Some(server);
    }

    /// Connections to it, none yet.
    pub(crate) fn net(&self) -> Result<Net> {
        Net::new(self.address, self.host.clone(), self.dialect)
    }

    /// The token of a user, if the server wants one.
    pub(crate) fn token(&self, person: usize) -> Result<Option<String>> {
        self.signer.as_ref().map(|signer| signer.token(&name(person))).transpose()
    }

    /// Makes a group of these users and returns its id.
    pub(crate) fn group(&self, people: &[usize]) -> Result<String> {
        if self.dialect != Dialect::Tutti {
            bail!("only a Tutti server has conversations");
        }
        let (owner, others) = people.split_first().context("a group needs somebody")?;
        let token = self.token(*owner)?.context("a Tutti server needs tokens")?;
        let members: Vec<String> = others.iter().map(|person| name(*person)).collect();
        let body = json!({ "title": "bench", "member_ids": members });
        let made: Value = http::post(self.address, "/api/v1/conversations", &token, &body)?;
        made["id"].as_str().map(str::to_owned).with_context(|| format!("no group: {made}"))
    }

    /// How many transactions the server has committed, if its metrics say so.
    pub(crate) fn commits(&self) -> Option<u64> {
        if self.dialect != Dialect::Tutti {
            return None;
        }
        let text = http::get(self.address, "/metrics")?;
        let line = text.lines().find(|line| line.starts_with("tutti_") && line.contains("commits_total "))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    /// What it is, for the result.
    pub(crate) fn described(&self) -> String {
        if self.started { "a server started for this, on SQLite".to_owned() } else { self.host.clone() }
    }
}

/// The id of a user.
fn name(person: usize) -> String {
    format!("bench-{person}")
}

/// The address in a URL.
fn resolve(url: &str) -> Result<(SocketAddr, String)> {
    if url.starts_with("wss:") || url.starts_with("https:") {
        bail!("{url}: TLS is not spoken here; measure what is behind the proxy, or a proxy without TLS");
    }
    let rest = url.strip_prefix("ws://").or_else(|| url.strip_prefix("http://"));
    let rest = rest.with_context(|| format!("{url} does not begin with ws:// or http://"))?;
    let host = rest.split('/').next().unwrap_or_default();
    let with_port = if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        host.to_owned()
    } else {
        format!("{host}:80")
    };
    let address = with_port.to_socket_addrs().with_context(|| format!("{host} is no address"))?.next();
    Ok((address.with_context(|| format!("{host} has no address"))?, host.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        options: Options,
    }

    fn find(flags: &[&str]) -> Result<Target> {
        let options = Flags::parse_from([&["bench"], flags].concat()).options;
        Target::find(&options, Path::new("/nowhere/tutti"), &[])
    }

    #[test]
    fn another_machine_is_loaded_only_when_it_is_owned() {
        let secret = ["--secret", "s"];
        let there = ["--url", "ws://10.0.0.1:5004"];
        assert!(find(&[&there[..], &secret].concat()).is_err());
        assert!(find(&[&there[..], &secret, &["--i-own-this-server"]].concat()).is_ok());
        assert!(find(&[&["--url", "ws://127.0.0.1:5004/"][..], &secret].concat()).is_ok());
        assert!(find(&["--url", "wss://127.0.0.1:1", "--secret", "s"]).is_err());
    }

    #[test]
    fn tutti_needs_a_secret_and_others_need_a_url() {
        assert!(find(&["--url", "ws://127.0.0.1:5004"]).is_err());
        assert!(find(&["--url", "ws://127.0.0.1:5004", "--dialect", "json"]).is_ok());
        assert!(find(&["--dialect", "socketio"]).is_err());
    }

    #[test]
    fn a_url_may_have_a_path_or_no_port() {
        assert_eq!(resolve("ws://127.0.0.1:9/ws").unwrap().0.port(), 9);
        assert_eq!(resolve("http://127.0.0.1").unwrap().0.port(), 80);
        assert!(resolve("127.0.0.1:9").is_err());
    }
}
