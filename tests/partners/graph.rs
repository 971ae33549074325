//! Keys and limits in the graph, over HTTP.

use chrono::TimeDelta;
use partners::{Quota, Quotas};
use serde_json::{Value, json};

use crate::graph::app::{Answer, App, Client};

const CREATE: &str = "mutation ($name: String!, $permissions: [String!]!) {
    createApiKey(input: {name: $name, permissions: $permissions, expiresAt: \"2027-06-01T00:00:00Z\"}) {
        made { token key { id name prefix permissions status madeBy { name } lastUsedAt } }
        problems { code message path }
    }
}";
const ROTATE: &str = "mutation ($id: ID!, $hours: Int!) {
    rotateApiKey(id: $id, overlapHours: $hours) { made { token key { id prefix secrets { number worksUntil } } } problems { code } }
}";
const REVOKE: &str = "mutation ($id: ID!) { revokeApiKey(id: $id) { key { status revokedBy { name } } problems { code } } }";
const LIST: &str = "{ apiKeys { nodes { id name status secrets { number lastUsedAt lastUsedFrom } } } }";
const WHO: &str = "{ viewer { permissions coOp { slug } } }";

impl Client {
    /// Whoever shows a token, and names no co-op.
    fn showing(&self, token: &str) -> Self {
        Self { url: self.url.clone(), person: None, token: Some(token.to_owned()), coop: None }
    }

    async fn makes_key(&self, name: &str, permissions: &[&str]) -> Answer {
        self.ask(CREATE, json!({"name": name, "permissions": permissions})).await
    }
}

#[tokio::test]
async fn j1_a_key_that_is_made_in_the_graph_opens_it_and_is_rotated_and_revoked_there() {
    let app = App::open().await;
    let made = app.admin.makes_key("Till", &["sales.read", "payouts.read"]).await;
    let key = made.at("/createApiKey/made/key");
    assert_eq!((&key["status"], &key["madeBy"]["name"], &key["lastUsedAt"]), (&json!("WORKING"), &json!("Ada"), &Value::Null));
    let id = json!({"id": key["id"]});
    let till = app.stranger.showing(&made.text("/createApiKey/made/token"));
    assert_eq!(
        till.ask(WHO, json!({})).await.data()["viewer"],
        json!({"permissions": ["sales.read", "payouts.read"], "coOp": {"slug": "harbour"}})
    );
    // It does what it may and nothing else, and no key makes keys
    till.ask("{ payoutRuns { nodes { id } } }", json!({})).await.data();
    assert_eq!(till.ask(LIST, json!({})).await.codes(), ["FORBIDDEN"]);
    assert_eq!(till.makes_key("Another", &["sales.read"]).await.codes(), ["FORBIDDEN"]);
    // The header of another co-op changes nothing: the key is Harbour's
    let astray = Client { coop: Some("quarry".to_owned()), ..till.clone() };
    assert_eq!(astray.ask(WHO, json!({})).await.text("/viewer/coOp/slug"), "harbour");

    let rotated = app.admin.ask(ROTATE, json!({"id": key["id"], "hours": 24})).await;
    assert_eq!(rotated.at("/rotateApiKey/made/key/prefix"), key["prefix"]);
    let new_till = app.stranger.showing(&rotated.text("/rotateApiKey/made/token"));
    for till in [&till, &new_till] {
        assert_eq!(till.ask(WHO, json!({})).await.codes(), Vec::<String>::new());
    }
    assert_eq!(app.admin.ask(REVOKE, id.clone()).await.at("/revokeApiKey/key"), json!({"status": "REVOKED", "revokedBy": {"name": "Ada"}}));
    for till in [&till, &new_till] {
        assert_eq!(till.ask(WHO, json!({})).await.codes(), ["SIGN_IN_NEEDED"]);
    }
    assert_eq!(app.admin.ask(REVOKE, id).await.codes(), Vec::<String>::new(), "twice is the same answer");
    assert_eq!(app.admin.ask(ROTATE, json!({"id": key["id"], "hours": 0})).await.codes(), ["NOT_NOW"]);

    // What was used is written down when the api stops, at the latest
    app.api.stop().await;
    let rows: Vec<(i16, String)> = sqlx::query_as("select number, host(last_used_from) from api_key_secret order by number")
        .fetch_all(&app.db.owner().await)
        .await
        .unwrap();
    assert_eq!(rows, [(1, "127.0.0.1".to_owned()), (2, "127.0.0.1".to_owned())]);
}

#[tokio::test]
async fn j1_keys_in_the_graph_are_for_those_who_manage_them_in_their_own_co_op() {
    let app = App::open().await;
    let made = app.admin.makes_key("Till", &["sales.read"]).await;
    let id = json!({"id": made.text("/createApiKey/made/key/id")});
    for client in [&app.member, &app.treasurer] {
        assert_eq!(client.ask(LIST, json!({})).await.codes(), ["FORBIDDEN"]);
        assert_eq!(client.makes_key("Shop", &["sales.read"]).await.codes(), ["FORBIDDEN"]);
        assert_eq!(client.ask(REVOKE, id.clone()).await.codes(), ["FORBIDDEN"]);
    }
    assert_eq!(app.neighbour.ask(REVOKE, id.clone()).await.codes(), ["NOT_FOUND"]);
    assert_eq!(app.neighbour.ask(LIST, json!({})).await.at("/apiKeys/nodes"), json!([]));
    let node = "query ($id: ID!) { node(id: $id) { ... on ApiKey { name } } }";
    assert_eq!(app.neighbour.ask(node, id.clone()).await.at("/node"), Value::Null);
    assert_eq!(app.treasurer.ask(node, id.clone()).await.at("/node"), Value::Null);
    assert_eq!(app.admin.ask(node, id).await.at("/node/name"), "Till");

    assert_eq!(app.admin.makes_key("till", &["sales.read"]).await.codes(), ["CONFLICT"]);
    let wrong = app.admin.makes_key("Shop", &["sales.read", "sales.write"]).await;
    assert_eq!(wrong.at("/createApiKey/problems/0/code"), "INVALID_INPUT");
    assert_eq!(wrong.at("/createApiKey/problems/0/path"), json!(["input", "permissions", "1"]));
    app.api.stop().await;
}

impl Answer {
    fn header(&self, name: &str) -> Option<u32> {
        let line = self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))?;
        Some(line.parse().unwrap())
    }
}

#[tokio::test]
async fn j3_answers_tell_what_is_left_and_beyond_it_are_refused_until_the_time_they_say() {
    let quotas = Quotas { key: Quota { burst: 10, per_second: 1 }, ..Quotas::default() };
    let app = App::open_with(|config| config.quotas = quotas).await;
    let made = app.admin.makes_key("Till", &["sales.read"]).await;
    let till = app.stranger.showing(&made.text("/createApiKey/made/token"));
    // Two fields weigh two
    let first = till.ask("{ viewer { permissions } }", json!({})).await;
    assert_eq!(first.json()["extensions"]["cost"]["cost"], 2);
    let told = |answer: &Answer| ["limit", "remaining", "reset"].map(|name| answer.header(&format!("ratelimit-{name}")));
    assert_eq!((first.status, told(&first), first.header("retry-after")), (200, [Some(10), Some(8), Some(2)], None));
    for remaining in [6, 4, 2, 0] {
        assert_eq!(told(&till.ask("{ viewer { permissions } }", json!({})).await)[1], Some(remaining));
    }
    let refused = till.ask("{ viewer { permissions } }", json!({})).await;
    assert_eq!((refused.status, refused.codes()), (429, vec!["TOO_MANY".to_owned()]));
    assert_eq!((told(&refused), refused.header("retry-after")), ([Some(10), Some(0), Some(10)], Some(2)));
    // Others are not held up, and what was promised holds
    app.admin.ask("{ viewer { permissions } }", json!({})).await.data();
    app.clock.advance(TimeDelta::seconds(2));
    till.ask("{ viewer { permissions } }", json!({})).await.data();
    // Whoever is not let in is told nothing of limits
    let stranger = app.stranger.ask("{ viewer { permissions } }", json!({})).await;
    assert_eq!((stranger.status, told(&stranger)), (200, [None; 3]));
    app.api.stop().await;
}
