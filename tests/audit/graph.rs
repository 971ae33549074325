//! The audit in the graph, over HTTP.

use serde_json::{Value, json};

use crate::graph::app::App;

const CREATE: &str = "mutation Anything($name: String!) {
    createApiKey(input: {name: $name, permissions: [\"sales.read\"], expiresAt: \"2027-06-01T00:00:00Z\"}) { made { key { id } } problems { code } }
}";
const LIST: &str = "query ($first: Int, $after: String, $filter: AuditFilter) {
    auditEntries(first: $first, after: $after, filter: $filter) {
        nodes { id at sentence actor person { id name } session apiKeyId via from table key action changes { column before after } }
        pageInfo { hasNextPage endCursor }
    }
}";

#[tokio::test]
async fn k2_an_act_in_the_graph_says_who_by_which_session_through_which_field_and_from_where() {
    let app = App::open().await;
    app.admin.ask(CREATE, json!({"name": "Till"})).await.data();
    let newest = app.admin.ask(LIST, json!({"first": 2})).await.at("/auditEntries/nodes");
    let [secret, key] = newest.as_array().unwrap().as_slice() else { panic!("{newest}") };
    assert_eq!((&key["table"], &key["action"], &key["actor"]), (&json!("api_key"), &json!("INSERT"), &json!("PERSON")));
    assert_eq!((&key["person"]["name"], &key["via"], &key["from"]), (&json!("Ada"), &json!("createApiKey"), &json!("127.0.0.1")));
    assert!(key["sentence"].as_str().unwrap().starts_with("Ada added api key "), "{key}");
    let sessions: Vec<String> = sqlx::query_scalar("select session_id::text from session where person_id = $1")
        .bind(app.admin.person.unwrap().0)
        .fetch_all(&app.db.owner().await)
        .await
        .unwrap();
    assert_eq!(sessions, [key["session"].as_str().unwrap()]);
    let changes = secret["changes"].as_array().unwrap();
    let hash = changes.iter().find(|change| change["column"] == "hash").unwrap();
    assert_eq!(hash, &json!({"column": "hash", "before": null, "after": "***"}));

    // What was approved by one was drafted by another, and it shows
    let run = app.admin.ask("{ payoutRuns { nodes { id } } }", json!({})).await.text("/payoutRuns/nodes/0/id");
    let hold = "mutation ($id: ID!) { holdPayoutRun(id: $id, reason: \"it rains\") { problems { code } } }";
    app.treasurer.ask(hold, json!({"id": run})).await.data();
    let of_runs = app.admin.ask(LIST, json!({"first": 1, "filter": {"table": "payout_run"}})).await.at("/auditEntries/nodes/0");
    let of_run: Vec<&Value> = of_runs["changes"].as_array().unwrap().iter().collect();
    assert_eq!(of_run[1], &json!({"column": "status", "before": "draft", "after": "held"}));
    let by_ada = app.admin.ask(LIST, json!({"filter": {"person": key["person"]["id"]}})).await.at("/auditEntries/nodes");
    assert_eq!(by_ada, newest, "Ana's acts are not Ada's");
    app.api.stop().await;
}

#[tokio::test]
async fn k2_who_had_a_parked_event_settled_again_is_told_though_the_inbox_is_no_co_ops_table() {
    let app = App::open().await;
    let event = app.admin.ask("{ parkedEvents { nodes { id } } }", json!({})).await.text("/parkedEvents/nodes/0/id");
    let replay = "mutation ($id: ID!) { replayParkedEvent(id: $id) { event { id } problems { code } } }";
    let replayed = app.admin.ask(replay, json!({"id": event})).await.data();
    assert_eq!(replayed["replayParkedEvent"]["problems"], json!([]));
    let of_events = json!({"first": 5, "filter": {"table": "stripe_event"}});
    let entry = app.admin.ask(LIST, of_events.clone()).await.at("/auditEntries/nodes");
    assert_eq!(entry.as_array().unwrap().len(), 1, "{entry}");
    assert_eq!((&entry[0]["person"]["name"], &entry[0]["via"]), (&json!("Ada"), &json!("replayParkedEvent")));
    assert_eq!((&entry[0]["key"], &entry[0]["from"]), (&json!("evt_harbour"), &json!("127.0.0.1")));
    // What is not parked any more cannot be replayed, and leaves nothing
    let again = app.admin.ask(replay, json!({"id": event})).await;
    assert_eq!(again.codes(), ["NOT_FOUND"], "{}", again.body);
    assert_eq!(app.admin.ask(LIST, of_events).await.at("/auditEntries/nodes"), entry);
    app.api.stop().await;
}

#[tokio::test]
async fn k2_the_audit_in_the_graph_is_paged_and_closed_to_others() {
    let app = App::open().await;
    let ids = |page: &Value| -> Vec<String> {
        page["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = ids(&app.admin.ask(LIST, json!({"first": 100})).await.at("/auditEntries"));
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = app.admin.ask(LIST, json!({"first": 5, "after": after})).await.at("/auditEntries");
        seen.extend(ids(&page));
        // Something is added at the front while it is read
        app.admin.ask(CREATE, json!({"name": format!("Till {}", seen.len())})).await.data();
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, all);

    for client in [&app.member, &app.guest] {
        assert_eq!(client.ask(LIST, json!({})).await.codes(), ["FORBIDDEN"]);
    }
    let theirs = ids(&app.neighbour.ask(LIST, json!({"first": 100})).await.at("/auditEntries"));
    assert!(!theirs.is_empty() && theirs.iter().all(|id| !all.contains(id)));
    let node = "query ($id: ID!) { node(id: $id) { ... on AuditEntry { sentence } } }";
    assert_eq!(app.neighbour.ask(node, json!({"id": all[0]})).await.at("/node"), Value::Null);
    assert!(app.admin.ask(node, json!({"id": all[0]})).await.at("/node/sentence").is_string());
    app.api.stop().await;
}
