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
mod configuration;
mod database;
mod demo;
mod failure;
mod home;
mod house;
mod output;
mod settings;
mod up;

use std::process::ExitCode;

use crate::{configuration::Configuration, output::Output};

/// A third of what settling a batch costs outside of PostgreSQL is asking for memory and giving it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let configuration = match configuration::read() {
        Ok(configuration) => configuration,
        Err(problems) => {
            Output::new(std::env::args().any(|argument| argument == "--json")).refuse_settings(&problems);
            return ExitCode::from(failure::WRONG_USAGE);
        }
    };
    let output = Output::new(configuration.cli.json);
    match run(configuration, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.fail(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Runs the command with a voice, and lets it finish speaking.
fn run(configuration: Configuration, output: Output) -> Result<(), failure::Failure> {
    let Configuration { cli, shown, strangers } = configuration;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let speaking = {
        let _here = runtime.enter();
        telemetry::init(&cli.settings.voice(cli.command.part())).map_err(failure::Failure::fault)?
    };
    for stranger in strangers {
        tracing::warn!("{stranger}");
    }
    let ended = runtime.block_on(commands::run(cli, &shown, output));
    speaking.end();
    ended
}
