//! `guildhall`: the house as one command.
//!
//! ```text
//! cli ─> settings ─> house (database, Stripe, clock) ─> commands/…   one file each: ask, do, tell
//!                                                    └─> up/…        everything in one process
//! ```
//!
//! What a command found goes to stdout, as a table or with `--json` as one JSON value; logs and progress go to stderr. The
//! exit code says how it ended, see [`failure`].

mod cli;
mod commands;
mod database;
mod demo;
mod failure;
mod home;
mod house;
mod output;
mod settings;
mod up;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{cli::Cli, output::Output};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.json);
    let ended = telemetry::init(cli.json_log).map_err(failure::Failure::fault).and_then(|()| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failure::Failure::fault)?;
        runtime.block_on(commands::run(cli, output))
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.fail(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}
