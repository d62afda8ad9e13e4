//! A Tutti server of our own: the program that runs, started once more as `serve`, with its data in a folder that goes
//! with it. Its limits are raised, not switched off: they are part of what a request costs.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::clock::{nanoseconds, now};

/// What the server signs tokens with. It listens on loopback only.
pub(crate) const SECRET: &str = "what a server signs with that a measurement starts and kills";
/// How long it may take to listen.
const READY: Duration = Duration::from_secs(60);
/// How long it may take to stop.
const STOPPED: Duration = Duration::from_secs(60);
/// How often is looked whether it has.
const LOOK: Duration = Duration::from_millis(5);
const ANY_PORT: &str = "127.0.0.1:0";
/// A rate that no measurement reaches.
const RAISED: &str = "1000000/1s";

/// Settings with which public channels have everything on that a channel can have.
pub(crate) fn everything_on() -> Vec<(&'static str, String)> {
    let on = [
        ("namespaces.public.subscribe", "anyone"),
        ("namespaces.public.publish", "anyone"),
        ("namespaces.public.history_size", "100"),
        ("namespaces.public.presence", "true"),
        ("namespaces.public.join_leave", "true"),
        ("namespaces.public.rate", RAISED),
    ];
    on.map(|(name, value)| (name, value.to_owned())).into()
}

/// The server. Dropping it kills it and removes its data.
#[derive(Debug)]
pub(crate) struct Server {
    program: PathBuf,
    settings: Vec<(String, String)>,
    run: Run,
    pub(crate) data: TempDir,
}

/// One life of a server.
#[derive(Debug)]
struct Run {
    child: Child,
    address: SocketAddr,
    /// Kept open, for a process that prints into a closed pipe fails.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Starts one with these settings, such as `chat.max_members`. It listens when this returns.
    pub(crate) fn start(program: &Path, data: Option<&Path>, settings: &[(String, String)]) -> Result<Self> {
        let data = folder(program, data)?;
        let raised = limits(program)?.into_iter().map(|limit| (limit, RAISED.to_owned()));
        let first = [("auth.secrets", SECRET), ("log.filter", "warn")];
        let first = first.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings: Vec<_> = first.chain(raised).chain(settings.iter().cloned()).collect();
        let run = Run::begin(program, data.path(), ANY_PORT, &settings)?;
        Ok(Self { program: program.to_owned(), settings, run, data })
    }

    /// Asks it to stop as an operator does (SIGTERM), waits for that, and starts another one at the same address with the
    /// same data. It listens when this returns. Returns how long that took from the signal on; nobody was let in meanwhile.
    pub(crate) fn restart(&mut self) -> Result<Duration> {
        let address = self.run.address;
        kill_process(Pid::from_child(&self.run.child), Signal::TERM).context("it cannot be told to stop")?;
        let told = now();
        let last = told + nanoseconds(STOPPED);
        while self.run.child.try_wait()?.is_none() {
            if now() > last {
                bail!("the server did not stop within {} s", STOPPED.as_secs());
            }
            std::thread::sleep(LOOK);
        }
        self.run = Run::begin(&self.program, self.data.path(), &address.to_string(), &self.settings)?;
        Ok(Duration::from_nanos(now() - told))
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.run.address
    }

    /// Its number in the operating system.
    pub(crate) fn process(&self) -> u32 {
        self.run.child.id()
    }
}

impl Run {
    fn begin(program: &Path, data: &Path, listen: &str, settings: &[(String, String)]) -> Result<Self> {
        let log = data.join("server.log");
        let mut command = command(program, data, listen);
        for (name, value) in settings {
            command.env(format!("TUTTI_{}", name.replace('.', "__").to_uppercase()), value);
        }
        command.stderr(File::create(&log)?);
        let mut child = command.spawn().with_context(|| format!("{} does not start", program.display()))?;
        let stdout = child.stdout.take().context("the output was asked for")?;
        match ready(stdout) {
            Ok((address, stdout)) => Ok(Self { child, address, _stdout: stdout }),
            Err(error) => {
                end(&mut child);
                let log = fs::read_to_string(log).unwrap_or_default();
                Err(error.context(format!("the server did not become ready; it wrote:\n{log}")))
            }
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn end(child: &mut Child) {
    // Both fail only for one that has ended already.
    let _ = child.kill();
    let _ = child.wait();
}

fn command(program: &Path, data: &Path, listen: &str) -> Command {
    let mut command = Command::new(program);
    command.args(["serve", "--dev", "--listen", listen, "--data-dir"]).arg(data);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TUTTI_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// A folder for the data: beside the program, for that is a real disk, and commits wait for it; else the usual place.
fn folder(program: &Path, chosen: Option<&Path>) -> Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    let builder = builder.prefix("tutti-bench-");
    if let Some(place) = chosen {
        return builder.tempdir_in(place).with_context(|| format!("{} cannot be written", place.display()));
    }
    let beside: PathBuf = program.parent().context("the program lies in a folder")?.to_owned();
    builder.tempdir_in(beside).or_else(|_| builder.tempdir()).context("there is no place for the server's data")
}

/// The names of all limits that this program knows.
fn limits(program: &Path) -> Result<Vec<String>> {
    let output = Command::new(program).args(["config", "default"]).stdin(Stdio::null()).output()?;
    if !output.status.success() {
        bail!("{} does not say its settings", program.display());
    }
    Ok(limits_in(&String::from_utf8_lossy(&output.stdout)))
}

fn limits_in(settings: &str) -> Vec<String> {
    let section = settings.lines().skip_while(|line| line.trim() != "[limits]").skip(1);
    let section = section.take_while(|line| !line.starts_with('['));
    let names = section.filter_map(|line| line.trim_start_matches(['#', ' ']).split_once(" = ").map(|(name, _)| name));
    let word = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    names.filter(|name| word(name)).map(|name| format!("limits.{name}")).collect()
}

/// Waits for the line that says where it listens.
fn ready(stdout: ChildStdout) -> Result<(SocketAddr, BufReader<ChildStdout>)> {
    let (tell, told) = sync_channel(1);
    std::thread::spawn(move || {
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        let read = stdout.read_line(&mut line).map(|_| (line, stdout));
        // Nobody listens any more when it took too long.
        let _ = tell.send(read);
    });
    let (line, stdout) = told.recv_timeout(READY).context("waiting for it to listen")??;
    let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
    let address = address.ok_or_else(|| anyhow!("it said {line:?}"))?;
    Ok((address.parse().with_context(|| format!("it listens on {address:?}"))?, stdout))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_found_in_the_settings_whether_set_or_not() {
        let settings = "[chat]\nmax = 1\n\n[limits]\n# Frames = of any kind.\nframe = \"1/1s\"\n# message = \"1/1s\"\n[log]\nx = 1\n";
        assert_eq!(limits_in(settings), ["limits.frame", "limits.message"]);
    }
}
