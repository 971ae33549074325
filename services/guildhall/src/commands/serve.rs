//! `guildhall api`, `worker` and `stripe-sim`: one part of the house, until it is told to stop.

use std::pin::pin;

use api::{Api, ApiConfig, ApiError};
use stripe_sim::{Sim, SimConfig, SimError};
use telemetry::Door;
use tokio::signal::unix::{SignalKind, signal};
use worker::Worker;

use crate::{
    database::{Database, port_taken},
    failure::Failure,
    house::House,
    output::Output,
    settings::Settings,
};

/// The api alone, on a database that is there.
pub(crate) async fn api(settings: Settings, output: Output) -> Result<(), Failure> {
    let mut told = pin!(told_to_stop());
    let door = operators_door(&settings).await?;
    let database = Database::find(&settings).await?;
    let served = async {
        let mut running = start_api(&settings, &database, Purpose::Service).await?;
        output.say(&format!("Stripe's webhooks are taken in at {}/webhooks/stripe and /webhooks/stripe/connect.", running.url()));
        let ended = tokio::select! {
            () = running.wait() => Err(Failure::fault("the api ended by itself; the log says why")),
            told = told.as_mut() => told,
        };
        running.stop().await;
        ended
    };
    let ended = served.await;
    database.close().await;
    close(door).await;
    ended
}

/// What an api is started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To serve.
    Service,
    /// To be looked at: it shows a page to try the graph with.
    Trying,
}

/// The api as the settings have it.
pub(crate) async fn start_api(settings: &Settings, database: &Database, purpose: Purpose) -> Result<api::Running, Failure> {
    let [platform, connect] = settings.secrets()?;
    if platform.is_empty() || connect.is_empty() {
        tracing::warn!(
            "without signing secrets every webhook is refused; set GUILDHALL_WEBHOOK_SECRETS and GUILDHALL_CONNECT_WEBHOOK_SECRETS"
        );
    }
    let mut config = ApiConfig::new(&database.url);
    (config.listen, config.connections) = (settings.api_address(), settings.connections);
    (config.platform_secrets, config.connect_secrets) = (platform, connect);
    config.access = settings.access()?;
    (config.storage, config.graphiql) = (Some(settings.storage()?), purpose == Purpose::Trying);
    if config.access.is_none() {
        tracing::warn!("without a secret nobody can sign in; set GUILDHALL_ACCESS_SECRET, the same for api and worker");
    }
    (config.allowed_origins, config.behind_tls) = (settings.allowed_origins.clone(), settings.behind_tls);
    (config.trusted_proxies, config.quotas) = (settings.trusted_proxies.clone(), settings.quotas());
    (config.trusted_documents, config.trusted_only) = settings.trusted_documents()?;
    let running = Api::start(config).await.map_err(|error| match error {
        ApiError::Listen { source, address } if source.kind() == std::io::ErrorKind::AddrInUse => {
            port_taken(address.port(), "GUILDHALL_PORT")
        }
        error => error.into(),
    })?;
    running.watch_pool();
    Ok(running)
}

/// Opens the operators' door, where the settings want one.
pub(crate) async fn operators_door(settings: &Settings) -> Result<Option<Door>, Failure> {
    let Some(listen) = settings.metrics_listen else { return Ok(None) };
    match Door::open(listen).await {
        Ok(door) => Ok(Some(door)),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(port_taken(listen.port(), "GUILDHALL_METRICS_LISTEN")),
        Err(error) => Err(Failure::fault(format!("metrics cannot be told at {listen}: {error}"))),
    }
}

/// A worker alone, on a database that is there.
pub(crate) async fn worker(settings: Settings, output: Output) -> Result<(), Failure> {
    let mut told = pin!(told_to_stop());
    let door = operators_door(&settings).await?;
    let house = House::open(settings, output).await?;
    let ended = match house.worker() {
        Ok(config) => {
            house.watch_pool();
            let mut running = Worker::start(config);
            output.say("The worker settles, sends, mails and keeps the books.");
            let ended = tokio::select! {
                () = running.wait() => Err(Failure::fault("a loop of the worker ended by itself; the log says why")),
                told = told.as_mut() => told,
            };
            running.stop().await;
            ended
        }
        Err(failure) => Err(failure),
    };
    house.close().await;
    close(door).await;
    ended
}

/// The Stripe stand-in alone. Its webhooks go to the api at its usual address.
pub(crate) async fn stand_in(settings: &Settings, output: Output) -> Result<(), Failure> {
    let hold = settings.home()?.hold()?;
    let mut sim = start_stand_in(settings, &format!("http://{}", settings.api_address()), SimConfig::default()).await?;
    output.say(&format!("{}. It answers at {}.", stripe_sim::NOTICE, sim.url()));
    let ended = tokio::select! {
        () = sim.wait() => Err(Failure::fault("the Stripe stand-in ended by itself; the log says why")),
        told = told_to_stop() => told,
    };
    sim.stop().await;
    drop(hold);
    ended
}

/// The stand-in with its journal in the home folder and both webhook endpoints at `api`.
pub(crate) async fn start_stand_in(settings: &Settings, api: &str, config: SimConfig) -> Result<stripe_sim::Running, Failure> {
    let home = settings.home()?;
    let secrets = home.make_webhook_secrets()?;
    let endpoint = |path: &str, connect, secret| stripe_sim::EndpointConfig {
        url: format!("{api}{path}"),
        connect,
        secret,
        enabled_events: vec!["*".to_owned()],
    };
    let config = SimConfig {
        listen: settings.stand_in_address(),
        state_dir: Some(home.join("stripe-sim")),
        endpoints: vec![endpoint("/webhooks/stripe", false, secrets.platform), endpoint("/webhooks/stripe/connect", true, secrets.connect)],
        ..config
    };
    Sim::start(config).await.map_err(|error| match error {
        SimError::Listen { source, address } if source.kind() == std::io::ErrorKind::AddrInUse => {
            port_taken(address.port(), "GUILDHALL_STRIPE_PORT")
        }
        error => error.into(),
    })
}

/// Closes the operators' door, if it is open.
pub(crate) async fn close(door: Option<Door>) {
    if let Some(door) = door {
        door.close().await;
    }
}

/// Returns on Ctrl-C or SIGTERM, also when it came before anybody waited: an order to stop is heard from this call on.
pub(crate) fn told_to_stop() -> impl Future<Output = Result<(), Failure>> {
    let signals = signal(SignalKind::terminate()).and_then(|terminate| Ok((terminate, signal(SignalKind::interrupt())?)));
    async move {
        let (mut terminate, mut interrupt) = signals?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop; finishing what was begun");
        Ok(())
    }
}
