//! The stock through the graph: whose lots are seen by whom, and what leaving does to them.

use serde_json::json;

use super::cases::{RECEIVE, RESERVE, Shelf, number};
use crate::{catalogue::Goods, graph::app::App};

/// The id of the party that the member of the app is paid as.
async fn own_party(app: &App) -> String {
    app.member.ask("{ viewer { party { id } } }", json!({})).await.text("/viewer/party/id")
}

const SEEN: &str = "{ lots { nodes { id sums { onHand } } } }";

#[tokio::test]
async fn b2_b7_a_maker_sees_and_recalls_what_is_their_own_and_no_other_lot() {
    let app = App::open().await;
    let (goods, own) = (Goods::of(&app).await, own_party(&app).await);
    let parties = app.admin.ask("{ parties(first: 20) { nodes { id handle } } }", json!({})).await.at("/parties/nodes");
    let other = parties.as_array().unwrap().iter().find(|party| party["handle"] == "maker-2").unwrap()["id"].as_str().unwrap().to_owned();
    let mine = Shelf::of(&app, &goods.variant, &own).await;
    let lot =
        json!({"id": number(), "movementId": number(), "variant": goods.variant, "owner": other, "quantity": 4, "location": mine.studio});
    let theirs = app.admin.ask(RECEIVE, json!({"lots": [lot]})).await.text("/receiveLots/lots/0/id");

    let seen = app.member.ask(SEEN, json!({})).await.at("/lots/nodes");
    assert_eq!(seen.as_array().unwrap().iter().map(|lot| lot["id"].as_str().unwrap()).collect::<Vec<_>>(), [mine.lot.as_str()]);
    assert_eq!(app.admin.ask(SEEN, json!({})).await.at("/lots/nodes").as_array().unwrap().len(), 2);
    let one = "query ($id: ID!) { lot(id: $id) { id } node(id: $id) { id } }";
    assert_eq!(app.member.ask(one, json!({"id": theirs})).await.codes(), ["NOT_FOUND"]);
    assert_eq!(app.member.ask(one, json!({"id": mine.lot})).await.text("/node/id"), mine.lot);
    let of_other = "query ($owner: ID!) { lots(filter: {owner: $owner}) { nodes { id } } }";
    assert_eq!(app.member.ask(of_other, json!({"owner": other})).await.at("/lots/nodes"), json!([]));

    let recall = "mutation ($id: ID!) { recallLot(id: $id, reason: \"for a fair\") {
        lot { recallReason sums { returned } places { level { onHand reserved } } } problems { code } } }";
    assert_eq!(app.member.ask(recall, json!({"id": theirs})).await.codes(), ["NOT_FOUND"]);
    let recalled = app.member.ask(recall, json!({"id": mine.lot})).await;
    // Forty: five on their way, two held, the rest goes back, what was set aside included
    assert_eq!(recalled.text("/recallLot/lot/sums/returned"), "33");
    assert_eq!(recalled.at("/recallLot/lot/places/0/level"), json!({"onHand": "2", "reserved": "2"}));
    let movements = "query ($id: ID!) { lot(id: $id) { movements { nodes { kind quantity } } } }";
    let told = app.member.ask(movements, json!({"id": mine.lot})).await.at("/lot/movements/nodes");
    assert_eq!(told.as_array().unwrap().len(), 5, "received, sent, set aside, pulled back, returned: {told}");
    app.api.stop().await;
}

#[tokio::test]
async fn b8_a_basket_is_held_through_the_graph_once_and_on_its_sum() {
    let app = App::open().await;
    let (goods, own) = (Goods::of(&app).await, own_party(&app).await);
    let shelf = Shelf::of(&app, &goods.variant, &own).await;
    let lines =
        |first: i32, second: i32| json!([{"variant": goods.variant, "quantity": first}, {"variant": goods.variant, "quantity": second}]);
    let too_many = app.admin.ask(RESERVE, json!({"input": {"id": number(), "lines": lines(16, 16)}})).await;
    assert_eq!(too_many.codes(), ["NOT_NOW"], "thirty are free: {}", too_many.body);
    let asked = json!({"input": {"id": number(), "lines": lines(15, 15)}});
    let held = app.admin.ask(RESERVE, asked.clone()).await;
    assert_eq!(held.text("/reserveStock/reservation/lines/0/lot/id"), shelf.lot);
    assert_eq!(app.admin.ask(RESERVE, asked).await.at("/reserveStock"), held.at("/reserveStock"), "twice is once");
    let level = "query ($id: ID!) { variant(by: {id: $id}) { stock { onHand reserved allocated available } } }";
    let level = app.admin.ask(level, json!({"id": goods.variant})).await.at("/variant/stock");
    assert_eq!(level, json!({"onHand": "35", "reserved": "32", "allocated": "3", "available": "0"}));
    app.api.stop().await;
}

#[tokio::test]
async fn a14_whoever_leaves_through_the_graph_gets_their_lots_back_at_once() {
    let app = App::open().await;
    let (goods, own) = (Goods::of(&app).await, own_party(&app).await);
    let shelf = Shelf::of(&app, &goods.variant, &own).await;
    let left = app.member.ask("mutation { leaveCoOp { departure { member { status } } problems { code message } } }", json!({})).await;
    assert_eq!(left.codes(), Vec::<String>::new(), "{}", left.body);
    let lot = "query ($id: ID!) { lot(id: $id) { recallReason sums { returned onHand underWay } } }";
    let lot = app.admin.ask(lot, json!({"id": shelf.lot})).await.at("/lot");
    assert_eq!(lot["recallReason"], "the owner leaves the co-op");
    assert_eq!(lot["sums"], json!({"returned": "33", "onHand": "2", "underWay": "5"}), "what is held goes back when its hold ends");
    app.api.stop().await;
}
