//! Servers as child processes: started, waited for until they say that they are ready, and ended when they are dropped.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// How long a server may take to be ready.
const READY: Duration = Duration::from_secs(60);

/// A process that serves. Dropping it ends it.
pub(crate) struct Running {
    child: Child,
}

impl Running {
    /// Starts a program and waits for a line with this text on its standard output. What it says otherwise goes to a log.
    pub(crate) fn start(command: &mut Command, ready: &str, log: &Path) -> Result<Self> {
        let name = command.get_program().display().to_string();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(log)?);
        let mut child = command.spawn().with_context(|| format!("`{name}` cannot be started"))?;
        let stdout = child.stdout.take().context("the output was asked for")?;
        let running = Self { child };
        let (tell, told) = sync_channel(1);
        let ready = ready.to_owned();
        std::thread::spawn(move || {
            // Read to the end, for a process that prints into a full pipe waits for ever.
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if line.contains(&ready) {
                    // Nobody listens any more after the first time.
                    let _ = tell.try_send(());
                }
            }
        });
        if told.recv_timeout(READY).is_err() {
            let said = std::fs::read_to_string(log).unwrap_or_default();
            bail!("`{name}` did not become ready: {}", said.trim().lines().last().unwrap_or("it said nothing"));
        }
        Ok(running)
    }

    /// Its number in the operating system.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only for one that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody uses at this moment.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_ready_when_it_says_so_and_fails_when_it_ends_before() {
        let folder = tempfile::TempDir::new().unwrap();
        let log = folder.path().join("log");
        let shell = |text: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", text]);
            command
        };
        assert!(Running::start(&mut shell("echo I am ready; sleep 5"), "ready", &log).is_ok());
        let Err(error) = Running::start(&mut shell("echo broken >&2"), "ready", &log) else { panic!("it was ready") };
        assert!(error.to_string().contains("broken"), "{error}");
    }
}
