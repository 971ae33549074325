//! What browsers are told: which pages may read our answers, and what they may not do with them.

use test_support::TestDb;

use super::{api, ask};

const APP: &str = "https://app.example.org";

#[tokio::test]
async fn k12_every_answer_forbids_framing_sniffing_scripting_and_keeping() {
    let db = TestDb::new().await;
    let api = api(&db, |_| {}).await;
    for (path, status) in [("/healthz", 200), ("/nowhere", 404), ("/webhooks/stripe", 404)] {
        let answer = ask(&api, "GET", path, &[]).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        for (header, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(header), Some(value), "{path}: {answer:?}");
        }
        assert_eq!(answer.header("strict-transport-security"), None, "it is not behind TLS");
    }
    api.stop().await;
}

#[tokio::test]
async fn k12_behind_tls_browsers_are_told_to_come_over_it_always() {
    let db = TestDb::new().await;
    let api = api(&db, |config| config.behind_tls = true).await;
    let answer = ask(&api, "GET", "/healthz", &[]).await;
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"), "{answer:?}");
    api.stop().await;
}

#[tokio::test]
async fn k12_the_page_to_try_the_graph_with_may_load_what_it_needs_and_nothing_may_frame_it() {
    let db = TestDb::new().await;
    let api = api(&db, |config| config.graphiql = true).await;
    let page = ask(&api, "GET", "/graphql", &[("accept", "text/html")]).await;
    assert_eq!(page.status, 200, "{page:?}");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{policy}");
    let sources = page.body.split(['"', '\'']).filter(|text| text.starts_with("https://"));
    for source in sources {
        let host = source.split('/').take(3).collect::<Vec<_>>().join("/");
        assert!(policy.contains(&host), "{source} is not allowed by {policy}");
    }
    api.stop().await;
}

#[tokio::test]
async fn k12_without_a_list_no_other_origin_may_read_answers() {
    let db = TestDb::new().await;
    let api = api(&db, |_| {}).await;
    let asked = ask(&api, "OPTIONS", "/graphql", &[("origin", APP), ("access-control-request-method", "POST")]).await;
    assert_eq!(asked.header("access-control-allow-origin"), None, "{asked:?}");
    let answer = ask(&api, "GET", "/healthz", &[("origin", APP)]).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None), "{answer:?}");
    api.stop().await;
}

#[tokio::test]
async fn k12_only_origins_on_the_list_may_read_answers() {
    let db = TestDb::new().await;
    let api = api(&db, |config| config.allowed_origins = vec![APP.to_owned(), "http://localhost:5173".to_owned()]).await;
    let wanted = [
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type,guildhall-co-op,idempotency-key"),
    ];
    let asked = ask(&api, "OPTIONS", "/graphql", &[&[("origin", APP)], &wanted[..]].concat()).await;
    assert_eq!((asked.status, asked.header("access-control-allow-origin")), (200, Some(APP)), "{asked:?}");
    assert!(asked.header("access-control-allow-headers").unwrap().contains("guildhall-co-op"), "{asked:?}");
    assert_eq!(asked.header("access-control-allow-credentials"), None, "nothing travels in cookies");
    assert!(asked.header("vary").unwrap().to_ascii_lowercase().contains("origin"), "{asked:?}");
    for stranger in ["https://evil.example.org", "https://app.example.org.evil.example", "null", "http://app.example.org"] {
        let asked = ask(&api, "OPTIONS", "/graphql", &[&[("origin", stranger)], &wanted[..]].concat()).await;
        assert_eq!(asked.header("access-control-allow-origin"), None, "{stranger}: {asked:?}");
    }
    api.stop().await;
}
