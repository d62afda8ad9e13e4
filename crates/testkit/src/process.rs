//! The real `tutti` binary as a process: started, told where to keep its data, and killed without warning. For
//! scenarios that need what only a process has: a crash, its memory, its processor time.
//!
//! What is deliberately absent: everything that a server inside the test can show as well. That is `World`'s.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use tutti_access::token::Keys;
use tutti_access::{Config, Grant, Secret};
use tutti_core::Clock;
use tutti_core::clock::SystemClock;
use tutti_protocol::UserId;

/// What the servers of this module sign tokens with. They listen on loopback only.
const SECRET: &str = "what servers sign with that tests start and kill";
/// How long a process may take to listen.
const READY: Duration = Duration::from_secs(60);
/// What the process writes to standard error, in its data directory.
const LOG: &str = "server.log";

/// How a process is started. Started again, it finds what it kept.
#[derive(Debug, Clone)]
pub struct Launch {
    binary: PathBuf,
    data_dir: PathBuf,
    listen: SocketAddr,
    settings: Vec<(String, String)>,
}

/// A process that listens. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    address: SocketAddr,
    /// Kept open, for a process that prints into a closed pipe fails.
    _stdout: BufReader<ChildStdout>,
}

impl Launch {
    /// A server on SQLite in this directory, on a free port of the loopback address, with limits that no test reaches.
    ///
    /// # Errors
    /// There is no binary; the text says how to make it.
    pub fn new(data_dir: &Path) -> Result<Self> {
        let launch = Self {
            binary: binary()?,
            data_dir: data_dir.to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            settings: Vec::new(),
        };
        let operations = ["frame", "message", "history", "conversation", "query"];
        let raised = operations
            .into_iter()
            .fold(launch, |launch, operation| launch.with(&format!("limits.{operation}"), "1000000/1s"));
        Ok(raised.with("auth.secrets", SECRET).with("log.filter", "warn"))
    }

    /// Changes a setting, such as `chat.max_replay`.
    #[must_use]
    pub fn with(mut self, setting: &str, value: impl Into<String>) -> Self {
        let variable = format!("TUTTI_{}", setting.replace('.', "__").to_uppercase());
        self.settings.push((variable, value.into()));
        self
    }

    /// Lets it listen on this address.
    #[must_use]
    pub fn on(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// The binary that is started.
    #[must_use]
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// Starts the process. It listens when this returns.
    ///
    /// # Errors
    /// It does not start, or ends at once; with what it wrote.
    pub async fn start(&self) -> Result<Process> {
        std::fs::create_dir_all(&self.data_dir).context("the data directory cannot be made")?;
        let mut child = self.command()?.spawn().with_context(|| format!("{} does not start", self.binary.display()))?;
        let stdout = child.stdout.take().context("the output was asked for")?;
        match self.ready(stdout).await {
            Ok((address, stdout)) => Ok(Process { child, address, _stdout: stdout }),
            Err(error) => {
                end(&mut child);
                let log = std::fs::read_to_string(self.data_dir.join(LOG)).unwrap_or_default();
                Err(error.context(format!("the server did not become ready; it wrote:\n{log}")))
            }
        }
    }

    fn command(&self) -> Result<Command> {
        let log = open_log(&self.data_dir.join(LOG))?;
        let mut command = Command::new(&self.binary);
        command.args(["serve", "--dev", "--listen", &self.listen.to_string(), "--data-dir"]).arg(&self.data_dir);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TUTTI_") {
                command.env_remove(name);
            }
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        Ok(command)
    }

    /// Waits for the line that says where it listens.
    async fn ready(&self, stdout: ChildStdout) -> Result<(SocketAddr, BufReader<ChildStdout>)> {
        let reading = tokio::task::spawn_blocking(move || {
            let mut stdout = BufReader::new(stdout);
            let mut line = String::new();
            stdout.read_line(&mut line).map(|_| (line, stdout))
        });
        let clock: &dyn Clock = &SystemClock;
        let (line, stdout) = clock.timeout(READY, reading).await.context("waiting for it to listen")???;
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.ok_or_else(|| anyhow!("it said {line:?}"))?;
        Ok((address.parse().with_context(|| format!("it listens on {address:?}"))?, stdout))
    }
}

impl Process {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its number in the operating system.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, without warning (SIGKILL). It is gone when this returns.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn end(child: &mut Child) {
    // Both fail only for one that has ended already.
    let _ = child.kill();
    let _ = child.wait();
}

fn open_log(path: &Path) -> Result<File> {
    let opened = OpenOptions::new().create(true).append(true).open(path);
    opened.with_context(|| format!("{} cannot be written", path.display()))
}

/// Where the binary is: in `TUTTI_BIN`, or where cargo builds it beside the running program.
///
/// # Errors
/// There is none; the text says how to make it.
pub fn binary() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("TUTTI_BIN").map(PathBuf::from) {
        if path.is_file() {
            return Ok(path);
        }
        bail!("TUTTI_BIN names {}, which is no file", path.display());
    }
    let running = std::env::current_exe().context("the running program cannot be found")?;
    let name = format!("tutti{}", std::env::consts::EXE_SUFFIX);
    // A test lies in a folder `deps` below that of the programs.
    let places = running.ancestors().skip(1).take(2).map(|folder| folder.join(&name));
    let found = places.into_iter().find(|path| path.is_file());
    found.ok_or_else(|| {
        anyhow!("there is no `tutti` beside {}: run `cargo build -p tutti-server` first", running.display())
    })
}

/// A token for a user of any server that this module starts.
///
/// # Errors
/// A name that is no user id.
pub fn token(user: &str) -> Result<String> {
    let user = UserId::new(user).context("no user id")?;
    let grant =
        Grant { user, name: None, roles: Vec::new(), scopes: Vec::new(), ttl: Duration::from_secs(24 * 60 * 60) };
    let keys = Keys::new(&Config::with_secrets([Secret::new(SECRET)]))?;
    Ok(keys.issue(&grant, SystemClock.now())?.token)
}
