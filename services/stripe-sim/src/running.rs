//! Starting and stopping a stand-in.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_web::{App, HttpServer, dev::ServerHandle};
use tokio::task::JoinHandle;

use crate::{
    api::{accounts, webhook_endpoints},
    config::SimConfig,
    error::SimError,
    http,
    shared::Shared,
    state::State,
    webhooks,
};

/// The stand-in, not yet running.
#[derive(Debug)]
pub struct Sim;

/// A running stand-in. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    server: ServerHandle,
    serving: JoinHandle<std::io::Result<()>>,
    senders: Vec<JoinHandle<()>>,
    shared: Arc<Shared>,
}

impl Sim {
    /// Starts serving and delivering on the current Tokio runtime and returns when the address answers.
    ///
    /// Refuses an address that is taken and a journal that cannot be read.
    #[expect(clippy::unused_async, reason = "it needs a Tokio runtime around it, which an async function makes plain")]
    pub async fn start(config: SimConfig) -> Result<Running, SimError> {
        let listen = |source| SimError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;

        let mut state = State::open(config.clone())?;
        state.base_url = format!("http://{address}");
        accounts::platform(&mut state);
        webhook_endpoints::configure(&mut state, &config.endpoints);
        state.save()?;
        let shared = Arc::new(Shared::new(state));

        let doors = Arc::clone(&shared);
        let server = HttpServer::new(move || App::new().configure(http::configure(&doors)))
            .workers(1)
            .disable_signals()
            .keep_alive(Duration::from_secs(75))
            .shutdown_timeout(1)
            .on_connect(http::on_connect)
            .listen(listener)
            .map_err(listen)?
            .run();
        let senders = webhooks::start(&shared, config.webhook_connections);
        tracing::warn!(%address, "{}", crate::NOTICE);
        Ok(Running { address, server: server.handle(), serving: tokio::spawn(server), senders, shared })
    }
}

impl Running {
    /// Where it answers, such as `http://127.0.0.1:41234`: what a Stripe client takes as its API base.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address it listens on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the server ends by itself, which it does only when it fails.
    pub async fn wait(&mut self) {
        if let Ok(Err(error)) = (&mut self.serving).await {
            tracing::error!(%error, "the Stripe stand-in has stopped");
        }
    }

    /// Ends open requests, stops delivering, and leaves the journal complete.
    pub async fn stop(mut self) {
        self.server.stop(true).await;
        self.wait_for_senders().await;
        self.shared.transact(|_| {});
    }

    async fn wait_for_senders(&mut self) {
        for sender in self.senders.drain(..) {
            sender.abort();
            let _ = sender.await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for sender in &self.senders {
            sender.abort();
        }
        // The command is sent by the call; the future only waits for its end.
        drop(self.server.stop(false));
    }
}
