//! The database: the one that is given, or a PostgreSQL of our own.

use std::{
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    time::Duration,
};

use kernel::Code;
use local_postgres::{Durability, LocalPostgres, LocalPostgresError, install_if_missing};
use tokio::task::spawn_blocking;

use crate::{failure::Failure, home::Home, output::Output, settings::Settings};

/// Its name on a server of our own.
const NAME: &str = "guildhall";
/// How long a knock at the server's door waits.
const KNOCK: Duration = Duration::from_millis(300);

/// A database that takes connections.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) url: String,
    own: Option<LocalPostgres>,
    is_ours_to_stop: bool,
}

impl Database {
    /// The database that is there: given, or made here before. Our own server is started when it does not run.
    pub(crate) async fn find(settings: &Settings) -> Result<Self, Failure> {
        if let Some(url) = &settings.database_url {
            return Ok(Self { url: url.clone(), own: None, is_ours_to_stop: false });
        }
        let home = settings.home()?;
        let Some(root) = home.postgres() else {
            let message = "there is no database yet: run `guildhall up`, which makes one, or set DATABASE_URL";
            return Err(Failure::refused(Code::NotFound, message));
        };
        let port = settings.postgres_port;
        let was_running = TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), KNOCK).is_ok();
        let own = ensure(root, port).await?.map_err(|error| taken(error, port))?;
        Ok(Self { url: own.url(NAME), own: Some(own), is_ours_to_stop: !was_running })
    }

    /// The same, made and brought up to date when needed. Whatever runs of our own is then ours to stop.
    pub(crate) async fn make(settings: &Settings, output: Output) -> Result<Self, Failure> {
        let database = match &settings.database_url {
            Some(url) => Self { url: url.clone(), own: None, is_ours_to_stop: false },
            None => Self::make_own(&settings.home()?, settings.postgres_port, output).await?,
        };
        match output.watch("bringing the database up to date", database.migrate()).await {
            Ok(()) => Ok(database),
            Err(failure) => {
                database.close().await;
                Err(failure)
            }
        }
    }

    async fn make_own(home: &Home, port: u16, output: Output) -> Result<Self, Failure> {
        spawn_blocking(move || install_if_missing(&mut |words| output.say(words))).await??;
        let root = home.postgres().unwrap_or_else(|| home.join("postgres"));
        let own = match output.watch("starting PostgreSQL", ensure(root, port)).await? {
            Ok(own) => own,
            Err(LocalPostgresError::NotReachable { dir, account }) => {
                let elsewhere = home.move_postgres()?;
                output.say(&format!(
                    "The account {account}, which PostgreSQL runs as, cannot enter {}; the database lies in {} instead.",
                    dir.display(),
                    elsewhere.display()
                ));
                ensure(elsewhere, port).await?.map_err(|error| taken(error, port))?
            }
            Err(error) => return Err(taken(error, port)),
        };
        let database = Self { url: own.url(NAME), own: Some(own), is_ours_to_stop: true };
        match database.create().await {
            Ok(()) => Ok(database),
            Err(failure) => {
                database.close().await;
                Err(failure)
            }
        }
    }

    async fn create(&self) -> Result<(), Failure> {
        let Some(own) = &self.own else { return Ok(()) };
        let server = db::owner_pool(&own.url("postgres")).await?;
        if sqlx::query("select from pg_database where datname = $1").bind(NAME).fetch_optional(&server).await?.is_none() {
            sqlx::query("create database guildhall").execute(&server).await?;
        }
        server.close().await;
        Ok(())
    }

    /// Brings the schema up to date, and the job queue's.
    pub(crate) async fn migrate(&self) -> Result<(), Failure> {
        let owner = db::owner_pool(&self.url).await?;
        migrations::run(&owner).await?;
        jobs::migrate(&owner).await?;
        owner.close().await;
        Ok(())
    }

    /// Where the server lies, for people; nothing about one that was given, whose address may hold a password.
    pub(crate) fn shown(&self) -> &str {
        if self.own.is_some() { &self.url } else { "the one of DATABASE_URL" }
    }

    /// Stops the server, when it is ours to stop.
    pub(crate) async fn close(self) {
        if let Some(own) = self.own.filter(|_| self.is_ours_to_stop) {
            match spawn_blocking(move || own.stop()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(error = &error as &dyn std::error::Error, "PostgreSQL did not stop"),
                Err(error) => tracing::error!(%error, "PostgreSQL did not stop"),
            }
        }
    }
}

/// Starts our own server, away from the threads that serve.
async fn ensure(root: PathBuf, port: u16) -> Result<Result<LocalPostgres, LocalPostgresError>, Failure> {
    Ok(spawn_blocking(move || LocalPostgres::ensure(&root, port, Durability::Durable)).await?)
}

/// A taken port is told with what chooses another.
fn taken(error: LocalPostgresError, port: u16) -> Failure {
    match error {
        LocalPostgresError::PortTaken { .. } => port_taken(port, "GUILDHALL_POSTGRES_PORT"),
        error => error.into(),
    }
}

/// The sentence for a port that another program has.
pub(crate) fn port_taken(port: u16, variable: &str) -> Failure {
    Failure::fault(format!("port {port} is taken by another program; choose another with {variable}"))
}
