//! What if: agreements are tried out before anybody adopts them.

use serde_json::{Value, json};

use super::{app::App, cases::draft};

const SIMULATE: &str = "query ($draft: AgreementDraftInput!, $days: Int!) { simulateAgreement(agreement: $draft, days: $days) {
    lines faultyLines faults { message } changes { party { name kind } was { minor } wouldBe { minor } change { minor } } problems { message path } } }";

fn minor(value: &Value) -> i64 {
    value["minor"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn d5_a_draft_run_over_last_months_sales_shows_each_partys_change() {
    let app = App::open().await;
    let told = app.admin.ask(SIMULATE, json!({"draft": draft(), "days": 60})).await.data();
    let told = &told["simulateAgreement"];
    assert_eq!((told["lines"].as_i64(), told["faultyLines"].as_i64()), (Some(6), Some(0)), "{told}");
    let changes = told["changes"].as_array().unwrap();
    // 5 % of gross becomes 10 %: what the co-op gains its makers lose, and the venue keeps its share
    assert_eq!(changes.iter().map(|change| minor(&change["change"])).sum::<i64>(), 0);
    let of =
        |kind: &str| changes.iter().filter(|change| change["party"]["kind"] == kind).map(|change| minor(&change["change"])).sum::<i64>();
    assert_eq!(of("VENUE"), 0, "{told}");
    let gross: i64 = [3, 5, 7].into_iter().map(|day| 1_000 + day + 2_001).sum();
    assert!((of("COOP") - gross / 20).abs() <= 6 && of("MEMBER") == -of("COOP"), "{told}");
    // The rule in force changes nothing
    let mut same = draft();
    same["body"]["steps"][1]["rate"] = Value::from("5 %");
    let told = app.admin.ask(SIMULATE, json!({"draft": same, "days": 60})).await.data();
    for change in told["simulateAgreement"]["changes"].as_array().unwrap() {
        assert_eq!(minor(&change["change"]), 0, "{change}");
    }
    // Earlier sales are not looked at
    assert_eq!(app.admin.ask(SIMULATE, json!({"draft": draft(), "days": 1})).await.at("/simulateAgreement/lines"), 0);
    assert_eq!(app.admin.ask(SIMULATE, json!({"draft": draft(), "days": 0})).await.codes(), ["INVALID_INPUT"]);
    app.api.stop().await;
}

#[tokio::test]
async fn faults_of_a_draft_name_their_step() {
    let app = App::open().await;
    let mut wrong = draft();
    wrong["body"]["steps"][1]["rate"] = Value::from("95 %");
    let ask = "query ($draft: AgreementDraftInput!) { validateAgreement(agreement: $draft) { code message path } }";
    let told = app.member.ask(ask, json!({"draft": wrong})).await.at("/validateAgreement");
    assert!(!told.as_array().unwrap().is_empty() && told[0]["code"] == "INVALID_INPUT", "{told}");
    let mut unread = draft();
    unread["body"]["steps"][1]["rate"] = Value::from("a tenth");
    let told = app.member.ask(ask, json!({"draft": unread})).await.at("/validateAgreement/0/path");
    assert!(told.to_string().contains("steps"), "{told}");
    assert_eq!(app.member.ask(ask, json!({"draft": draft()})).await.at("/validateAgreement"), json!([]));
    app.api.stop().await;
}

#[tokio::test]
async fn d20_one_query_tells_why_with_the_vote_the_steps_the_rounding_and_stripes_ids() {
    let app = App::open().await;
    let ask = "{ sales(first: 1) { nodes { explanation { fee { shown } text
        lines { agreements { name number adoptedBy } shares { to amount { minor } } steps { rule sentence roundingMillionths parts { to rounding { minor } } } }
        postings { kind legs { account amount { minor } } } stripe { charge balanceTransaction paymentIntent } } } } }";
    let told = app.admin.ask(ask, json!({})).await.at("/sales/nodes/0/explanation");
    assert_eq!(told["lines"][0]["agreements"][0]["adoptedBy"], "Vote 7");
    assert_eq!(told["fee"]["shown"], "0.40");
    for line in told["lines"].as_array().unwrap() {
        assert!(!line["steps"].as_array().unwrap().is_empty(), "{line}");
    }
    for posting in told["postings"].as_array().unwrap() {
        assert_eq!(posting["legs"].as_array().unwrap().iter().map(|leg| minor(&leg["amount"])).sum::<i64>(), 0);
    }
    assert!(told["stripe"]["charge"].as_str().unwrap().starts_with("ch_"));
    app.api.stop().await;
}

#[tokio::test]
async fn a_member_sees_their_own_and_nothing_of_others() {
    let app = App::open().await;
    let own = app
        .member
        .ask("{ myStatements { nodes { id party { handle } files { json pdf } } } myBalance { payable { minor } } }", json!({}))
        .await;
    assert_eq!(own.at("/myStatements/nodes/0/party/handle"), "maker-1");
    assert!(minor(&own.at("/myBalance/payable")) > 0);
    let theirs = app
        .admin
        .ask("{ statements(first: 100) { nodes { id party { handle } files { json } } } }", json!({}))
        .await
        .at("/statements/nodes");
    let other = theirs.as_array().unwrap().iter().find(|one| one["party"]["handle"] != "maker-1").unwrap();
    let ask = "query ($id: ID!) { statement(id: $id) { id } }";
    assert_eq!(app.member.ask(ask, json!({"id": other["id"]})).await.codes(), ["NOT_FOUND"]);
    let node = app.member.ask("query ($id: ID!) { node(id: $id) { id } }", json!({"id": other["id"]})).await;
    assert_eq!(node.at("/node"), Value::Null);
    // Files ask the same questions as the graph
    let file = own.text("/myStatements/nodes/0/files/json");
    let foreign = other["files"]["json"].as_str().unwrap();
    let get = async |client: &super::app::Client, path: &str| client.send("GET", path, &[], b"").await.status;
    assert_eq!((get(&app.member, &file).await, get(&app.member, foreign).await, get(&app.admin, foreign).await), (200, 404, 200));
    assert_eq!((get(&app.outsider, &file).await, get(&app.stranger, &file).await), (404, 401));
    // Numbers begin anew in each co-op: a neighbour finds their own statement under it, or none
    let theirs = app.neighbour.send("GET", &file, &[], b"").await;
    assert!(!theirs.body.contains("harbour"), "{}", theirs.body);
    let viewed = app
        .member
        .ask(
            "mutation ($id: ID!) { markStatementViewed(id: $id) { statement { viewedAt } problems { code } } }",
            json!({"id": own.text("/myStatements/nodes/0/id")}),
        )
        .await;
    assert!(viewed.at("/markStatementViewed/statement/viewedAt").is_string());
    app.api.stop().await;
}
