//! `guildhall up`: everything in one process, and `guildhall demo`, which runs it for as long as the demo takes.

mod summary;

use std::fs::File;

use chrono::{DateTime, Utc};
use kernel::{Clock, Month};
use stripe_sim::SimConfig;
use worker::Worker;

use crate::{
    commands::serve::{Purpose, close, operators_door, start_api, start_stand_in, told_to_stop},
    database::Database,
    demo,
    failure::Failure,
    house::House,
    output::Output,
    settings::Settings,
};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// End after the demo instead of serving
    #[arg(long, env = "GUILDHALL_ONCE")]
    once: bool,
    /// Make no demo co-op
    #[arg(long, env = "GUILDHALL_NO_DEMO")]
    no_demo: bool,
}

/// Everything that runs; stopped in the opposite order.
struct Up {
    house: House,
    api: api::Running,
    stand_in: stripe_sim::Running,
    worker: worker::Running,
    door: Option<telemetry::Door>,
    _hold: File,
}

/// Starts everything, makes a demo co-op when there is none, and serves until it is told to stop.
pub(crate) async fn run(settings: Settings, output: Output, args: &Args) -> Result<(), Failure> {
    let mut up = Up::start(settings, output).await?;
    let ended = tokio::select! {
        ended = up.live(args) => ended,
        told = told_to_stop() => told,
    };
    output.say("Stopping.");
    up.stop().await;
    ended
}

/// Starts everything, makes the demo co-op, and ends.
pub(crate) async fn demo_alone(settings: Settings, output: Output, args: &demo::Args) -> Result<(), Failure> {
    let up = Up::start(settings, output).await?;
    let ended = tokio::select! {
        ended = async { demo::run(&up.house, args).await?; summary::tell(&up.house, &up.api.url()).await } => ended,
        told = told_to_stop() => told,
    };
    up.stop().await;
    ended
}

impl Up {
    async fn start(settings: Settings, output: Output) -> Result<Self, Failure> {
        let settings = settings.without_stripe();
        let hold = settings.home()?.hold()?;
        settings.home()?.make_webhook_secrets()?;
        settings.home()?.make_access_secret()?;
        let door = operators_door(&settings).await?;
        let database = Database::make(&settings, output).await?;
        let api = match start_api(&settings, &database, Purpose::Trying).await {
            Ok(api) => api,
            Err(failure) => {
                database.close().await;
                return Err(failure);
            }
        };
        let standing = SimConfig { start_clock: Some(last_month(&Clock::system())), ..SimConfig::default() };
        let stand_in = match start_stand_in(&settings, &api.url(), standing).await {
            Ok(stand_in) => stand_in,
            Err(failure) => {
                api.stop().await;
                database.close().await;
                return Err(failure);
            }
        };
        let house = match House::on(database, Some(stand_in.url()), settings, output).await {
            Ok(house) => house,
            Err(failure) => {
                stand_in.stop().await;
                api.stop().await;
                return Err(failure);
            }
        };
        match house.worker() {
            Ok(config) => {
                house.watch_pool();
                Ok(Self { worker: Worker::start(config), house, api, stand_in, door, _hold: hold })
            }
            Err(failure) => {
                stand_in.stop().await;
                api.stop().await;
                house.close().await;
                Err(failure)
            }
        }
    }

    async fn live(&mut self, args: &Args) -> Result<(), Failure> {
        let is_empty = identity::coops(&self.house.pools.orm).await?.is_empty();
        if is_empty && !args.no_demo {
            demo::run(&self.house, &demo::Args::default()).await?;
        }
        summary::tell(&self.house, &self.api.url()).await?;
        if args.once {
            return Ok(());
        }
        self.house.output.say("Serving; Ctrl-C stops everything.");
        tokio::select! {
            () = self.api.wait() => Err(Failure::fault("the api ended by itself; the log says why")),
            () = self.stand_in.wait() => Err(Failure::fault("the Stripe stand-in ended by itself; the log says why")),
        }
    }

    async fn stop(self) {
        let Self { house, api, stand_in, worker, door, _hold } = self;
        stand_in.stop().await;
        api.stop().await;
        worker.stop().await;
        house.close().await;
        close(door).await;
    }
}

/// Where the stand-in's clock begins: with the month before this one, so that a whole month can be lived and closed.
fn last_month(clock: &Clock) -> DateTime<Utc> {
    Month::of(clock.now(), &Utc).previous().starts_at(&Utc)
}
