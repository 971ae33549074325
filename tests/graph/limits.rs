//! What asks for too much is refused before it costs anything, and every code of the door is one that somebody can get.

use ::api::TrustedDocuments;
use serde_json::{Value, json};

use super::app::{Answer, App};

/// The one code of an answer that has no data.
fn code(answer: &Answer) -> String {
    let mut codes = answer.codes();
    codes.dedup();
    assert!(codes.len() == 1 && answer.json()["data"].is_null(), "{}", answer.body);
    codes[0].clone()
}

#[tokio::test]
async fn j2_the_cost_of_a_query_grows_with_its_arguments_and_stands_in_the_reply() {
    let app = App::open().await;
    let cost = async |first: u32| {
        let answer = app.admin.ask("query ($n: Int) { sales(first: $n) { nodes { id reference } } }", json!({"n": first})).await;
        answer.json()["extensions"]["cost"]["cost"].as_u64().expect("a cost")
    };
    let (one, ten, hundred) = (cost(1).await, cost(10).await, cost(100).await);
    assert!(one < ten && ten < hundred && hundred >= 100, "{one} {ten} {hundred}");
    let nested = "{ payoutRuns(first: 100) { nodes { payouts(first: 100) { nodes { id steps { at note } } } } } }";
    assert_eq!(code(&app.admin.ask(nested, json!({})).await), "QUERY_TOO_COMPLEX");
    app.api.stop().await;
}

#[tokio::test]
async fn ten_thousand_levels_a_thousand_aliases_and_ten_megabytes_are_refused() {
    let app = App::open().await;
    let deep = format!("{{ {} id {} }}", "node(id: \"\") { ".repeat(10_000), "}".repeat(10_000));
    assert_eq!(code(&app.stranger.ask(&deep, json!({})).await), "QUERY_TOO_COMPLEX", "it is too long already");
    let deep = format!("{{ {} id {} }}", "a { ".repeat(10_000), "}".repeat(10_000));
    assert_eq!(code(&app.stranger.ask(&deep, json!({})).await), "QUERY_TOO_DEEP");
    let aliases = (0..1_000).map(|number| format!("a{number}: __typename")).collect::<Vec<_>>().join(" ");
    assert_eq!(code(&app.stranger.ask(&format!("{{ {aliases} }}"), json!({})).await), "TOO_MANY_ALIASES");
    let large =
        app.stranger.post(json!({"query": "{ __typename }", "variables": {"x": "x".repeat(10 << 20)}}).to_string().as_bytes(), &[]).await;
    assert_eq!((large.status, code(&large).as_str()), (413, "BODY_TOO_LARGE"));
    let doubling = (0..40).map(|n| format!("fragment f{n} on Query {{ ...f{} ...f{} }}", n + 1, n + 1)).collect::<Vec<_>>().join(" ");
    let bomb = format!("{{ ...f0 }} {doubling} fragment f40 on Query {{ __typename }}");
    assert_eq!(code(&app.stranger.ask(&bomb, json!({})).await), "QUERY_TOO_COMPLEX");
    app.api.stop().await;
}

#[tokio::test]
async fn what_is_no_operation_is_a_bad_request() {
    let app = App::open().await;
    for body in [
        "",
        "nonsense",
        "[]",
        r#"[{"query": "{ __typename }"}]"#,
        "{}",
        r#"{"query": "{"}"#,
        r#"{"query": "{ nothing }"}"#,
        r#"{"query": 7}"#,
    ] {
        assert_eq!(code(&app.admin.post(body.as_bytes(), &[]).await), "BAD_REQUEST", "{body}");
    }
    let wrong = app.admin.ask("query ($n: Int) { sales(first: $n) { nodes { id } } }", json!({"n": "many"})).await;
    assert_eq!(code(&wrong), "BAD_REQUEST");
    let circle = app.admin.ask("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }", json!({})).await;
    assert_eq!(code(&circle), "BAD_REQUEST");
    let first = app.admin.ask("{ sales(first: 101) { nodes { id } } }", json!({})).await;
    assert_eq!(code(&first), "INVALID_INPUT");
    app.api.stop().await;
}

/// The SHA-256 of a text, in hexadecimal digits.
fn sha256(text: &str) -> String {
    data_encoding::HEXLOWER.encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()).as_ref())
}

fn by_hash(hash: &str, query: Option<&str>) -> Vec<u8> {
    let mut body = json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}});
    if let Some(query) = query {
        body["query"] = Value::from(query);
    }
    body.to_string().into_bytes()
}

#[tokio::test]
async fn a_document_that_was_sent_once_is_called_by_its_hash() {
    let app = App::open().await;
    let query = "{ coOp { slug } }";
    let hash = sha256(query);
    assert_eq!(code(&app.admin.post(&by_hash(&hash, None), &[]).await), "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(code(&app.admin.post(&by_hash(&hash, Some("{ __typename }")), &[]).await), "BAD_REQUEST");
    assert_eq!(app.admin.post(&by_hash(&hash, Some(query)), &[]).await.text("/coOp/slug"), "harbour");
    assert_eq!(app.admin.post(&by_hash(&hash, None), &[]).await.text("/coOp/slug"), "harbour");
    // The document is everybody's, what it shows is not
    assert_eq!(app.neighbour.post(&by_hash(&hash, None), &[]).await.text("/coOp/slug"), "quarry");
    assert_eq!(app.stranger.post(&by_hash(&hash, None), &[]).await.codes(), ["SIGN_IN_NEEDED"]);
    app.api.stop().await;
}

#[tokio::test]
async fn in_the_trusted_mode_no_other_documents_run() {
    let query = "{ coOp { slug } }";
    let app = App::open_with(|settings| {
        settings.trusted_documents = TrustedDocuments::try_new([(sha256(query), query.to_owned())]).ok();
        settings.trusted_only = true;
    })
    .await;
    assert_eq!(app.admin.post(&by_hash(&sha256(query), None), &[]).await.text("/coOp/slug"), "harbour");
    assert_eq!(app.admin.ask(query, json!({})).await.text("/coOp/slug"), "harbour");
    let other = "{ viewer { permissions } }";
    assert_eq!(code(&app.admin.ask(other, json!({})).await), "BAD_REQUEST");
    assert_eq!(code(&app.admin.post(&by_hash(&sha256(other), Some(other)), &[]).await), "BAD_REQUEST");
    assert!(TrustedDocuments::try_new([("00".repeat(32), query.to_owned())]).is_err());
    app.api.stop().await;
}

#[tokio::test]
async fn a_fault_tells_its_trace_and_nothing_else() {
    let mut app = App::open().await;
    app.db.allow_difference(); // what is broken here cannot be verified either
    let owner = app.db.owner().await;
    sqlx::query("alter table ledger_check rename to ledger_check_gone").execute(&owner).await.unwrap();
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let body = json!({"query": "{ ledgerChecks { difference } }"}).to_string();
    let answer = app.admin.post(body.as_bytes(), &[("traceparent", &format!("00-{trace}-00f067aa0ba902b7-01"))]).await;
    assert_eq!(code(&answer), "INTERNAL");
    assert_eq!(answer.json()["errors"][0]["extensions"]["traceId"], trace);
    assert!(!answer.body.contains("ledger_check") && !answer.body.contains("relation"), "{}", answer.body);
    sqlx::query("alter table ledger_check_gone rename to ledger_check").execute(&owner).await.unwrap();
    owner.close().await;
    app.api.stop().await;
}

#[tokio::test]
async fn an_operation_that_takes_too_long_is_given_up() {
    let app = App::open().await;
    let owner = app.db.owner().await;
    let mut lock = owner.begin().await.unwrap();
    sqlx::query("lock table ledger_check in access exclusive mode").execute(&mut *lock).await.unwrap();
    let answer = app.admin.ask("{ ledgerChecks { difference } }", json!({})).await;
    assert_eq!(code(&answer), "TIMED_OUT");
    lock.rollback().await.unwrap();
    owner.close().await;
    app.api.stop().await;
}

#[tokio::test]
async fn graphiql_is_shown_where_it_is_switched_on_and_nowhere_else() {
    let app = App::open().await;
    let page = app.stranger.send("GET", "/graphql", &[], b"").await;
    assert!(page.status == 200 && page.body.contains("graphiql"), "{}", page.head);
    app.api.stop().await;
    let closed = App::open_with(|settings| settings.graphiql = false).await;
    assert_ne!(closed.stranger.send("GET", "/graphql", &[], b"").await.status, 200);
    closed.api.stop().await;
}
