//! The feed over plain HTTP and in the graph.

use ::catalogue::{Catalogue, Policy, SaveProduct};
use kernel::{Permissions, ProductId};
use serde_json::{Value, json};

use super::stage::{actor, change, product, text};
use crate::graph::app::{Answer, App, Client};

const CHANGES: &str = "/catalogue/changes?since=0";

async fn save(app: &App, wishes: Vec<SaveProduct>) -> Vec<ProductId> {
    let catalogue = Catalogue::new(app.db.pools.orm.clone(), app.clock.clone());
    let saved = catalogue.save_products(&actor(app.harbour.coop.id, Permissions::all()), wishes, Policy::AllOrNothing).await.unwrap();
    saved.into_iter().map(|outcome| outcome.saved.unwrap()).collect()
}

async fn get(client: &Client, path: &str, headers: &[(&str, &str)]) -> Answer {
    client.send("GET", path, headers, b"").await
}

/// A header of an answer. Its head came in small letters, and a weak tag begins with a capital.
fn header(answer: &Answer, name: &str) -> Option<String> {
    let value = answer.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))?;
    Some(value.replacen("w/\"", "W/\"", 1))
}

/// A client with a partner's key to Harbour that may do this.
async fn key(app: &App, name: &str, permission: &str) -> Client {
    let ask = "mutation ($name: String!, $may: [String!]!) { createApiKey(input: {name: $name, permissions: $may,
        expiresAt: \"2027-06-01T00:00:00Z\"}) { made { token } problems { code } } }";
    let made = app.admin.ask(ask, json!({"name": name, "may": [permission]})).await;
    Client { person: None, token: Some(made.text("/createApiKey/made/token")), coop: None, ..app.admin.clone() }
}

#[tokio::test]
async fn b15_a_device_with_a_key_asks_over_http_and_is_told_once_what_it_knows_already() {
    let app = App::open().await;
    let mug = save(&app, vec![product("Mug", app.harbour.makers[0])]).await[0];
    let device = key(&app, "Till", "catalogue.read").await;
    let told = get(&device, CHANGES, &[]).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let (body, tag) = (told.json(), header(&told, "etag").unwrap());
    assert_eq!((body["version"].as_i64(), body["until"].as_i64(), body["more"].as_bool()), (Some(1), Some(1), Some(false)));
    assert_eq!((&body["changes"][0]["kind"], &body["changes"][0]["id"]), (&json!("product"), &json!(mug.0)));
    assert_eq!(body["changes"][0]["now"]["titles"]["en"], "Mug");
    assert_eq!(header(&told, "cache-control").unwrap(), "private, no-cache");
    let again = get(&device, CHANGES, &[("if-none-match", &tag)]).await;
    assert_eq!((again.status, again.body.as_str(), header(&again, "etag")), (304, "", Some(tag.clone())));
    let mut renamed = change(mug);
    renamed.texts = Some(vec![text("en", "Blue mug")]);
    save(&app, vec![renamed]).await;
    let fresh = get(&device, "/catalogue/changes?since=1", &[("if-none-match", &tag)]).await;
    assert_eq!((fresh.status, fresh.json()["changes"][0]["now"]["titles"]["en"].clone()), (200, json!("Blue mug")));
    assert_ne!(header(&fresh, "etag").unwrap(), tag);
    app.api.stop().await;
}

#[tokio::test]
async fn b15_a_snapshot_is_compressed_for_those_who_take_it_and_known_by_its_version() {
    let app = App::open().await;
    save(&app, ["Mug", "Bowl"].map(|title| product(title, app.harbour.makers[0])).into()).await;
    let packed = get(&app.admin, "/catalogue/snapshot?channel=till", &[("accept-encoding", "gzip")]).await;
    assert_eq!((packed.status, header(&packed, "content-encoding").as_deref()), (200, Some("gzip")));
    let plain = get(&app.admin, "/catalogue/snapshot?channel=till", &[("accept-encoding", "identity")]).await;
    assert_eq!((plain.status, header(&plain, "content-encoding")), (200, None));
    let body = plain.json();
    assert_eq!((body["version"].as_i64(), body["products"].as_array().map(Vec::len)), (Some(2), Some(2)));
    let tag = header(&packed, "etag").unwrap();
    assert_eq!(get(&app.admin, "/catalogue/snapshot?channel=till", &[("if-none-match", &tag)]).await.status, 304);
    app.api.stop().await;
}

#[tokio::test]
async fn b15_strangers_outsiders_and_keys_without_the_permission_get_nothing_and_neighbours_their_own() {
    let app = App::open().await;
    save(&app, vec![product("Mug", app.harbour.makers[0])]).await;
    let tag = header(&get(&app.admin, CHANGES, &[]).await, "etag").unwrap();
    let without = key(&app, "Sales", "sales.read").await;
    for path in [CHANGES, "/catalogue/snapshot"] {
        for (who, status) in [(&app.stranger, 401), (&app.outsider, 404), (&without, 403), (&app.guest, 403)] {
            let answer = get(who, path, &[("if-none-match", &tag)]).await;
            assert_eq!(answer.status, status, "{path}: {}", answer.body);
            assert!(!answer.body.contains("Mug"));
        }
        let neighbour = get(&app.neighbour, path, &[("if-none-match", &tag), ("accept-encoding", "identity")]).await;
        assert_eq!(neighbour.status, 200, "another co-op's tag says nothing here");
        assert!(!neighbour.body.contains("Mug"), "{}", neighbour.body);
    }
    for wrong in ["since=x", "since=-1", "first=0", "first=501", "channel=fax", "sinse=1"] {
        assert_eq!(get(&app.admin, &format!("/catalogue/changes?{wrong}"), &[]).await.status, 400, "{wrong}");
    }
    let ahead = get(&app.admin, "/catalogue/changes?since=9", &[]).await;
    assert_eq!((ahead.status, &ahead.json()["code"]), (410, &json!("not_now")));
    app.api.stop().await;
}

#[tokio::test]
async fn b15_the_graph_tells_the_same_changes_page_by_page() {
    let app = App::open().await;
    let ids = save(&app, ["Mug", "Bowl", "Plate"].map(|title| product(title, app.harbour.makers[0])).into()).await;
    let mut archived = change(ids[1]);
    archived.status = Some(::catalogue::ProductStatus::Archived);
    save(&app, vec![archived]).await;
    let ask = "query ($since: BigInt!) { catalogueChanges(since: $since, first: 2) { version until hasMore
        changes { version id now { __typename ... on Product { title variants { sku } } } } } }";
    let first = app.admin.ask(ask, json!({"since": "0"})).await.at("/catalogueChanges");
    assert_eq!((&first["version"], &first["hasMore"]), (&json!("4"), &json!(true)));
    let second = app.admin.ask(ask, json!({"since": first["until"]})).await.at("/catalogueChanges");
    assert_eq!((&second["until"], &second["hasMore"]), (&json!("4"), &json!(false)));
    let all: Vec<&Value> = [&first, &second].into_iter().flat_map(|page| page["changes"].as_array().unwrap()).collect();
    assert_eq!(all.len(), 3);
    assert_eq!(all.iter().filter(|change| change["now"].is_null()).map(|change| &change["version"]).collect::<Vec<_>>(), [&json!("4")]);
    assert_eq!(app.guest.ask(ask, json!({"since": "0"})).await.codes(), ["FORBIDDEN"]);
    assert_eq!(app.admin.ask(ask, json!({"since": "5"})).await.codes(), ["NOT_NOW"]);
    app.api.stop().await;
}
