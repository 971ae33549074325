//! Every code of the closed list is one that somebody can get: each is provoked over HTTP. A code that is added without a row
//! here fails the test.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::app::{Answer, App};

/// Each code of `api::error_codes`.
const PROVOKED: [&str; 16] = [
    "INVALID_INPUT",
    "NOT_FOUND",
    "CONFLICT",
    "SIGN_IN_NEEDED",
    "FORBIDDEN",
    "SECOND_FACTOR_NEEDED",
    "NOT_NOW",
    "TOO_MANY",
    "QUERY_TOO_DEEP",
    "QUERY_TOO_COMPLEX",
    "TOO_MANY_ALIASES",
    "BODY_TOO_LARGE",
    "TIMED_OUT",
    "PERSISTED_QUERY_NOT_FOUND",
    "BAD_REQUEST",
    "INTERNAL",
];

const CREATE_KEY: &str =
    "mutation { createApiKey(input: {name: \"Till\", permissions: [\"sales.read\"], expiresAt: \"2027-06-01T00:00:00Z\"}) {
    made { token } problems { code } } }";
const RELEASE: &str = "mutation ($id: ID!) { releasePayoutRun(id: $id) { run { id } problems { code } } }";
const CHECKS: &str = "{ ledgerChecks { difference } }";

/// What somebody asks to hear that code.
async fn provoke(app: &App, code: &str) -> Answer {
    let nothing = json!({});
    match code {
        "INVALID_INPUT" => app.admin.ask("{ sales(first: 0) { nodes { id } } }", nothing).await,
        "NOT_FOUND" => app.admin.ask("{ payoutRun(id: \"nobody's\") { id } }", nothing).await,
        "CONFLICT" => {
            app.admin.ask(CREATE_KEY, json!({})).await.data();
            app.admin.ask(CREATE_KEY, nothing).await
        }
        "SIGN_IN_NEEDED" => app.stranger.ask("{ me { id } }", nothing).await,
        "FORBIDDEN" => app.member.ask("{ apiKeys { nodes { id } } }", nothing).await,
        "SECOND_FACTOR_NEEDED" => {
            let run = app.treasurer.ask("{ payoutRuns { nodes { id } } }", nothing).await.text("/payoutRuns/nodes/0/id");
            app.without_factor("Cas", "treasurer").await.ask(RELEASE, json!({"id": run})).await
        }
        "NOT_NOW" => app.stranger.ask("mutation { verifyEmail(token: \"old\") { verified problems { code } } }", nothing).await,
        "TOO_MANY" => {
            let ask = "mutation { requestPasswordReset(email: \"nobody@example.org\") { letterSent problems { code } } }";
            for _ in 0..4 {
                app.stranger.ask(ask, json!({})).await.data();
            }
            app.stranger.ask(ask, nothing).await
        }
        "QUERY_TOO_DEEP" => app.stranger.ask(&format!("{{ {} id {} }}", "a { ".repeat(50), "}".repeat(50)), nothing).await,
        "QUERY_TOO_COMPLEX" => {
            let heavy = "{ payoutRuns(first: 100) { nodes { payouts(first: 100) { nodes { id steps { at note } } } } } }";
            app.admin.ask(heavy, nothing).await
        }
        "TOO_MANY_ALIASES" => {
            let aliases = (0..31).map(|number| format!("a{number}: __typename")).collect::<Vec<_>>().join(" ");
            app.stranger.ask(&format!("{{ {aliases} }}"), nothing).await
        }
        "BODY_TOO_LARGE" => app.stranger.post(&vec![b' '; (1 << 20) + 1], &[]).await,
        "PERSISTED_QUERY_NOT_FOUND" => {
            let asked = json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "00".repeat(32)}}});
            app.stranger.post(asked.to_string().as_bytes(), &[]).await
        }
        "BAD_REQUEST" => app.stranger.ask("{ nothing }", nothing).await,
        "TIMED_OUT" => {
            let owner = app.db.owner().await;
            let mut lock = owner.begin().await.unwrap();
            sqlx::query("lock table ledger_check in access exclusive mode").execute(&mut *lock).await.unwrap();
            let answer = app.admin.ask(CHECKS, nothing).await;
            lock.rollback().await.unwrap();
            owner.close().await;
            answer
        }
        "INTERNAL" => {
            let owner = app.db.owner().await;
            sqlx::query("alter table ledger_check rename to ledger_check_gone").execute(&owner).await.unwrap();
            let answer = app.admin.ask(CHECKS, nothing).await;
            sqlx::query("alter table ledger_check_gone rename to ledger_check").execute(&owner).await.unwrap();
            owner.close().await;
            answer
        }
        other => panic!("nobody knows how to hear {other}"),
    }
}

#[tokio::test]
async fn every_code_of_the_closed_list_is_raised_by_somebody() {
    let listed: BTreeSet<&str> = ::api::error_codes().into_iter().collect();
    assert_eq!(listed, PROVOKED.into_iter().collect(), "a code that is added takes a way to hear it in this file");
    let mut app = App::open().await;
    app.db.allow_difference(); // a table is away for a moment
    for code in PROVOKED {
        let answer = provoke(&app, code).await;
        assert_eq!(answer.codes(), [code], "{}", answer.body);
        let told: Vec<Value> = answer.json()["errors"].as_array().cloned().unwrap_or_default();
        assert!(told.iter().all(|error| error["message"].as_str().is_some_and(|message| !message.is_empty())), "{}", answer.body);
    }
    app.api.stop().await;
}
