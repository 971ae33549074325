//! J10: which fields of the graph are used by whom, those that are to go first.

use serde_json::{Value, json};

use crate::graph::app::{App, Client};

const USES: &str =
    "query ($first: Int, $after: String, $only: Boolean! = false) { fieldUses(first: $first, after: $after, deprecatedOnly: $only) {
    nodes { field deprecation apiKeyId uses } pageInfo { hasNextPage endCursor } } }";

/// All uses that a client sees.
async fn uses(client: &Client) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = client.ask(USES, json!({"first": 7, "after": after})).await.data()["fieldUses"].clone();
        all.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            return all;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// In how many operations a field was used by a key, or by people.
fn count(uses: &[Value], field: &str, key: &Value) -> u64 {
    let found: Vec<&Value> = uses.iter().filter(|row| row["field"] == field && row["apiKeyId"] == *key).collect();
    assert!(found.len() <= 1, "{found:?}");
    found.first().map_or(0, |row| row["uses"].as_str().unwrap().parse().unwrap())
}

/// A key of Harbour's, and somebody who shows it.
async fn till(app: &App) -> (Value, Client) {
    let create = "mutation { createApiKey(input: {name: \"Till\", permissions: [\"sales.read\", \"coop.manage\"], expiresAt: \"2027-06-01T00:00:00Z\"}) {
        made { token key { id } } problems { code } } }";
    let made = app.admin.ask(create, json!({})).await;
    let till = Client { token: Some(made.text("/createApiKey/made/token")), coop: None, ..app.stranger.clone() };
    (made.at("/createApiKey/made/key/id"), till)
}

#[tokio::test]
async fn j10_each_field_is_counted_by_key_and_what_is_to_go_comes_first() {
    let app = App::open().await;
    let (key, till) = till(&app).await;
    // Twice by other names, once through a fragment, once for a whole page: an operation counts once
    let sales = "query Chosen { a: sales(first: 2) { nodes { ...of } } b: sales(first: 1) { nodes { id } } }
        query Other { parties { nodes { id } } } fragment of on Sale { id ... on Sale { reference } }";
    for _ in 0..3 {
        till.post(json!({"query": sales, "operationName": "Chosen"}).to_string().as_bytes(), &[]).await.data();
    }
    let old = "{ coOpExports { file url } }";
    till.ask(old, json!({})).await.data();
    app.admin.ask(old, json!({})).await.data();
    app.neighbour.ask("{ coOpExports { file bytes } }", json!({})).await.data();
    // What is refused is not used
    till.ask("{ coOpExports { file rows } sales(first: 0) { nope } }", json!({})).await;

    let told = uses(&app.admin).await;
    let deprecated: Vec<&Value> = told.iter().take_while(|used| used["deprecation"].is_string()).collect();
    assert_eq!(deprecated.len(), 2, "{told:?}");
    assert!(told.iter().skip(2).all(|used| used["deprecation"].is_null()), "{told:?}");
    for by in [&key, &Value::Null] {
        assert_eq!(count(&told, "CoOpExport.file", by), 1, "{by}");
    }
    for (field, by_key) in
        [("Query.sales", 3), ("Sale.id", 3), ("Sale.reference", 3), ("Query.parties", 0), ("CoOpExport.rows", 0), ("Query.coOpExports", 1)]
    {
        assert_eq!(count(&told, field, &key), by_key, "{field}");
    }
    let only = app.admin.ask(USES, json!({"only": true})).await.data();
    assert_eq!(only["fieldUses"]["nodes"].as_array().unwrap().len(), 2);
    let metrics = telemetry::metrics::text();
    assert!(metrics.contains(r#"guildhall_graphql_deprecated_fields_total{field="CoOpExport.file"}"#), "{metrics}");

    // Quarry's are Quarry's, and not everybody reads them
    let theirs = uses(&app.neighbour).await;
    assert_eq!((count(&theirs, "CoOpExport.bytes", &Value::Null), count(&theirs, "Query.sales", &key)), (1, 0));
    for (client, code) in
        [(&app.member, "FORBIDDEN"), (&till, "FORBIDDEN"), (&app.outsider, "NOT_FOUND"), (&app.stranger, "SIGN_IN_NEEDED")]
    {
        assert_eq!(client.ask(USES, json!({})).await.codes(), [code]);
    }
    app.api.stop().await;
}

#[tokio::test]
async fn j10_what_was_counted_in_memory_is_written_when_the_api_stops_and_added_to() {
    let app = App::open().await;
    let owner = app.db.owner().await;
    let written = async || -> Option<i64> {
        sqlx::query_scalar("select uses from field_use where field = 'Query.sales'").fetch_optional(&owner).await.unwrap()
    };
    app.admin.ask("{ sales { nodes { id } } }", json!({})).await.data();
    assert_eq!(written().await, None, "requests do not wait for it");
    uses(&app.admin).await;
    app.admin.ask("{ sales { nodes { id } } }", json!({})).await.data();
    assert_eq!(written().await, Some(1));
    app.api.stop().await;
    assert_eq!(written().await, Some(2));
    owner.close().await;
}
