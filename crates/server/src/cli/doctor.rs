//! `tutti doctor`: looks for what would keep the server from running well, and says what to do about it.

use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use super::{Common, print};
use crate::config::{Backend, Config};
use crate::storage;

/// Fewer open files than this are few for a server of connections.
const FEW_OPEN_FILES: u64 = 10_000;

enum Finding {
    Good(String),
    Doubtful(String),
    Bad(String),
}

/// Prints one line per check. Fails when something is bad.
pub(super) fn run(common: &Common) -> Result<ExitCode> {
    let config = common.settings()?;
    let findings = [settings(&config), address(&config), data_dir(&config), database(&config), open_files()];
    let mut bad = 0;
    for finding in findings {
        let (word, text) = match finding {
            Finding::Good(text) => ("ok  ", text),
            Finding::Doubtful(text) => ("note", text),
            Finding::Bad(text) => {
                bad += 1;
                ("FAIL", text)
            }
        };
        print(&format!("{word}  {text}"));
    }
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn settings(config: &Config) -> Finding {
    match config.check() {
        Ok(()) => Finding::Good("the settings go together".into()),
        Err(error) => Finding::Bad(format!("settings: {error:#}")),
    }
}

fn address(config: &Config) -> Finding {
    let bound = config.listen_address().map(TcpListener::bind);
    match bound {
        Ok(Ok(_)) => Finding::Good(format!("{} is free to listen on", config.server.listen)),
        Ok(Err(error)) => Finding::Doubtful(format!(
            "{} cannot be listened on ({error}); if that is a server of this directory, all is well",
            config.server.listen
        )),
        Err(error) => Finding::Bad(format!("{error:#}")),
    }
}

fn data_dir(config: &Config) -> Finding {
    let dir = &config.server.data_dir;
    match probe(dir) {
        Ok(()) => Finding::Good(format!("{} can be written", dir.display())),
        Err(error) => Finding::Bad(format!("{} cannot be written: {error}", dir.display())),
    }
}

fn probe(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let probe = dir.join(".doctor");
    std::fs::write(&probe, b"probe")?;
    std::fs::remove_file(probe)
}

fn database(config: &Config) -> Finding {
    let path = config.server.data_dir.join(storage::FILE);
    match config.storage.backend {
        Backend::Memory => Finding::Doubtful("the store is memory: nothing is kept over a restart".into()),
        Backend::Sqlite if !path.exists() => Finding::Good("the database will be made at the first start".into()),
        Backend::Sqlite => match tutti_store::sqlite::check(&path) {
            Ok(()) => Finding::Good(format!("{} is sound", path.display())),
            Err(error) => Finding::Bad(format!("{}: {error}", path.display())),
        },
    }
}

/// The limit that the system sets on open files; each connection is one.
fn open_files() -> Finding {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let soft = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse::<u64>().ok());
    match soft {
        None => Finding::Doubtful("the limit on open files cannot be told on this system".into()),
        Some(limit) if limit < FEW_OPEN_FILES => Finding::Doubtful(format!(
            "at most {limit} open files, so fewer connections than that: raise it with `ulimit -n` or LimitNOFILE"
        )),
        Some(limit) => Finding::Good(format!("{limit} open files are allowed")),
    }
}
