//! The schema: `NNNN_what.sql` beside this crate, forward only, and the few lines that run them.
//!
//! Runs as the owner of the database. The application then connects as the role `guildhall_app`, which the first
//! migration makes and which owns nothing.

use sqlx::{PgPool, migrate::Migrator};

/// The ledger of migrations is not there, or may not be read yet.
const NO_LEDGER: [&str; 2] = ["42P01", "42501"];

/// Every migration, embedded, in order. Its checksums name the schema: test databases are cloned by them.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// Brings the database up to date; a database that is already there is left as it is. Several processes may call it at once.
///
/// # Errors
/// When a migration fails, or one that was applied has been changed since.
pub async fn run(owner: &PgPool) -> Result<(), sqlx::migrate::MigrateError> {
    MIGRATIONS.run(owner).await
}

/// The migrations that this program was built with and that the database has not run as they are, oldest first. Those that a newer
/// program ran besides are no matter: old code works on a newer schema.
///
/// # Errors
/// When the database does not answer.
pub async fn missing(db: &PgPool) -> Result<Vec<i64>, sqlx::Error> {
    const SQL: &str = "
        select wanted.version
          from unnest($1::int8[], $2::bytea[]) as wanted (version, checksum)
         where not exists (select from _sqlx_migrations run
                            where run.version = wanted.version and run.checksum = wanted.checksum and run.success)
         order by wanted.version";
    let (versions, checksums): (Vec<i64>, Vec<Vec<u8>>) =
        MIGRATIONS.iter().map(|migration| (migration.version, migration.checksum.to_vec())).unzip();
    match sqlx::query_scalar(SQL).bind(&versions).bind(&checksums).fetch_all(db).await {
        Err(sqlx::Error::Database(error)) if error.code().is_some_and(|code| NO_LEDGER.contains(&code.as_ref())) => Ok(versions),
        told => told,
    }
}
