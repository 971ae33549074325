//! What is too large or made up is answered, and does no harm.

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
