//! Who says what strangers find, and how strangers ask.

use serde_json::{Value, json};

use super::stage::{actor, product};
use crate::{graph::app::App, world::in_coop};

const LIST: &str =
    "mutation ($input: ListCoOpInput!) { listCoOp(input: $input) { listing { listed about places { location maker { name } } }
    problems { code } } }";
const PRODUCTS: &str =
    "query ($first: Int, $after: String) { nearbyProducts(near: {latitude: 52.378, longitude: 4.9}, first: $first, after: $after) {
    nodes { title from { minor currency } coOp { slug name about } place { name kind metres } } pageInfo { endCursor hasNextPage } } }";
const MAKERS: &str =
    "{ nearbyMakers(near: {latitude: 52.378, longitude: 4.9, metres: 9000}) { nodes { name handle coOp { slug } place { name } } } }";

/// Two mugs and a stall in Harbour; the stall's id in the graph.
async fn open() -> (App, Value) {
    let app = App::open().await;
    let coop = app.harbour.coop.id;
    let catalogue = ::catalogue::Catalogue::new(app.db.pools.orm.clone(), app.clock.clone());
    let wishes = ["Mug", "Bowl"].map(|title| product(title, app.harbour.makers[0])).into();
    catalogue.save_products(&actor(coop, kernel::Permissions::all()), wishes, ::catalogue::Policy::AllOrNothing).await.unwrap();
    let id = uuid::Uuid::now_v7();
    let sql = format!(
        "insert into location (coop_id, location_id, kind, name, latitude, longitude) values ({coop}, '{id}', 'stall', 'Stall 7', 52.38, 4.9)"
    );
    in_coop(&app.db, coop, async |tx| sea_orm::ConnectionTrait::execute_unprepared(tx, &sql).await.unwrap()).await;
    let id = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, format!("Location:{id}"));
    (app, json!(id))
}

#[tokio::test]
async fn i17_a_stranger_finds_makers_and_products_of_a_listed_co_op_page_by_page() {
    let (app, stall) = open().await;
    assert_eq!(app.stranger.ask(PRODUCTS, json!({})).await.at("/nearbyProducts/nodes"), json!([]));
    let input = json!({"listed": true, "about": "By the water", "places": [{"location": stall}]});
    let listed = app.admin.ask(LIST, json!({"input": input})).await;
    assert_eq!(listed.at("/listCoOp/listing/places"), json!([{"location": stall, "maker": null}]));
    assert_eq!(
        app.admin.ask("{ coOpListing { listed about } }", json!({})).await.at("/coOpListing"),
        json!({"listed": true, "about": "By the water"})
    );
    let first = app.stranger.ask(PRODUCTS, json!({"first": 1})).await.at("/nearbyProducts");
    let node = &first["nodes"][0];
    assert_eq!(
        (&node["title"], &node["from"], &node["place"]["kind"]),
        (&json!("Mug"), &json!({"minor": "1800", "currency": "EUR"}), &json!("STALL"))
    );
    assert_eq!(node["coOp"], json!({"slug": "harbour", "name": "Harbour Makers", "about": "By the water"}));
    let second = app.stranger.ask(PRODUCTS, json!({"first": 1, "after": first["pageInfo"]["endCursor"]})).await.at("/nearbyProducts");
    assert_eq!((&second["nodes"][0]["title"], &second["pageInfo"]["hasNextPage"]), (&json!("Bowl"), &json!(false)));
    let makers = app.stranger.ask(MAKERS, json!({})).await.at("/nearbyMakers/nodes");
    assert_eq!(makers, json!([{"name": "Maker 1", "handle": "maker-1", "coOp": {"slug": "harbour"}, "place": {"name": "Stall 7"}}]));
    app.api.stop().await;
}

#[tokio::test]
async fn i17_only_those_who_manage_the_co_op_list_it_with_places_of_its_own_and_the_same_again_is_nothing_new() {
    let (app, stall) = open().await;
    let input = json!({"input": {"listed": true, "places": [{"location": stall}]}});
    assert_eq!(app.member.ask(LIST, input.clone()).await.codes(), ["FORBIDDEN"]);
    assert_eq!(app.stranger.ask(LIST, input.clone()).await.codes(), ["SIGN_IN_NEEDED"]);
    assert_eq!(app.neighbour.ask(LIST, input.clone()).await.codes(), ["NOT_FOUND"], "another co-op's location");
    let twice = json!({"input": {"listed": true, "places": [{"location": stall}, {"location": stall}]}});
    assert_eq!(app.admin.ask(LIST, twice).await.codes(), ["INVALID_INPUT"]);
    let entries = async || {
        let owner = app.db.owner().await;
        let count: i64 = sqlx::query_scalar("select count(*) from audit_entry where table_name in ('coop_listing', 'listed_place')")
            .fetch_one(&owner)
            .await
            .unwrap();
        owner.close().await;
        count
    };
    assert_eq!(entries().await, 0, "nothing was refused half done");
    app.admin.ask(LIST, input.clone()).await.data();
    assert_eq!(entries().await, 2);
    app.admin.ask(LIST, input).await.data();
    assert_eq!(entries().await, 2);
    let off = json!({"input": {"listed": false, "places": []}});
    assert_eq!(app.admin.ask(LIST, off).await.at("/listCoOp/listing/listed"), false);
    assert_eq!(app.stranger.ask(MAKERS, json!({})).await.at("/nearbyMakers/nodes"), json!([]));
    app.api.stop().await;
}

#[tokio::test]
async fn i17_an_address_looks_around_sixty_times_and_then_waits() {
    let (app, _) = open().await;
    for round in 0..60 {
        assert_eq!(app.stranger.ask(MAKERS, json!({})).await.codes(), Vec::<String>::new(), "{round}");
    }
    assert_eq!(app.stranger.ask(MAKERS, json!({})).await.codes(), ["TOO_MANY"]);
    app.clock.advance(chrono::TimeDelta::seconds(2));
    assert_eq!(app.stranger.ask(MAKERS, json!({})).await.codes(), Vec::<String>::new());
    let off_the_earth = "{ nearbyProducts(near: {latitude: 91, longitude: 0}) { nodes { title } } }";
    assert_eq!(app.stranger.ask(off_the_earth, json!({})).await.codes(), ["INVALID_INPUT"]);
    app.api.stop().await;
}
