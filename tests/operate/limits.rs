//! What is too large or made up is answered, and does no harm.

use std::time::Duration;

use test_support::TestDb;

use super::{api, ask, send};

#[tokio::test]
async fn k12_a_body_that_is_announced_too_large_is_refused_before_it_is_sent() {
    let db = TestDb::new().await;
    let api = api(&db, |_| {}).await;
    let head = "POST /webhooks/stripe HTTP/1.1\r\nhost: guildhall\r\nconnection: close\r\ncontent-length: 10485760\r\n\r\n";
    let answer = send(&api, head.as_bytes()).await;
    assert_eq!(answer.status, 413, "{answer:?}");
    api.stop().await;
}

#[tokio::test]
async fn k12_a_request_that_takes_too_long_is_cut_off_and_the_next_one_is_served() {
    let db = TestDb::new().await;
    let api = api(&db, |config| {
        (config.connections, config.answer_time, config.behind_tls) = (1, Duration::from_millis(200), true);
    })
    .await;
    let owner = db.owner().await;
    let mut held = owner.begin().await.unwrap();
    sqlx::query("lock table _sqlx_migrations in access exclusive mode").execute(&mut *held).await.unwrap();
    let answer = ask(&api, "GET", "/readyz", &[]).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.body.contains("timed_out") && answer.body.contains("try again"), "{answer:?}");
    for (header, value) in [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("cache-control", "no-store")] {
        assert_eq!(answer.header(header), Some(value), "what was cut off is an answer like others: {answer:?}");
    }
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"), "{answer:?}");
    held.rollback().await.unwrap();
    assert_eq!(ask(&api, "GET", "/readyz", &[]).await.status, 200);
    api.stop().await;
}

#[tokio::test]
async fn k12_a_head_that_is_too_large_is_refused() {
    let db = TestDb::new().await;
    let api = api(&db, |_| {}).await;
    let long = "x".repeat(200_000);
    let answer = send(&api, format!("GET /healthz HTTP/1.1\r\nhost: guildhall\r\nx-long: {long}\r\n\r\n").as_bytes()).await;
    assert!((400..500).contains(&answer.status), "{}", answer.status);
    assert_eq!(ask(&api, "GET", "/healthz", &[]).await.status, 200);
    api.stop().await;
}

#[tokio::test]
async fn k8_what_strangers_ask_for_never_becomes_a_series() {
    let db = TestDb::new().await;
    let api = api(&db, |_| {}).await;
    for path in ["/made-up-by-a-stranger", "/graphql/made-up-by-a-stranger"] {
        assert_eq!(ask(&api, "GET", path, &[("traceparent", "made-up-by-a-stranger")]).await.status, 404);
    }
    ask(&api, "BREW", "/healthz", &[]).await;
    let told = telemetry::metrics::text();
    assert!(told.contains(r#"guildhall_http_requests_total{method="GET",route="unmatched",status="404"}"#), "{told}");
    assert!(told.contains(r#"method="OTHER""#), "{told}");
    assert!(!told.contains("made-up-by-a-stranger") && !told.contains("BREW"), "{told}");
    api.stop().await;
}
