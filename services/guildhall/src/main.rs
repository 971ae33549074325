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
    let ended = serve(cli, output);
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.fail(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Runs the command with a voice, and lets it finish speaking.
fn serve(cli: Cli, output: Output) -> Result<(), failure::Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let speaking = {
        let _here = runtime.enter();
        telemetry::init(&telemetry::Voice { filter: std::env::var(telemetry::LOG).ok(), json: cli.json_log, collector: None })
    };
    let speaking = speaking.map_err(failure::Failure::fault)?;
    let ended = runtime.block_on(commands::run(cli, output));
    speaking.end();
    ended
}
