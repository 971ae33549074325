//! A database of one's own per test, with the queue in it and the application's role on the pool.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use chrono::{DateTime, Utc};
use db::Pools;
use jobs::{Handlers, Task, Worker};
use kernel::{Clock, CoopId};
use local_postgres::{Durability, LocalPostgres};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use tokio::sync::OnceCell;

pub(crate) const ANA: CoopId = CoopId(1);
pub(crate) const BOB: CoopId = CoopId(2);

/// A task that writes its name on the board.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Chalk {
    pub(crate) word: String,
}

impl Task for Chalk {
    const NAME: &'static str = "test.chalk";
    const MAX_ATTEMPTS: u16 = 3;
}

pub(crate) fn chalk(word: &str) -> Chalk {
    Chalk { word: word.to_owned() }
}

/// What the handlers wrote, in order.
#[derive(Clone, Default)]
pub(crate) struct Board(Arc<Mutex<Vec<String>>>);

impl Board {
    pub(crate) fn write(&self, word: &str) {
        self.0.lock().expect("no writer panics").push(word.to_owned());
    }

    pub(crate) fn words(&self) -> Vec<String> {
        self.0.lock().expect("no writer panics").clone()
    }

    /// Handlers that write each word down and succeed.
    pub(crate) fn handlers(&self) -> Handlers {
        let board = self.clone();
        Handlers::new().on(move |task: Chalk, _| {
            board.write(&task.word);
            async { Ok::<(), std::io::Error>(()) }
        })
    }
}

pub(crate) struct House {
    pub(crate) pools: Pools,
    pub(crate) clock: Clock,
    pub(crate) url: String,
}

impl House {
    pub(crate) async fn new() -> Self {
        // Roles belong to the server; another test may make this one at the same moment.
        const ROLE: &str =
            "do $$ begin create role guildhall_app nologin; exception when duplicate_object or unique_violation then null; end $$";
        static DATABASES: AtomicU32 = AtomicU32::new(0);
        let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("jobs-postgres");
        let server = LocalPostgres::ensure(&root, 0, Durability::Fast).expect("a server starts on any free port");
        let name = format!("jobs_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
        let admin = db::owner_pool(&server.url("postgres")).await.expect("the server answers");
        drop_left_over(&admin).await;
        let create = format!("create database {name} strategy file_copy");
        sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&admin).await.expect("the name is new");
        sqlx::raw_sql(ROLE).execute(&admin).await.expect("a role that exists is no error");
        let url = server.url(&name);
        let owner = db::owner_pool(&url).await.expect("the database was made");
        jobs::migrate(&owner).await.expect("the schema applies");
        owner.close().await;
        Self::at(url).await
    }

    /// The house of a database that exists.
    pub(crate) async fn at(url: String) -> Self {
        let pools = db::app_pool(&url, 12).await.expect("the database was made");
        let noon: DateTime<Utc> = "2026-11-02T12:00:00Z".parse().expect("it is a time");
        Self { pools, clock: Clock::stopped_at(noon), url }
    }

    pub(crate) fn worker(&self, handlers: Handlers) -> Worker {
        Worker::new(self.pools.sqlx.clone(), handlers, self.clock.clone())
    }

    pub(crate) async fn add(&self, job: jobs::Job) -> Option<jobs::JobId> {
        jobs::enqueue(&self.pools.orm, &job).await.expect("the role may enqueue")
    }

    pub(crate) async fn pending(&self) -> i64 {
        jobs::pending(&self.pools.orm).await.expect("the role may look")
    }
}

/// Drops the databases of test runs that are over: their process is gone. Once for each run.
async fn drop_left_over(admin: &PgPool) {
    static ONCE: OnceCell<()> = OnceCell::const_new();
    let drop_them = || async {
        let list = "select datname from pg_database where datname like 'jobs\\_%'";
        let names: Vec<(String,)> = sqlx::query_as(list).fetch_all(admin).await.expect("the server answers");
        let is_over = |name: &str| name.split('_').nth(1).is_some_and(|pid| !Path::new("/proc").join(pid).exists());
        for (name,) in names.iter().filter(|(name,)| is_over(name)) {
            let drop = format!("drop database if exists {name} with (force)");
            // Another run may be dropping it at this moment.
            let _ = sqlx::raw_sql(sqlx::AssertSqlSafe(drop)).execute(admin).await;
        }
    };
    ONCE.get_or_init(drop_them).await;
}
