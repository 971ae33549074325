//! A database to crash on: one of the shared test server, or one on a server of the test's own, which may be killed.

use std::fs;

use db::Pools;
use kernel::CoopId;
use local_postgres::{Durability, LocalPostgres};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{AssertSqlSafe, PgPool};
use tempfile::TempDir;
use test_support::TestDb;
use tokio::task::spawn_blocking;

const CONNECTIONS: u32 = 8;

/// How to reach a database.
pub(super) struct Database {
    pub(super) url: String,
    /// As the application.
    pub(super) pools: Pools,
    /// As the owner, who sees every co-op.
    pub(super) owner: PgPool,
}

impl Database {
    pub(super) async fn of(db: &TestDb) -> Self {
        Self { url: db.url.clone(), pools: db.pools.clone(), owner: db.owner().await }
    }

    /// Runs something in a committed transaction of a co-op.
    pub(super) async fn in_coop<T>(&self, coop: CoopId, work: impl AsyncFnOnce(&db::Tx) -> T) -> T {
        let tx = db::begin(&self.pools.orm, coop).await.unwrap();
        let result = work(&tx).await;
        tx.commit().await.unwrap();
        result
    }

    /// Meets each connection that the server's death has broken, so that nothing else does: whoever meets one gets an error.
    async fn drop_broken_connections(&self) {
        for pool in [&self.pools.sqlx, &self.owner] {
            for _ in 0..pool.size() {
                let _ = sqlx::raw_sql("select").execute(pool).await; // idle ones take turns
            }
        }
    }

    /// Nothing in the books contradicts anything else.
    pub(super) async fn verify(&self, coop: CoopId) {
        let verdict = ledger::verify(&self.pools.orm, coop).await.unwrap();
        assert!(verdict.difference.is_none(), "{:?}", verdict.difference);
    }
}

/// A server of the test's own. Its commits survive the death of its processes, though not of the machine: syncing to the
/// disk would only make each recovery take seconds. It is stopped and forgotten when dropped.
pub(super) struct Server {
    root: TempDir,
    postgres: LocalPostgres,
}

impl Server {
    pub(super) async fn start() -> Self {
        let root = tempfile::Builder::new().prefix("guildhall-crash-").tempdir().unwrap();
        let path = root.path().to_owned();
        let postgres = spawn_blocking(move || LocalPostgres::ensure(&path, 0, Durability::Fast)).await.unwrap().unwrap();
        let admin = db::owner_pool(&postgres.url("postgres")).await.unwrap();
        for sql in ["alter system set synchronous_commit = on", "select pg_reload_conf()"] {
            sqlx::raw_sql(sql).execute(&admin).await.unwrap();
        }
        admin.close().await;
        Self { root, postgres }
    }

    /// Makes a database with the schema and nothing in it.
    pub(super) async fn database(&self, name: &str) -> Database {
        let admin = db::owner_pool(&self.postgres.url("postgres")).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!("create database {name}"))).execute(&admin).await.unwrap();
        admin.close().await;
        let url = self.postgres.url(name);
        let owner = db::owner_pool(&url).await.unwrap();
        migrations::run(&owner).await.unwrap();
        jobs::migrate(&owner).await.unwrap();
        Database { pools: db::app_pool(&url, CONNECTIONS).await.unwrap(), url, owner }
    }

    /// kill -9 of the server and of each of its processes: whatever they had begun stops in the middle. The server alone would
    /// leave the others to finish their statements and to notice, which takes them seconds.
    pub(super) async fn kill(&self, database: &Database) {
        let processes: Vec<i32> = sqlx::query_scalar("select pid from pg_stat_activity").fetch_all(&database.owner).await.unwrap();
        let postgres = self.postgres.clone();
        spawn_blocking(move || postgres.kill9()).await.unwrap().unwrap();
        for process in processes.into_iter().filter_map(Pid::from_raw) {
            let _ = kill_process(process, Signal::KILL); // it may have ended already
        }
    }

    /// Starts it again, at the same address; it recovers what was committed.
    pub(super) async fn recover(&mut self, database: &Database) {
        let (path, port) = (self.root.path().to_owned(), self.postgres.port());
        // The dead server's number lives until its parent collects it, and as long its successor would wait for the socket.
        let _ = fs::remove_file(path.join(format!("run/.s.PGSQL.{port}.lock")));
        self.postgres = spawn_blocking(move || LocalPostgres::ensure(&path, port, Durability::Fast)).await.unwrap().unwrap();
        database.drop_broken_connections().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.postgres.stop();
    }
}
