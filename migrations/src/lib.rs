//! The schema: `NNNN_what.sql` beside this crate, forward only, and the few lines that run them.
//!
//! Runs as the owner of the database. The application then connects as the role `guildhall_app`, which the first
//! migration makes and which owns nothing.

use sqlx::{PgPool, migrate::Migrator};

/// Every migration, embedded, in order. Its checksums name the schema: test databases are cloned by them.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// Brings the database up to date; a database that is already there is left as it is. Several processes may call it at once.
///
/// # Errors
/// When a migration fails, or one that was applied has been changed since.
pub async fn run(owner: &PgPool) -> Result<(), sqlx::migrate::MigrateError> {
    MIGRATIONS.run(owner).await
}
