//! The command line.

use clap::{Parser, Subcommand};

use crate::{
    commands::{config, explain, export, import, labels, patronage, payout, probe, replay, statement, verify},
    demo, failure,
    settings::Settings,
    up,
};

/// The back office of co-ops that sell together: sales into books, payouts, statements.
#[derive(Debug, Parser)]
#[command(name = "guildhall", version, after_help = failure::EXIT_CODES, propagate_version = true)]
pub(crate) struct Cli {
    /// Answer with one JSON value on stdout, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: Settings,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run everything in one process on this machine, with a demo co-op when there is none; Ctrl-C stops it
    #[command(after_help = failure::EXIT_CODES)]
    Up(up::Args),
    /// Serve webhooks
    #[command(after_help = failure::EXIT_CODES)]
    Api,
    /// Settle events, send payouts, make and mail statements, keep the books
    #[command(after_help = failure::EXIT_CODES)]
    Worker,
    /// Bring the database up to date
    #[command(after_help = failure::EXIT_CODES)]
    Migrate,
    /// Make a co-op with a month of life to look at
    #[command(after_help = failure::EXIT_CODES)]
    Demo(demo::Args),
    /// Bring sales or products in from a file
    #[command(after_help = failure::EXIT_CODES)]
    Import(import::Args),
    /// Send products out as a file
    #[command(subcommand, after_help = failure::EXIT_CODES)]
    Export(export::Command),
    /// Print sheets of labels whose codes name the lot and its owner
    #[command(after_help = failure::EXIT_CODES)]
    Labels(labels::Args),
    /// Settle everything that lies in the inbox, then end
    #[command(after_help = failure::EXIT_CODES)]
    Settle,
    /// Draft, approve, hold, send and look at payout runs
    #[command(subcommand, after_help = failure::EXIT_CODES)]
    Payout(payout::Command),
    /// Close months, issue statements and look at them
    #[command(subcommand, after_help = failure::EXIT_CODES)]
    Statement(statement::Command),
    /// Share a surplus among the members, by sales or by hours: a part in cash, the rest as their capital
    #[command(after_help = failure::EXIT_CODES)]
    Patronage(patronage::Args),
    /// Show each cent's way through a sale, or what is behind a line of a statement
    #[command(after_help = failure::EXIT_CODES)]
    Explain(explain::Args),
    /// Recompute the books and name the first thing that differs
    #[command(after_help = failure::EXIT_CODES)]
    Verify(verify::Args),
    /// Try parked events again, or list them
    #[command(after_help = failure::EXIT_CODES)]
    Replay(replay::Args),
    /// Run the Stripe stand-in alone; it is not Stripe
    #[command(after_help = failure::EXIT_CODES)]
    StripeSim,
    /// Show every setting, its value and where it comes from; secrets are covered
    #[command(after_help = failure::EXIT_CODES)]
    Config(config::Args),
    /// Ask a part of the house whether it is well, for health checks
    #[command(after_help = failure::EXIT_CODES)]
    Probe(probe::Args),
    /// Print the JSON schema of split agreements
    #[command(after_help = failure::EXIT_CODES)]
    Schema,
}

impl Command {
    /// The part of the house that runs, as traces call it.
    pub(crate) const fn part(&self) -> &'static str {
        match self {
            Self::Up(_) | Self::Demo(_) => "up",
            Self::Api => "api",
            Self::Worker => "worker",
            Self::StripeSim => "stripe-sim",
            Self::Migrate
            | Self::Import(_)
            | Self::Export(_)
            | Self::Labels(_)
            | Self::Settle
            | Self::Payout(_)
            | Self::Statement(_)
            | Self::Patronage(_)
            | Self::Explain(_)
            | Self::Verify(_)
            | Self::Replay(_)
            | Self::Config(_)
            | Self::Probe(_)
            | Self::Schema => "command",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed_and_names_its_exit_codes() {
        Cli::command().debug_assert();
        let help = Cli::command().render_help().to_string();
        assert!(help.contains("Exit codes"), "{help}");
    }
}
