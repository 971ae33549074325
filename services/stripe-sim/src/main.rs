//! `stripe-sim [ADDRESS] [STATE_DIR]`: the stand-in as a process of its own, on 127.0.0.1:12111 when no address is given.

use std::process::ExitCode;

use stripe_sim::{Sim, SimConfig, SimError};

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), SimError> {
    let mut arguments = std::env::args().skip(1);
    let listen = arguments.next().unwrap_or_else(|| "127.0.0.1:12111".to_owned());
    let listen = listen.parse().map_err(|_| SimError::Config(format!("{listen} is not an address such as 127.0.0.1:12111")))?;
    let config = SimConfig { listen, state_dir: arguments.next().map(Into::into), ..SimConfig::default() };
    let mut sim = Sim::start(config).await?;
    tokio::select! {
        () = sim.wait() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    sim.stop().await;
    Ok(())
}
