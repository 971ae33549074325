//! Transactions that name their co-ops.

use std::fmt::Write as _;

use kernel::CoopId;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, Statement, TransactionTrait,
    Value,
};

use crate::acting;

/// Opens a transaction that sees one co-op.
///
/// # Errors
/// When the database cannot be reached.
pub async fn begin(db: &DatabaseConnection, coop: CoopId) -> Result<DatabaseTransaction, DbErr> {
    let tx = db.begin().await?;
    let mut sql = format!("set local guildhall.coops = '{coop}'");
    acting::add_to(&mut sql);
    tx.execute_unprepared(&sql).await?;
    Ok(tx)
}

/// Opens a transaction that sees one co-op as it was at one moment, however long it reads.
///
/// # Errors
/// When the database cannot be reached.
pub async fn begin_snapshot(db: &DatabaseConnection, coop: CoopId) -> Result<DatabaseTransaction, DbErr> {
    let tx = db.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await?;
    tx.execute_unprepared(&format!("set local guildhall.coops = '{coop}'")).await?;
    Ok(tx)
}

/// Opens a transaction for a worker's batch over several co-ops.
///
/// # Errors
/// When the database cannot be reached.
pub async fn begin_many(db: &DatabaseConnection, coops: &[CoopId]) -> Result<DatabaseTransaction, DbErr> {
    let tx = db.begin().await?;
    name_coops(&tx, coops).await?;
    Ok(tx)
}

/// Names the co-ops in a transaction that is open already. Batches are planned for their true size: a generic plan for
/// arrays of unknown length would join them by nested loops.
///
/// # Errors
/// When the database cannot be reached.
pub async fn name_coops(tx: &DatabaseTransaction, coops: &[CoopId]) -> Result<(), DbErr> {
    let mut names = String::new();
    for coop in coops {
        // i32 digits only: nothing to quote
        let _ = write!(names, "{}{coop}", if names.is_empty() { "" } else { "," });
    }
    let mut sql = format!("set local guildhall.coops = '{names}'; set local plan_cache_mode = force_custom_plan");
    acting::add_to(&mut sql);
    tx.execute_unprepared(&sql).await?;
    Ok(())
}

/// A PostgreSQL statement with its values.
pub fn statement(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}
