//! One database per test.

use std::{str::FromStr as _, thread};

use db::Pools;
use kernel::CoopId;
use migrations::MIGRATIONS;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, PgPool, Row as _, postgres::PgConnectOptions};
use uuid::Uuid;

use crate::server;

/// Connections of one test: two per worker thread of what runs in it.
const CONNECTIONS: u32 = 12;
/// Held while a template is made, so that two test processes make one.
const TEMPLATE_LOCK: i64 = 0x6775_696c_6468_616c;

/// A database of its own for one test, with the schema and nothing in it.
#[derive(Debug)]
pub struct TestDb {
    /// How to connect to it, as the server's superuser.
    pub url: String,
    /// The application's pool.
    pub pools: Pools,
    name: String,
    may_differ: bool,
}

impl TestDb {
    /// Clones the template, making it first where this schema has none.
    pub async fn new() -> Self {
        let server = tokio::task::spawn_blocking(server).await.expect("the server starts or says why not");
        let admin = server.url("postgres");
        let template = template(&admin).await;
        let name = format!("test_{}", Uuid::now_v7().simple());
        let mut connection = connect(&admin).await;
        run(&mut connection, &format!("create database {name} template {template} strategy file_copy")).await;
        connection.close().await.expect("a connection closes");
        let url = server.url(&name);
        let pools = db::app_pool(&url, CONNECTIONS).await.expect("a fresh database takes connections");
        Self { url, pools, name, may_differ: false }
    }

    /// A pool as the owner of the schema, who may do what the application may not: to tamper.
    pub async fn owner(&self) -> PgPool {
        db::owner_pool(&self.url).await.expect("a fresh database takes connections")
    }

    /// This test breaks the books, or the stock, on purpose: they are not verified at its end.
    pub fn allow_difference(&mut self) {
        self.may_differ = true;
    }
}

impl Drop for TestDb {
    /// Verifies the books and the stock, and drops the database, on a thread of its own: the test's runtime may be ending.
    fn drop(&mut self) {
        let check = !self.may_differ && !thread::panicking();
        let (url, name, admin) = (self.url.clone(), self.name.clone(), server().url("postgres"));
        let done = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
            runtime.block_on(async {
                let difference = if check { first_difference(&url).await } else { None };
                let mut connection = connect(&admin).await;
                run(&mut connection, &format!("drop database if exists {name} with (force)")).await;
                difference
            })
        })
        .join();
        match done {
            Ok(Some(difference)) => panic!("the books do not agree at the end of the test: {difference}"),
            Ok(None) => {}
            Err(_) if thread::panicking() => {}
            Err(panicked) => std::panic::resume_unwind(panicked),
        }
    }
}

async fn first_difference(url: &str) -> Option<String> {
    let pools = db::app_pool(url, 1).await.ok()?;
    let coops = sqlx::query("select coop_id from coop order by coop_id").fetch_all(&pools.sqlx).await.expect("co-ops can be listed");
    for row in coops {
        let coop = CoopId(row.get(0));
        let verdict = ledger::verify(&pools.orm, coop).await.expect("the books can be verified");
        if let Some(difference) = verdict.difference {
            return Some(format!("co-op {coop}: {difference}"));
        }
        let verdict = stock::verify(&pools.orm, coop).await.expect("the stock can be verified");
        if let Some(difference) = verdict.difference {
            return Some(format!("co-op {coop}: {difference}"));
        }
    }
    pools.sqlx.close().await;
    None
}

/// The name of the template for the schema as it is, which exists afterwards.
async fn template(admin: &str) -> String {
    let version = MIGRATIONS.iter().flat_map(|migration| migration.checksum.iter()).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3) // FNV-1a: a name, not a secret
    });
    let name = format!("template_{version:016x}");
    let mut connection = connect(admin).await;
    sqlx::query("select pg_advisory_lock($1)").bind(TEMPLATE_LOCK).execute(&mut connection).await.expect("the lock is free soon");
    let exists = sqlx::query("select 1 from pg_database where datname = $1").bind(&name).fetch_optional(&mut connection).await;
    if exists.expect("databases can be listed").is_none() {
        let making = format!("{name}_making");
        run(&mut connection, &format!("drop database if exists {making} with (force)")).await;
        run(&mut connection, &format!("create database {making}")).await;
        let owner = db::owner_pool(&server().url(&making)).await.expect("a fresh database takes connections");
        migrations::run(&owner).await.expect("the migrations run on an empty database");
        jobs::migrate(&owner).await.expect("the job queue's own migrations run");
        owner.close().await;
        run(&mut connection, &format!("alter database {making} rename to {name}")).await;
    }
    connection.close().await.expect("a connection closes, which frees the lock");
    name
}

async fn connect(url: &str) -> PgConnection {
    let options = PgConnectOptions::from_str(url).expect("our own server's address is well formed");
    options.connect().await.expect("the test server takes connections")
}

async fn run(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}
