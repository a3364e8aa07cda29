//! The `hark` program: one subcommand per job. Exit codes: 0 done, 1 failed, 2 wrong input (a file, a flag).

use std::process::ExitCode;

use clap::Parser;
use engine::cli::Cli;

fn main() -> ExitCode {
    Cli::parse().run()
}
