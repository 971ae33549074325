//! Opening pools.

use std::{str::FromStr, time::Duration};

use sea_orm::{DatabaseConnection, SqlxPostgresConnector};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

/// The role that the application works as: it owns nothing and row-level security binds it.
pub const APP_ROLE: &str = "guildhall_app";

/// How long a request waits for a free connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Idle connections go back to the server after this long.
const IDLE_TIMEOUT: Duration = Duration::from_mins(5);

/// One pool, seen through SeaORM and through sqlx (listening, jobs).
#[derive(Clone, Debug)]
pub struct Pools {
    /// For entities and statements.
    pub orm: DatabaseConnection,
    /// The same connections.
    pub sqlx: PgPool,
}

/// Connects as the application's role, whoever the URL signs in as; that user has to be a member of the role.
///
/// # Errors
/// When the URL is not one, or the server cannot be reached.
pub async fn app_pool(url: &str, max_connections: u32) -> Result<Pools, sqlx::Error> {
    let options = PgConnectOptions::from_str(url)?.application_name("guildhall").options([
        ("role", APP_ROLE),
        // Batches over arrays look expensive to a planner without statistics; compiling them takes far longer than running them.
        ("jit", "off"),
        // What is asked for is in memory or on an SSD. With the default for spinning disks a batch of 500 keys is looked up by
        // reading every row of the co-op.
        ("random_page_cost", "1.1"),
    ]);
    let pool = pool(max_connections).connect_with(options).await?;
    Ok(Pools { orm: SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone()), sqlx: pool })
}

/// Connects as the user of the URL: for migrations and backups, never for serving.
///
/// # Errors
/// When the URL is not one, or the server cannot be reached.
pub async fn owner_pool(url: &str) -> Result<PgPool, sqlx::Error> {
    pool(2).connect_with(PgConnectOptions::from_str(url)?.application_name("guildhall-owner")).await
}

fn pool(max_connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(IDLE_TIMEOUT)
        // A ping per checkout costs a round trip; a broken connection shows itself at its first statement.
        .test_before_acquire(false)
}
