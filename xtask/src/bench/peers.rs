//! `cargo xtask bench peers`: Tutti, the floor and the peers under the same load, in interleaved rounds, so that whatever
//! else the machine does meets all of them. Who fails is recorded as failed.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::figures::{Comparison, Named, Run};
use super::manifest::Manifest;
use super::subject::{Places, Subject};
use super::table;
use super::workloads::{ALL, Workload};
use crate::process;
use crate::workspace::Workspace;

const USAGE: &str = "usage: cargo xtask bench peers [--rounds 3] [--duration 5] [--connections 5000] [--only NAME…]

  --rounds N        every workload with everybody, so many times over
  --duration S      seconds that each run is measured
  --connections N   idle connections whose memory is measured
  --only NAME…      these peers (or `floor`), and Tutti; without it everybody in bench/peers/peers.toml";

/// Seconds before each run is measured.
const WARM_UP: &str = "1";
const RAW: &str = "docs/performance/peers.json";
const PAGE: &str = "docs/performance.md";

#[derive(Debug, PartialEq, Eq)]
struct Flags {
    rounds: u32,
    duration: u32,
    connections: u32,
    only: Vec<String>,
}

/// Builds, installs, measures, and writes the raw results and the table.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let Some(flags) = parse(arguments)? else {
        println!("{USAGE}");
        return Ok(());
    };
    let subjects = Subject::all(Manifest::read(&workspace.root)?, &flags.only)?;
    process::phase("build", || build(workspace))?;
    let places = Places::new(workspace)?;
    let mut installed = Vec::new();
    for subject in &subjects {
        installed.push(process::phase(subject.name(), || subject.install(&places)));
    }
    let named = |subject: &Subject| Named { name: subject.name().to_owned(), version: subject.version(&places) };
    let mut comparison = Comparison {
        date: told("date", &["-u", "+%Y-%m-%d"])?,
        kernel: told("uname", &["-sr"])?,
        cores: std::thread::available_parallelism().map_or(0, usize::from),
        rounds: flags.rounds,
        duration: flags.duration,
        subjects: subjects.iter().map(named).collect(),
        runs: Vec::new(),
    };
    for round in 1..=flags.rounds {
        for workload in &ALL {
            for (subject, installed) in subjects.iter().zip(&installed) {
                let run = one(&flags, round, workload, subject, installed, &places);
                println!("    {round} {} {}: {}", run.workload, run.subject, shown(&run));
                comparison.runs.push(run);
            }
        }
    }
    keep(workspace, &comparison)?;
    println!("\n{}", table::table(&comparison));
    Ok(())
}

fn one(
    flags: &Flags,
    round: u32,
    workload: &Workload,
    subject: &Subject,
    installed: &Result<()>,
    places: &Places,
) -> Run {
    let mut words: Vec<String> = workload.flags.iter().map(ToString::to_string).collect();
    if workload.flags.ends_with(&["--connections"]) {
        words.push(flags.connections.to_string());
    }
    words.extend(["--duration".into(), flags.duration.to_string(), "--warm-up".into(), WARM_UP.into()]);
    let measured = match installed {
        Ok(()) => subject.measure(places, &words).map_err(|error| format!("{error:#}")),
        Err(error) => Err(format!("not installed: {error:#}")),
    };
    let (result, failed) = match measured {
        Ok(result) => (Some(result), None),
        Err(failed) => (None, Some(failed)),
    };
    Run { round, workload: workload.name, subject: subject.name().to_owned(), result, failed }
}

fn shown(run: &Run) -> String {
    match (&run.result, &run.failed) {
        (Some(result), _) => format!(
            "{:.2} us each, {:.0} deliveries/s, {} connections, {} lost",
            result["server_us_per_delivery"].as_f64().unwrap_or(0.0),
            result["deliveries_per_second"].as_f64().unwrap_or(0.0),
            result["connections"],
            result["lost"]
        ),
        (None, Some(failed)) => format!("FAILED: {failed}"),
        (None, None) => String::new(),
    }
}

fn build(workspace: &Workspace) -> Result<()> {
    process::run(&mut workspace.cargo(&["build", "--release", "-p", "tutti-server", "--bin", "tutti"]))?;
    process::run(&mut workspace.cargo(&["build", "--release", "-p", "tutti-bench", "--bin", "floor"]))
}

fn told(program: &str, arguments: &[&str]) -> Result<String> {
    Ok(process::read(Command::new(program).args(arguments))?.trim().to_owned())
}

fn keep(workspace: &Workspace, comparison: &Comparison) -> Result<()> {
    let raw = workspace.root.join(RAW);
    fs::create_dir_all(raw.parent().context("a file lies in a folder")?)?;
    let text = serde_json::to_string_pretty(comparison)? + "\n";
    fs::write(&raw, text).with_context(|| format!("{RAW} cannot be written"))?;
    table::write(&workspace.root.join(PAGE), comparison)
}

/// The flags; none when only the usage is asked for.
fn parse(arguments: &[String]) -> Result<Option<Flags>> {
    let mut flags = Flags { rounds: 3, duration: 5, connections: 5000, only: Vec::new() };
    let mut words = arguments.iter().map(String::as_str).peekable();
    while let Some(flag) = words.next() {
        let number = match flag {
            "--rounds" => &mut flags.rounds,
            "--duration" => &mut flags.duration,
            "--connections" => &mut flags.connections,
            "--only" => {
                while let Some(name) = words.next_if(|word| !word.starts_with("--")) {
                    flags.only.push(name.to_owned());
                }
                continue;
            }
            "--help" | "-h" => return Ok(None),
            unknown => bail!("there is no `{unknown}`\n\n{USAGE}"),
        };
        let value = words.next().with_context(|| format!("{flag} needs a number"))?;
        *number = value.parse().ok().filter(|number| *number > 0).with_context(|| format!("{flag} {value}"))?;
    }
    Ok(Some(flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(line: &str) -> Result<Option<Flags>> {
        parse(&line.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn flags_have_defaults_and_only_takes_several_names() {
        let usual = Flags { rounds: 3, duration: 5, connections: 5000, only: Vec::new() };
        assert_eq!(flags("").unwrap(), Some(usual));
        let own = flags("--only ws bun --rounds 1").unwrap().unwrap();
        assert_eq!((own.rounds, own.only), (1, vec!["ws".to_owned(), "bun".to_owned()]));
        assert_eq!(flags("--help").unwrap(), None);
        assert!(flags("--rounds").is_err() && flags("--rounds 0").is_err() && flags("--quick").is_err());
    }
}
