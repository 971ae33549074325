//! Starting and stopping the doors.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use access::Access;
use actix_web::{
    App, HttpServer,
    dev::ServerHandle,
    http::StatusCode,
    middleware::from_fn,
    web::{self, Data, PayloadConfig, ServiceConfig},
};
use db::Pools;
use settlement::MAX_BODY_BYTES;
use tokio::{
    sync::{Notify, watch},
    task::{JoinHandle, JoinSet},
};

use crate::{
    ApiConfig, ApiError, cors,
    door::{self, Door},
    graphql::{self, Documents, Graph, House, Sockets, files},
    headers::{self, Manners},
    health, jwks, metrics, problem,
    proxies::Proxies,
    refusals::Refusals,
    waker,
};

/// How long an idle connection is kept open for its next request.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// How long requests that have begun may take to end when the api stops.
const SHUTDOWN_SECS: u64 = 10;

/// The api, not yet running.
#[derive(Debug)]
pub struct Api;

/// A running api.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    server: ServerHandle,
    serving: JoinHandle<std::io::Result<()>>,
    beside: JoinSet<()>,
    closing: watch::Sender<bool>,
    stop: watch::Sender<bool>,
    pools: [Pools; 2],
}

impl Api {
    /// Starts serving on the current Tokio runtime; when this returns, the address answers.
    pub async fn start(config: ApiConfig) -> Result<Running, ApiError> {
        let listen = |source| ApiError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let requests = db::app_pool(&config.database_url, config.connections).await?;
        // A connection lives on the thread that opened it, and those of the requests end with the server. What is written
        // down last needs one of its own.
        let beside = db::app_pool(&config.database_url, 1).await?;
        let (fresh, refusals) = (Arc::new(Notify::new()), Arc::new(Refusals::default()));
        let door = Data::new(Door {
            db: requests.orm.clone(),
            platform_secrets: config.platform_secrets,
            connect_secrets: config.connect_secrets,
            clock: config.clock.clone(),
            refusals: Arc::clone(&refusals),
            fresh: Arc::clone(&fresh),
        });
        let access = config.access.map(|access| Access::new(requests.orm.clone(), access, config.clock.clone())).transpose()?;
        let house = House::new(requests.orm.clone(), config.clock.clone(), access, config.storage, config.quotas);
        let uses = house.usage.uses.clone();
        let (keys, access, pulse) = (house.keys.clone(), house.access.clone(), house.pulse.clone());
        let documents = Documents::new(config.trusted_documents, config.trusted_only);
        let graph = Data::new(Graph::new(house, documents));
        let (closing, closes) = watch::channel(false);
        let sockets = Data::new(Sockets::new(closes));
        let graphiql = config.graphiql;
        let manners = Manners { behind_tls: config.behind_tls, answer_time: config.answer_time };
        let (origins, proxies) = (config.allowed_origins, Proxies::from(config.trusted_proxies));
        let server = HttpServer::new(move || {
            let app = App::new().app_data(Data::clone(&door)).app_data(Data::clone(&graph)).app_data(Data::clone(&sockets));
            app.configure(|services| of_the_graph(services, graphiql))
                .configure(routes)
                .app_data(manners)
                .app_data(proxies.clone())
                .wrap(from_fn(headers::limit))
                .wrap(cors::rules(&origins))
                .wrap(from_fn(headers::tell))
                .wrap(from_fn(metrics::measure))
        })
        .workers(config.threads)
        .disable_signals()
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(SHUTDOWN_SECS)
        .listen(listener)
        .map_err(listen)?
        .run();
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(waker::wake(beside.clone(), fresh, stopped.clone()));
        tasks.spawn(waker::flush(beside.clone(), refusals, config.clock, stopped.clone()));
        tasks.spawn(waker::write_uses(beside.clone(), keys, access, stopped.clone()));
        tasks.spawn(waker::write_field_uses(beside.clone(), uses, stopped.clone()));
        tasks.spawn(graphql::beat(beside.clone(), pulse, stopped));
        tracing::info!(%address, "the api listens on http://{address}");
        Ok(Running {
            address,
            server: server.handle(),
            serving: tokio::spawn(server),
            beside: tasks,
            closing,
            stop,
            pools: [requests, beside],
        })
    }
}

fn of_the_graph(services: &mut ServiceConfig, graphiql: bool) {
    let mut graph = web::resource("/graphql").app_data(PayloadConfig::new(graphql::MAX_BODY_BYTES)).route(web::post().to(graphql::post));
    if graphiql {
        graph = graph.route(web::get().to(graphql::graphiql));
    }
    services
        .service(graph)
        .route("/graphql/ws", web::get().to(graphql::socket))
        .route("/catalogue/changes", web::get().to(graphql::feed::changes))
        .route("/catalogue/snapshot", web::get().to(graphql::feed::snapshot))
        .route("/files/statements/{name}", web::get().to(files::statement))
        .route("/files/exports/{name}", web::get().to(files::export))
        .route("/files/documents/{co_op}/{person}/{name}", web::get().to(files::document))
        .route("/files/media/{medium}", web::get().to(files::medium))
        .route(files::PICTURES, web::post().to(files::add_medium))
        .route(files::UPLOADS, web::post().to(files::submit));
}

fn routes(services: &mut ServiceConfig) {
    services
        .app_data(PayloadConfig::new(MAX_BODY_BYTES))
        .route("/webhooks/stripe", web::post().to(door::platform))
        .route("/webhooks/stripe/connect", web::post().to(door::connect))
        .route("/healthz", web::get().to(health::healthz))
        .route("/readyz", web::get().to(health::readyz))
        .route("/.well-known/jwks.json", web::get().to(jwks::published))
        .default_service(web::to(async || problem::answer(StatusCode::NOT_FOUND, "not_found", "There is nothing here.")));
}

impl Running {
    /// Where it answers, such as `http://127.0.0.1:8080`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets the connections that requests share be told among the metrics of this process.
    pub fn watch_pool(&self) {
        let pool = self.pools[0].sqlx.clone();
        let count = move || (!pool.is_closed()).then(|| (pool.size(), u32::try_from(pool.num_idle()).unwrap_or(u32::MAX)));
        telemetry::metrics::watch_pool("api", count);
    }

    /// Waits until the server ends by itself, which it does only when it fails.
    pub async fn wait(&mut self) {
        if let Ok(Err(error)) = (&mut self.serving).await {
            tracing::error!(%error, "the api has stopped");
        }
    }

    /// Takes no new request, finishes what has begun, wakes the workers a last time and writes the refusals down.
    pub async fn stop(mut self) {
        // A socket is a request that never ends by itself
        self.closing.send_replace(true);
        self.server.stop(true).await;
        self.stop.send_replace(true);
        while self.beside.join_next().await.is_some() {}
        for pools in &self.pools {
            pools.sqlx.close().await;
        }
    }
}
