//! Transactions that name their co-ops.

use std::fmt::Write as _;

use kernel::CoopId;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, Value};

use crate::{acting, tx::Tx};

/// Batches are planned for their true size: a generic plan for arrays of unknown length would join them by nested loops.
const FOR_BATCHES: &str = "; set local plan_cache_mode = force_custom_plan";
/// Where there are few rows, planning a statement anew takes longer than running it.
const FOR_FEW: &str = "; set local plan_cache_mode = force_generic_plan";

/// Opens a transaction that sees one co-op.
///
/// # Errors
/// When the database cannot be reached.
pub async fn begin(db: &DatabaseConnection, coop: CoopId) -> Result<Tx, DbErr> {
    open(db, "begin", &[coop], "").await
}

/// Opens a transaction that sees one co-op and touches few rows by their keys, however many times it is opened: its statements
/// are planned once on each connection, whatever they are given.
///
/// # Errors
/// When the database cannot be reached.
pub async fn begin_brief(db: &DatabaseConnection, coop: CoopId) -> Result<Tx, DbErr> {
    open(db, "begin", &[coop], FOR_FEW).await
}

/// Opens a transaction that sees one co-op as it was at one moment, however long it reads.
///
/// # Errors
/// When the database cannot be reached.
pub async fn begin_snapshot(db: &DatabaseConnection, coop: CoopId) -> Result<Tx, DbErr> {
    read(db, "begin isolation level repeatable read read only", coop).await
}

/// Opens a transaction that sees one co-op and only reads: each of its statements sees what is there by then.
///
/// # Errors
/// When the database cannot be reached.
pub async fn begin_reading(db: &DatabaseConnection, coop: CoopId) -> Result<Tx, DbErr> {
    read(db, "begin read only", coop).await
}

/// Opens a transaction for a worker's batch over several co-ops.
///
/// # Errors
/// When the database cannot be reached.
pub async fn begin_many(db: &DatabaseConnection, coops: &[CoopId]) -> Result<Tx, DbErr> {
    open(db, "begin", coops, FOR_BATCHES).await
}

/// Opens a transaction that sees no co-op, for what belongs to none: people, sessions, the inbox.
///
/// # Errors
/// When the database cannot be reached.
pub async fn begin_global(db: &DatabaseConnection) -> Result<Tx, DbErr> {
    Tx::open(db.get_postgres_connection_pool(), "begin".to_owned()).await
}

/// Names the co-ops of a batch in a transaction that is open already.
///
/// # Errors
/// When the database cannot be reached.
pub async fn name_coops(tx: &Tx, coops: &[CoopId]) -> Result<(), DbErr> {
    tx.execute_unprepared(&naming(coops, FOR_BATCHES)).await?;
    Ok(())
}

async fn open(db: &DatabaseConnection, begin: &str, coops: &[CoopId], planning: &str) -> Result<Tx, DbErr> {
    Tx::open(db.get_postgres_connection_pool(), format!("{begin}; {}", naming(coops, planning))).await
}

async fn read(db: &DatabaseConnection, begin: &str, coop: CoopId) -> Result<Tx, DbErr> {
    Tx::open_to_read(db.get_postgres_connection_pool(), format!("{begin}; {}", naming(&[coop], ""))).await
}

/// The statement that names co-ops, and who acts.
fn naming(coops: &[CoopId], planning: &str) -> String {
    let mut sql = String::from("set local guildhall.coops = '");
    for (place, coop) in coops.iter().enumerate() {
        // i32 digits only: nothing to quote
        let _ = write!(sql, "{}{coop}", if place == 0 { "" } else { "," });
    }
    sql.push('\'');
    sql.push_str(planning);
    acting::add_to(&mut sql);
    sql
}

/// A PostgreSQL statement with its values.
pub fn statement(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}
