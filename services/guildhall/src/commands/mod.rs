//! One file per command. Each asks a service, and tells what it answered.

pub(crate) mod config;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod labels;
pub(crate) mod patronage;
pub(crate) mod payout;
pub(crate) mod probe;
pub(crate) mod replay;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod settle;
pub(crate) mod statement;
pub(crate) mod verify;

use crate::{
    cli::{Cli, Command},
    configuration::Shown,
    database::Database,
    failure::Failure,
    house::House,
    output::Output,
    settings::Settings,
    up,
};

/// Runs the command that was asked for.
pub(crate) async fn run(cli: Cli, shown: &[Shown], output: Output) -> Result<(), Failure> {
    let Cli { settings, command, .. } = cli;
    match command {
        Command::Up(args) => Box::pin(up::run(settings, output, &args)).await,
        Command::Demo(args) => Box::pin(up::demo_alone(settings, output, &args)).await,
        Command::Api => serve::api(settings, output).await,
        Command::Worker => serve::worker(settings, output).await,
        Command::StripeSim => serve::stand_in(&settings, output).await,
        Command::Migrate => migrate(&settings, output).await,
        Command::Config(args) => config::run(args, shown, output),
        Command::Probe(args) => probe::run(&args, output),
        Command::Schema => schema::run(output),
        Command::Import(args) => opened(settings, output, async |house| import::run(house, &args).await).await,
        Command::Export(command) => opened(settings, output, async |house| export::run(house, &command).await).await,
        Command::Labels(args) => opened(settings, output, async |house| labels::run(house, &args).await).await,
        Command::Settle => opened(settings, output, settle::run).await,
        Command::Payout(command) => opened(settings, output, async |house| payout::run(house, &command).await).await,
        Command::Statement(command) => opened(settings, output, async |house| statement::run(house, &command).await).await,
        Command::Patronage(args) => opened(settings, output, async |house| patronage::run(house, &args).await).await,
        Command::Explain(args) => opened(settings, output, async |house| explain::run(house, &args).await).await,
        Command::Verify(args) => opened(settings, output, async |house| verify::run(house, &args).await).await,
        Command::Replay(args) => opened(settings, output, async |house| replay::run(house, &args).await).await,
    }
}

/// Opens the house for a command and closes it, however the command ended.
async fn opened(settings: Settings, output: Output, work: impl AsyncFnOnce(&House) -> Result<(), Failure>) -> Result<(), Failure> {
    let house = House::open(settings, output).await?;
    let ended = Box::pin(work(&house)).await;
    house.close().await;
    ended
}

async fn migrate(settings: &Settings, output: Output) -> Result<(), Failure> {
    let database = Database::make(settings, output).await?;
    let told = output.answer(&serde_json::json!({"migrated": true}), || "The database is up to date.".to_owned());
    database.close().await;
    told
}
