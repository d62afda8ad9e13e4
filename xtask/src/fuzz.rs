//! `cargo xtask fuzz`: every fuzz target with libFuzzer, one after the other. What must hold stands in `fuzz/src`; a
//! scheduler calls this (`fuzz/README.md`), `cargo xtask test` runs the same bodies near the seeds.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;
use crate::{needs, process};

const USAGE: &str = "usage: cargo xtask fuzz [--minutes N] [TARGET...]

  --minutes N  how long each target runs (10)
  TARGET       only these, by their names in fuzz/Cargo.toml";

/// The longest input, in bytes: the codec's targets have bounds far below.
const MAX_LENGTH: u32 = 1024;
/// An input that takes longer than so many seconds is a finding.
const TIMEOUT: u32 = 10;
/// How much of the fuzzer's output a failure shows, in lines.
const SHOWN: usize = 40;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
struct Flags {
    minutes: u64,
    targets: Vec<String>,
}

/// Runs the targets, all of them also when one finds something.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let Some(flags) = parse(arguments)? else {
        println!("{USAGE}");
        return Ok(());
    };
    needs::fuzzer()?;
    let known = process::read(fuzz(workspace).arg("list"))?;
    let known: Vec<&str> = known.split_ascii_whitespace().collect();
    if let Some(unknown) = flags.targets.iter().find(|target| !known.contains(&target.as_str())) {
        bail!("there is no target `{unknown}`, only {}", known.join(", "));
    }
    let wanted = |target: &&str| flags.targets.is_empty() || flags.targets.iter().any(|only| only == target);
    let mut failed = Vec::new();
    for target in known.iter().copied().filter(wanted) {
        if let Err(error) = process::phase(target, || fuzz_one(workspace, target, flags.minutes)) {
            eprintln!("{error:#}");
            failed.push(target);
        }
    }
    if !failed.is_empty() {
        bail!("findings in {}; what caused them lies in fuzz/artifacts", failed.join(", "));
    }
    Ok(())
}

/// Runs one target, and says how much it tried.
fn fuzz_one(workspace: &Workspace, target: &str, minutes: u64) -> Result<()> {
    process::run(fuzz(workspace).args(["build", target]))?;
    let corpus = workspace.root.join("fuzz/corpus").join(target);
    fs::create_dir_all(&corpus).with_context(|| format!("could not make {}", corpus.display()))?;
    let log = corpus.with_extension("log");
    let mut command = fuzz(workspace);
    command.args(["run", target]).arg(&corpus);
    let seeds = workspace.root.join("fuzz/seeds").join(target);
    if seeds.is_dir() {
        command.arg(seeds);
    }
    command.arg("--").arg(format!("-max_total_time={}", minutes * 60)).arg(format!("-max_len={MAX_LENGTH}"));
    command.arg(format!("-timeout={TIMEOUT}")).arg("-print_final_stats=1");
    command.stdin(Stdio::null()).stderr(File::create(&log)?);
    let status = command.status().context("could not run `cargo fuzz`")?;
    let told = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    if !status.success() {
        bail!("{target}: the fuzzer ended with {status}\n{}", last_lines(&told));
    }
    let executed = stat(&told, "number_of_executed_units").context("the fuzzer did not say how much it has tried")?;
    println!("    {target}: {executed} inputs, no finding");
    Ok(())
}

/// `cargo fuzz` of the nightly toolchain. Within `cargo xtask` the variables name the other one.
fn fuzz(workspace: &Workspace) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", "cargo", "fuzz"]).current_dir(&workspace.root).env_remove("CARGO");
    command
}

/// A figure of libFuzzer's final statistics.
fn stat(told: &str, name: &str) -> Option<u64> {
    let line = told.lines().find_map(|line| line.strip_prefix("stat::")?.strip_prefix(name))?;
    line.strip_prefix(':')?.trim().parse().ok()
}

fn last_lines(told: &str) -> String {
    let lines: Vec<&str> = told.lines().collect();
    lines[lines.len().saturating_sub(SHOWN)..].join("\n")
}

fn parse(arguments: &[String]) -> Result<Option<Flags>> {
    let mut flags = Flags { minutes: 10, targets: Vec::new() };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--minutes" => {
                let value = words.next().context("--minutes needs a number")?;
                let minutes = value.parse().ok().filter(|minutes| (1..=24 * 60).contains(minutes));
                flags.minutes = minutes.with_context(|| format!("--minutes {value}: 1 to 1440"))?;
            }
            "--help" | "-h" => return Ok(None),
            unknown if unknown.starts_with('-') => bail!("there is no `{unknown}`\n\n{USAGE}"),
            target => flags.targets.push(target.to_owned()),
        }
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
    fn flags_have_defaults_and_bounds() {
        assert_eq!(flags("").unwrap(), Some(Flags { minutes: 10, targets: Vec::new() }));
        let own = flags("--minutes 3 json_frame").unwrap().unwrap();
        assert_eq!(own, Flags { minutes: 3, targets: vec!["json_frame".to_owned()] });
        assert_eq!(flags("-h").unwrap(), None);
        for bad in ["--minutes", "--minutes 0", "--minutes 1441", "--minutes x", "--fast"] {
            assert!(flags(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_final_statistics_are_read_and_a_failure_shows_the_end_of_the_output() {
        let told = "#1 INITED\nstat::number_of_executed_units: 4711\nstat::new_units_added:          3\n";
        assert_eq!(stat(told, "number_of_executed_units"), Some(4711));
        assert_eq!(stat(told, "peak_rss_mb"), None);
        let long: Vec<String> = (0..100).map(|line| line.to_string()).collect();
        assert_eq!(last_lines(&long.join("\n")).lines().count(), SHOWN);
        assert_eq!(last_lines("one"), "one");
    }

    #[test]
    fn every_target_has_a_binary_of_its_name() {
        let root = Workspace::find().unwrap().root;
        let manifest = fs::read_to_string(root.join("fuzz/Cargo.toml")).unwrap();
        let targets = fs::read_dir(root.join("fuzz/fuzz_targets")).unwrap();
        for target in targets.map(|entry| entry.unwrap().path()) {
            let name = target.file_stem().unwrap().to_str().unwrap().to_owned();
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        }
    }
}
