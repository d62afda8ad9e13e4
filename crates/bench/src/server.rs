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
use tempfile::TempDir;

/// What the server signs tokens with. It listens on loopback only.
pub(crate) const SECRET: &str = "what a server signs with that a measurement starts and kills";
/// How long it may take to listen.
const READY: Duration = Duration::from_secs(60);
/// A rate that no measurement reaches.
pub(crate) const RAISED: &str = "1000000/1s";

/// The server. Dropping it kills it and removes its data.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) data: TempDir,
    /// Kept open, for a process that prints into a closed pipe fails.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Starts one with these settings, such as `chat.max_members`. It listens when this returns.
    pub(crate) fn start(program: &Path, data: Option<&Path>, settings: &[(String, String)]) -> Result<Self> {
        let data = folder(program, data)?;
        let log = data.path().join("server.log");
        let mut command = command(program, data.path());
        let raised = limits(program)?.into_iter().map(|limit| (limit, RAISED.to_owned()));
        let first = [("auth.secrets", SECRET), ("log.filter", "warn")];
        let first = first.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        for (name, value) in first.chain(raised).chain(settings.iter().cloned()) {
            command.env(format!("TUTTI_{}", name.replace('.', "__").to_uppercase()), value);
        }
        command.stderr(File::create(&log)?);
        let mut child = command.spawn().with_context(|| format!("{} does not start", program.display()))?;
        let stdout = child.stdout.take().context("the output was asked for")?;
        match ready(stdout) {
            Ok((address, stdout)) => Ok(Self { child, address, data, _stdout: stdout }),
            Err(error) => {
                end(&mut child);
                let log = fs::read_to_string(log).unwrap_or_default();
                Err(error.context(format!("the server did not become ready; it wrote:\n{log}")))
            }
        }
    }

    /// Its number in the operating system.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn end(child: &mut Child) {
    // Both fail only for one that has ended already.
    let _ = child.kill();
    let _ = child.wait();
}

fn command(program: &Path, data: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["serve", "--dev", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data);
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
