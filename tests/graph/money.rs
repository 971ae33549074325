//! What moves money: one drafts, another approves, with a second factor, and each wish counts once.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    app::{Answer, App, Client},
    cases::draft,
};

const APPROVE: &str = "mutation ($id: ID!, $key: String!) { approvePayoutRun(id: $id, idempotencyKey: $key) { run { id status approvedBy { name } } problems { code message path } } }";
const ADOPT: &str = "mutation ($key: String!, $input: AdoptAgreementInput!) {
    adoptAgreement(idempotencyKey: $key, input: $input) { version { id number adoptedBy } problems { code message path } } }";

async fn the_run(app: &App) -> String {
    app.treasurer.ask("{ payoutRuns { nodes { id } } }", json!({})).await.text("/payoutRuns/nodes/0/id")
}

async fn approve(client: &Client, id: &str, key: &str) -> Answer {
    client.ask(APPROVE, json!({"id": id, "key": key})).await
}

#[tokio::test]
async fn a11_the_author_of_a_run_cannot_approve_it_in_the_graph_and_another_can() {
    let app = App::open().await;
    let run = the_run(&app).await;
    assert_eq!(approve(&app.treasurer, &run, "by the author").await.codes(), ["FORBIDDEN"]);
    let approved = approve(&app.second_treasurer, &run, "by another").await;
    assert_eq!(approved.at("/approvePayoutRun/run/approvedBy/name"), "Ben");
    assert_ne!(approved.at("/approvePayoutRun/run/status"), "DRAFT");
    let results = app
        .treasurer
        .ask(
            "query ($id: ID!) { payoutRun(id: $id) { totals { status count } payouts { nodes { status reason party { name } } } } }",
            json!({"id": run}),
        )
        .await;
    let payouts = results.at("/payoutRun/payouts/nodes");
    for payout in payouts.as_array().unwrap() {
        assert!(payout["status"] != "SKIPPED" || payout["reason"].is_string(), "{payout}");
    }
    app.api.stop().await;
}

#[tokio::test]
async fn a13_what_moves_money_takes_a_second_factor_of_the_last_minutes() {
    let app = App::open().await;
    let run = the_run(&app).await;
    // The access token lives as long as the factor is fresh, so the clock goes just past the factor
    app.clock.advance(TimeDelta::minutes(9) + TimeDelta::seconds(30));
    let fresh = approve(&app.second_treasurer, &run, "in time").await;
    assert_eq!(fresh.codes(), Vec::<String>::new(), "{}", fresh.body);
    let bare = app.without_factor("Cas", "treasurer").await;
    for (ask, variables) in [
        (APPROVE, json!({"id": run, "key": "bare"})),
        ("mutation ($id: ID!) { releasePayoutRun(id: $id) { run { id } problems { code } } }", json!({"id": run})),
        (
            "mutation ($key: String!) { closeMonth(idempotencyKey: $key, month: \"2026-11\") { close { issued } problems { code } } }",
            json!({"key": "bare"}),
        ),
    ] {
        assert_eq!(bare.ask(ask, variables).await.codes(), ["SECOND_FACTOR_NEEDED"], "{ask}");
    }
    app.api.stop().await;
}

#[tokio::test]
async fn j7_the_same_key_and_body_replay_the_answer_and_another_body_is_a_conflict() {
    let app = App::open().await;
    let adopt = async |client: &Client, key: &str, rate: &str| {
        let mut agreement = draft();
        agreement["body"]["steps"][1]["rate"] = Value::from(rate);
        client.ask(ADOPT, json!({"key": key, "input": {"agreement": agreement}})).await
    };
    let first = adopt(&app.admin, "one", "10 %").await;
    let again = adopt(&app.admin, "one", "10 %").await;
    assert_eq!(first.data(), again.data());
    assert_eq!(first.at("/adoptAgreement/version/number"), 2);
    assert_eq!(first.at("/adoptAgreement/version/adoptedBy"), "Ada");
    let other = adopt(&app.admin, "one", "11 %").await;
    assert_eq!(other.codes(), ["CONFLICT"]);
    assert_eq!(other.at("/adoptAgreement/problems/0/path"), json!(["idempotencyKey"]));
    assert_eq!(adopt(&app.admin, "two", "11 %").await.at("/adoptAgreement/version/number"), 3);
    assert_eq!(adopt(&app.admin, "", "11 %").await.codes(), ["INVALID_INPUT"]);
    // Another's key of the same name is another key
    assert_eq!(adopt(&app.neighbour, "one", "12 %").await.at("/adoptAgreement/version/number"), 2);
    app.api.stop().await;
}

#[tokio::test]
async fn j7_eight_at_once_with_one_key_adopt_one_version() {
    let app = App::open().await;
    let input = json!({"key": "at once", "input": {"agreement": draft()}});
    let asked = (0..8).map(|_| app.admin.ask(ADOPT, input.clone()));
    for answer in futures_util::future::join_all(asked).await {
        let codes = answer.codes();
        assert!(codes.is_empty() || codes == ["NOT_NOW"], "{}", answer.body);
    }
    let versions = app.admin.ask("{ agreements { nodes { versions { number } } } }", json!({})).await;
    assert_eq!(versions.at("/agreements/nodes/0/versions"), json!([{"number": 2}, {"number": 1}]));
    app.api.stop().await;
}

#[tokio::test]
async fn j7_a_claim_whose_owner_died_is_taken_over_and_drafts_one_run() {
    let app = App::open().await;
    let run = the_run(&app).await;
    let cancel =
        "mutation ($id: ID!) { cancelPayoutRun(id: $id, reason: \"room for another\", idempotencyKey: \"c\") { problems { code } } }";
    app.treasurer.ask(cancel, json!({"id": run})).await.data();
    let ask =
        "mutation { draftPayoutRun(idempotencyKey: \"d\", input: {cutoff: \"2026-12-01T00:00:00Z\"}) { run { id } problems { code } } }";
    let first = app.treasurer.ask(ask, json!({})).await.text("/draftPayoutRun/run/id");
    // As if the process had died between the run and the answer
    let owner = app.db.owner().await;
    sqlx::query("update idempotency set answer = null where key = 'd'").execute(&owner).await.unwrap();
    assert_eq!(app.treasurer.ask(ask, json!({})).await.codes(), ["NOT_NOW"]);
    app.clock.advance(TimeDelta::seconds(31));
    assert_eq!(app.treasurer.ask(ask, json!({})).await.text("/draftPayoutRun/run/id"), first);
    // An answer that is over is given no more, whether the worker has forgotten it or not
    sqlx::query("update idempotency set created_at = created_at - interval '31 days' where key = 'c'").execute(&owner).await.unwrap();
    assert_eq!(app.treasurer.ask(cancel, json!({"id": first})).await.codes(), Vec::<String>::new(), "the key is as good as new");
    owner.close().await;
    app.api.stop().await;
}

#[tokio::test]
async fn j7_the_worker_forgets_answers_that_are_over_and_no_others() {
    let app = App::open().await;
    let run = the_run(&app).await;
    let cancel =
        "mutation ($id: ID!, $key: String!) { cancelPayoutRun(id: $id, reason: \"enough\", idempotencyKey: $key) { problems { code } } }";
    app.treasurer.ask(cancel, json!({"id": run, "key": "first"})).await.data();
    app.clock.advance(TimeDelta::days(29));
    let owner = app.db.owner().await;
    sqlx::query("insert into idempotency select coop_id, actor, 'second', operation, fingerprint, answer, $1, $1 from idempotency")
        .bind(app.clock.now())
        .execute(&owner)
        .await
        .unwrap();
    let (coops, db) = ([app.harbour.coop.id, app.quarry.coop.id], &app.db.pools.orm);
    let forget = async || ::partners::forget_answers(db, &coops, app.clock.now()).await.unwrap();
    assert_eq!(forget().await, 0);
    app.clock.advance(TimeDelta::days(2));
    assert_eq!((forget().await, forget().await), (1, 0), "twice is once");
    let left: Vec<String> = sqlx::query_scalar("select key from idempotency").fetch_all(&owner).await.unwrap();
    assert_eq!(left, ["second"]);
    owner.close().await;
    app.api.stop().await;
}

#[tokio::test]
async fn a_run_that_was_drafted_twice_with_one_key_is_one_run() {
    let app = App::open().await;
    let run = the_run(&app).await;
    let cancel =
        "mutation ($id: ID!) { cancelPayoutRun(id: $id, reason: \"again\", idempotencyKey: \"c\") { run { status } problems { code } } }";
    assert_eq!(app.treasurer.ask(cancel, json!({"id": run})).await.at("/cancelPayoutRun/run/status"), "CANCELLED");
    let ask = "mutation ($cutoff: DateTime!) { draftPayoutRun(idempotencyKey: \"d\", input: {cutoff: $cutoff}) { run { id } problems { code } } }";
    let first = app.treasurer.ask(ask, json!({"cutoff": "2026-12-01T00:00:00Z"})).await;
    let again = app.treasurer.ask(ask, json!({"cutoff": "2026-12-01T00:00:00Z"})).await;
    assert_eq!(first.data(), again.data());
    assert_eq!(app.treasurer.ask(ask, json!({"cutoff": "2026-11-30T00:00:00Z"})).await.codes(), ["CONFLICT"]);
    app.api.stop().await;
}
