//! The project's own commands: `cargo xtask VERB`, one file per verb. README.md and `.ci/run` use nothing else.
//!
//! What is deliberately absent: anything that a user of the finished binary needs. That is `tutti`'s own command line.

mod bench;
mod console;
mod fuzz;
mod generate;
mod needs;
mod npm;
mod process;
mod python;
mod sdk;
mod start;
mod test;
mod tidy;
mod workspace;

#[cfg(test)]
mod fuzz_bodies;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

const USAGE: &str = "usage: cargo xtask VERB

  start [ARGS]    build what changed and run `tutti serve --dev --data-dir data ARGS`
  test [--quick]  every test and check, or only the unit tests of the server, the SDK and the console
  tidy            who may know whom, opening comments, unfinished marks, stale generated files
  gen             write the generated files
  fuzz            run the fuzz targets, each for so long (nightly and cargo-fuzz); --help for its flags
  bench ARGS      run `tutti bench ARGS` as a release build, for example `bench chat --duration 10`
  bench peers     compare with the floor and the peers in bench/peers; --help for its flags";

fn main() -> ExitCode {
    match verb() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn verb() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let verb = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    match verb.as_str() {
        "start" => start::run(&Workspace::find()?, &rest)?,
        "test" => test::run(&Workspace::find()?, &rest)?,
        "tidy" => tidy::run(&Workspace::find()?, &rest)?,
        "gen" => generate::run(&Workspace::find()?, &rest)?,
        "fuzz" => fuzz::run(&Workspace::find()?, &rest)?,
        "bench" => bench::run(&Workspace::find()?, &rest)?,
        "" | "help" | "-h" | "--help" => println!("{USAGE}"),
        unknown => bail!("there is no verb `{unknown}`\n\n{USAGE}"),
    }
    Ok(())
}

/// For verbs that take no arguments: a mistyped one must not be ignored.
fn no_arguments(verb: &str, arguments: &[String]) -> Result<()> {
    match arguments {
        [] => Ok(()),
        [first, ..] => bail!("`cargo xtask {verb}` takes no arguments, but got `{first}`"),
    }
}
