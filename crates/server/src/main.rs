//! The `tutti` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    tutti_server::cli::main()
}
