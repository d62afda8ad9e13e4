//! Who is measured: Tutti, the floor, a peer. Each run has a server of its own, started for it and ended after it, so that
//! nobody inherits another run's memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::manifest::{FOLDER, Manifest, Peer, Service};
use super::processes::{Running, free_port};
use crate::process;
use crate::workspace::Workspace;

/// A server that is compared.
pub(crate) enum Subject {
    /// Started by the load tool itself, with everything on.
    Tutti,
    /// The least that a server can do.
    Floor,
    /// Somebody else's, with what it needs.
    Peer(Box<Peer>, Vec<Service>),
}

/// Where programs and logs are.
pub(crate) struct Places {
    root: PathBuf,
    tutti: PathBuf,
    floor: PathBuf,
    /// For logs, and for what is known to be installed.
    work: PathBuf,
}

impl Places {
    /// Of this workspace, in release.
    pub(crate) fn new(workspace: &Workspace) -> Result<Self> {
        let work = workspace.target("peers");
        fs::create_dir_all(&work).with_context(|| format!("{} cannot be made", work.display()))?;
        let floor = workspace.target("release/floor");
        Ok(Self { root: workspace.root.clone(), tutti: workspace.release_server(), floor, work })
    }
}

impl Subject {
    /// Everybody, or those whose names are given. Tutti is always there, for everything is compared with it.
    pub(crate) fn all(manifest: Manifest, only: &[String]) -> Result<Vec<Self>> {
        let Manifest { peers, services } = manifest;
        let peer = |peer: Peer| {
            let needs = peer.services.iter().filter_map(|name| services.get(name).cloned()).collect();
            Self::Peer(Box::new(peer), needs)
        };
        let everybody: Vec<Self> = [Self::Tutti, Self::Floor].into_iter().chain(peers.into_iter().map(peer)).collect();
        if let Some(unknown) = only.iter().find(|name| !everybody.iter().any(|subject| subject.name() == *name)) {
            bail!("there is no peer `{unknown}`");
        }
        let wanted = |subject: &Self| {
            only.is_empty() || matches!(subject, Self::Tutti) || only.iter().any(|name| name == subject.name())
        };
        Ok(everybody.into_iter().filter(wanted).collect())
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Tutti => "tutti",
            Self::Floor => "floor",
            Self::Peer(peer, _) => &peer.name,
        }
    }

    /// Installs what its lock file says, unless that was done.
    pub(crate) fn install(&self, places: &Places) -> Result<()> {
        let Self::Peer(peer, services) = self else { return Ok(()) };
        for service in services {
            let program = service.start.first().context("a service without a program")?;
            if process::find(program).is_none() {
                bail!("`{program}` is not installed (Debian: {})", service.debian_package);
            }
        }
        let folder = places.root.join(FOLDER).join(&peer.directory);
        let wanted = fs::read(folder.join(&peer.lock)).with_context(|| format!("{} has no lock file", peer.name))?;
        let stamp = places.work.join(format!("{}.lock", peer.name));
        if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(());
        }
        for command in &peer.install {
            process::run(&mut command_in(&folder, command)?)?;
        }
        fs::write(&stamp, wanted).with_context(|| format!("{} cannot be written", stamp.display()))
    }

    /// What it says of its version.
    pub(crate) fn version(&self, places: &Places) -> String {
        let (folder, commands) = match self {
            Self::Tutti | Self::Floor => return format!("Tutti {}", env!("CARGO_PKG_VERSION")),
            Self::Peer(peer, services) => {
                let commands = std::iter::once(&peer.version).chain(services.iter().map(|service| &service.version));
                (places.root.join(FOLDER).join(&peer.directory), commands)
            }
        };
        let told = commands.filter_map(|command| process::read(&mut command_in(&folder, command).ok()?).ok());
        told.map(|line| line.trim().to_owned()).collect::<Vec<_>>().join("; ")
    }

    /// Measures it once with these flags of the load tool. The result is the tool's, also when something was lost.
    pub(crate) fn measure(&self, places: &Places, flags: &[String]) -> Result<Value> {
        let mut bench = Command::new(&places.tutti);
        bench.arg("bench").args(flags).args(["--json", "-"]);
        let _running = match self {
            Self::Tutti => Vec::new(),
            Self::Floor => {
                let port = free_port()?;
                let mut floor = Command::new(&places.floor);
                let running = Running::start(floor.env("PORT", port.to_string()), "ready", &places.log("floor"))?;
                point_at(&mut bench, port, "json", std::slice::from_ref(&running));
                vec![running]
            }
            Self::Peer(peer, services) => {
                let (port, running) = start(places, peer, services)?;
                point_at(&mut bench, port, &peer.dialect, &running);
                running
            }
        };
        let output = bench.output().context("the load tool cannot be run")?;
        serde_json::from_slice(&output.stdout).map_err(|_| {
            let said = String::from_utf8_lossy(&output.stderr);
            anyhow::anyhow!("{}", said.trim().lines().last().unwrap_or("the load tool said nothing"))
        })
    }
}

impl Places {
    fn log(&self, name: &str) -> PathBuf {
        self.work.join(format!("{name}.log"))
    }
}

/// Starts what a peer needs, and then the peer.
fn start(places: &Places, peer: &Peer, services: &[Service]) -> Result<(u16, Vec<Running>)> {
    let folder = places.root.join(FOLDER).join(&peer.directory);
    let mut command = command_in(&folder, &peer.start)?;
    let mut running = Vec::new();
    for service in services {
        let port = free_port()?.to_string();
        let words: Vec<String> = service.start.iter().map(|word| word.replace("{port}", &port)).collect();
        let mut beside = command_in(&places.work, &words)?;
        running.push(Running::start(&mut beside, &service.ready, &places.log(&format!("{}-service", peer.name)))?);
        command.env(&service.variable, service.address.replace("{port}", &port));
    }
    let port = free_port()?;
    command.env("PORT", port.to_string());
    running.push(Running::start(&mut command, "ready", &places.log(&peer.name))?);
    Ok((port, running))
}

fn point_at(bench: &mut Command, port: u16, dialect: &str, running: &[Running]) {
    bench.args(["--url", &format!("ws://127.0.0.1:{port}"), "--dialect", dialect]);
    for process in running {
        bench.args(["--server-pid", &process.id().to_string()]);
    }
}

/// A command in a folder; a program with a slash is a file below it.
fn command_in(folder: &Path, words: &[String]) -> Result<Command> {
    let (program, arguments) = words.split_first().context("a command without a program")?;
    let mut command = if program.contains('/') { Command::new(folder.join(program)) } else { Command::new(program) };
    command.args(arguments).current_dir(folder);
    Ok(command)
}
