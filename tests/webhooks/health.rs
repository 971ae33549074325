//! What operators ask the api.

use std::net::TcpListener;

use ::api::{Api, ApiConfig};
use test_support::TestDb;

use super::{api, send};

#[tokio::test]
async fn k12_the_api_is_ready_on_a_migrated_database_and_not_before() {
    let db = TestDb::new().await;
    let api = api(&db, &[], &[]).await;
    assert_eq!(send(&api, "GET", "/healthz", &[], b"").await.status, 200);
    assert_eq!(send(&api, "GET", "/readyz", &[], b"").await.status, 200);
    sqlx::query("drop table patronage_share").execute(&db.owner().await).await.unwrap();
    let answer = send(&api, "GET", "/readyz", &[], b"").await;
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("guildhall migrate"), "{answer:?}");
    assert_eq!(send(&api, "GET", "/healthz", &[], b"").await.status, 200);
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
