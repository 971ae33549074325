//! A transaction that is open from its first round trip.
//!
//! SeaORM's own begins with a bare `BEGIN`, and whatever the transaction has to be told first (the co-ops it may see, who
//! acts) is a round trip more. Ours sends both together. To SeaORM it is a connection like any other.

use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::{ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Executor as _, PgPool, Postgres, SqlSafeStr as _, pool::PoolConnection, query::Query};
use sqlx_core::transaction::TransactionManager as _;
use tokio::sync::{Mutex, MutexGuard};

type Manager = <Postgres as sqlx::Database>::TransactionManager;

/// A transaction, or a savepoint in one. Whatever is not committed is rolled back when it is dropped.
#[derive(Debug)]
pub struct Tx {
    connection: Arc<Mutex<PoolConnection<Postgres>>>,
    open: bool,
    only_reads: bool,
}

impl Tx {
    /// Opens a transaction with statements that begin with `begin`; all of them go in one message.
    pub(crate) async fn open(pool: &PgPool, begin: String) -> Result<Self, DbErr> {
        let mut connection = pool.acquire().await.map_err(not_acquired)?;
        let statements = AssertSqlSafe(begin).into_sql_str();
        Manager::begin(&mut connection, Some(statements)).await.map_err(not_done)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), open: true, only_reads: false })
    }

    /// Opens a transaction that PostgreSQL lets read, and nothing else.
    pub(crate) async fn open_to_read(pool: &PgPool, begin: String) -> Result<Self, DbErr> {
        let mut tx = Self::open(pool, begin).await?;
        tx.only_reads = true;
        Ok(tx)
    }

    /// Opens a savepoint. Until it is committed, rolled back or dropped, everything goes through it.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn savepoint(&self) -> Result<Self, DbErr> {
        Manager::begin(&mut **self.lock().await, None).await.map_err(not_done)?;
        Ok(Self { connection: self.connection.clone(), open: true, only_reads: false })
    }

    /// Keeps what was done. When the answer does not come, nobody knows whether it was kept. Of a transaction that only read
    /// nothing is to be kept, nor waited for: it ends in the message with which the pool takes the connection back.
    ///
    /// # Errors
    /// When a check that waits for the end refuses, or the database cannot be reached.
    pub async fn commit(mut self) -> Result<(), DbErr> {
        if self.only_reads {
            return Ok(());
        }
        Manager::commit(&mut **self.lock().await).await.map_err(not_done)?;
        self.open = false;
        Ok(())
    }

    /// Takes back what was done.
    ///
    /// # Errors
    /// When the database cannot be reached; then nothing was kept either.
    pub async fn rollback(mut self) -> Result<(), DbErr> {
        Manager::rollback(&mut **self.lock().await).await.map_err(not_done)?;
        self.open = false;
        Ok(())
    }

    async fn lock(&self) -> MutexGuard<'_, PoolConnection<Postgres>> {
        self.connection.lock().await
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        if self.open {
            // Statements borrow the transaction, so that none can run while it is dropped
            let mut connection = self.connection.try_lock().expect("no statement outlives its transaction");
            Manager::start_rollback(&mut connection);
        }
    }
}

fn not_acquired(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        other => DbErr::Conn(RuntimeErr::SqlxError(other.into())),
    }
}

fn not_done(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

fn not_read(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

fn query(statement: &mut Statement) -> Query<'_, Postgres, SqlxValues> {
    let values = statement.values.take().unwrap_or(sea_orm::Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), SqlxValues(values))
}

#[async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, mut statement: Statement) -> Result<ExecResult, DbErr> {
        let done = query(&mut statement).execute(&mut **self.lock().await).await;
        done.map(Into::into).map_err(not_done)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let done = self.lock().await.execute(AssertSqlSafe(sql)).await;
        done.map(Into::into).map_err(not_done)
    }

    async fn query_one_raw(&self, mut statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let row = query(&mut statement).fetch_optional(&mut **self.lock().await).await;
        row.map(|row| row.map(Into::into)).map_err(not_read)
    }

    async fn query_all_raw(&self, mut statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let rows = query(&mut statement).fetch_all(&mut **self.lock().await).await;
        rows.map(|rows| rows.into_iter().map(Into::into).collect()).map_err(not_read)
    }
}
