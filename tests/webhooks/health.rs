//! What operators ask the api.

use std::net::TcpListener;

use ::api::{Api, ApiConfig};
use test_support::TestDb;

use super::{api, send};

#[tokio::test]
async fn k12_the_api_is_ready_when_every_migration_it_was_built_with_has_run() {
    let db = TestDb::new().await;
    let (api, owner) = (api(&db, &[], &[]).await, db.owner().await);
    let ready = async || send(&api, "GET", "/readyz", &[], b"").await;
    let tamper = async |sql: &'static str| sqlx::raw_sql(sql).execute(&owner).await.unwrap();
    assert_eq!(send(&api, "GET", "/healthz", &[], b"").await.status, 200);
    assert_eq!(ready().await.status, 200);

    tamper("create table kept as select * from _sqlx_migrations; delete from _sqlx_migrations where version = 2").await;
    let answer = ready().await;
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("guildhall migrate"), "{answer:?}");
    assert_eq!(send(&api, "GET", "/healthz", &[], b"").await.status, 200, "it serves all the same");

    tamper("insert into _sqlx_migrations select * from kept where version = 2").await;
    tamper("insert into _sqlx_migrations select 9999, 'from a newer program', now(), true, 'sum', 1").await;
    assert_eq!(ready().await.status, 200, "old code works on a newer schema");

    tamper("update _sqlx_migrations set success = false where version = 1").await;
    assert_eq!(ready().await.status, 503, "one that failed half-way");
    tamper("update _sqlx_migrations set success = true where version = 1; alter table jobs.job drop column traceparent").await;
    assert_eq!(ready().await.status, 503, "the job queue's own schema");
    tamper("drop table _sqlx_migrations").await;
    assert_eq!(ready().await.status, 503, "never migrated");
    assert_eq!(send(&api, "GET", "/elsewhere", &[], b"").await.status, 404);
    api.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let db = TestDb::new().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let refused = Api::start(ApiConfig { listen, ..ApiConfig::new(&db.url) }).await.unwrap_err();
    assert!(refused.to_string().contains(&listen.port().to_string()), "{refused}");
}
