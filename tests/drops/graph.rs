//! The same through the graph: what a member may, what only a keeper of stock may, and keys that come twice.

use serde_json::json;

use super::cases::Promised;
use crate::graph::app::App;

const CLAIM: &str = "mutation ($key: String!, $id: ID!, $of: ID!, $units: Int!, $email: String) {
    claimDrop(idempotencyKey: $key, input: {drop: $id, lines: [{variant: $of, quantity: $units}], email: $email}) {
        claim { reservation quantity } problems { code message } } }";

#[tokio::test]
async fn b9_a_member_claims_for_themselves_once_for_a_key_and_a_keeper_for_an_address() {
    let app = App::open().await;
    let of = Promised::of(&app).await;
    let claim =
        |key: &str, units: i32, email: Option<&str>| json!({"key": key, "id": of.drop, "of": of.variant, "units": units, "email": email});
    let first = app.member.ask(CLAIM, claim("one", 2, None)).await.text("/claimDrop/claim/reservation");
    assert_eq!(app.member.ask(CLAIM, claim("one", 2, None)).await.text("/claimDrop/claim/reservation"), first);
    assert_eq!(app.member.ask(CLAIM, claim("one", 3, None)).await.codes(), ["CONFLICT"]);
    assert_eq!(app.member.ask(CLAIM, claim("two", 8, None)).await.codes(), ["NOT_NOW"], "nine are the limit");
    assert_eq!(app.member.ask(CLAIM, claim("two", 1, Some("guest@example.org"))).await.codes(), ["FORBIDDEN"]);
    app.admin.ask(CLAIM, claim("two", 9, Some("guest@example.org"))).await.data();
    assert_eq!(app.admin.ask(CLAIM, claim("three", 1, Some("Guest@Example.org"))).await.codes(), ["NOT_NOW"], "the same guest");
    assert_eq!(app.neighbour.ask(CLAIM, claim("one", 1, None)).await.codes(), ["NOT_FOUND"]);
    let taken = app.member.ask("query ($id: ID!) { drop(id: $id) { taken variants { sku } } }", json!({"id": of.drop})).await.data();
    assert_eq!(taken["drop"], json!({"taken": 11, "variants": [{"sku": "promised-cup"}]}));
    app.api.stop().await;
}

#[tokio::test]
async fn b10_b13_an_order_shows_what_is_due_to_its_buyer_alone() {
    let app = App::open().await;
    let of = Promised::of(&app).await;
    let order = "mutation ($id: ID!) { placePreorder(idempotencyKey: \"mine\", input: {round: $id, quantity: 2}) {
        preorder { id state deposit { id state due { minor } total { minor } } } problems { code } } }";
    let placed = app.member.ask(order, json!({"id": of.round})).await;
    assert_eq!(placed.at("/placePreorder/preorder/deposit/due/minor"), json!("2000"));
    assert_eq!(placed.at("/placePreorder/preorder/deposit/total/minor"), json!("10000"));
    let id = placed.text("/placePreorder/preorder/id");
    assert_eq!(app.member.ask(order, json!({"id": of.round})).await.text("/placePreorder/preorder/id"), id);
    let mine = "{ myPreorders { nodes { id } } }";
    assert_eq!(app.member.ask(mine, json!({})).await.at("/myPreorders/nodes"), json!([{"id": id}]));
    assert_eq!(app.treasurer.ask(mine, json!({})).await.at("/myPreorders/nodes"), json!([]));
    let cancel = "mutation ($id: ID!) { cancelPreorder(id: $id) { preorder { state deposit { state } } problems { code } } }";
    assert_eq!(app.treasurer.ask(cancel, json!({"id": id})).await.codes(), ["NOT_FOUND"], "somebody else's");
    let pay = "mutation ($id: ID!) { recordDepositPayment(id: $id, part: DEPOSIT) { deposit { state } problems { code } } }";
    let deposit = placed.text("/placePreorder/preorder/deposit/id");
    assert_eq!(app.member.ask(pay, json!({"id": deposit})).await.codes(), ["FORBIDDEN"]);
    assert_eq!(app.admin.ask(pay, json!({"id": deposit})).await.text("/recordDepositPayment/deposit/state"), "PAID");
    assert_eq!(app.member.ask(cancel, json!({"id": id})).await.text("/cancelPreorder/preorder/deposit/state"), "RETURNED");
    app.api.stop().await;
}

#[tokio::test]
async fn i9_a_buyer_sees_their_code_and_nobody_else_does() {
    let app = App::open().await;
    let of = Promised::of(&app).await;
    let ask = "query ($of: ID!) { pickup(reservation: $of) { code qr } }";
    assert_eq!(app.admin.ask(ask, json!({"of": of.pickup})).await.text("/pickup/code"), of.code);
    assert_eq!(app.member.ask(ask, json!({"of": of.pickup})).await.codes(), ["NOT_FOUND"]);
    let collect =
        "mutation ($at: ID!, $code: String!) { collectPickup(location: $at, code: $code) { pickup { state } problems { code } } }";
    for _ in 0..2 {
        let shown = json!({"at": of.stall, "code": format!("guildhall:pickup:{}", of.code)});
        assert_eq!(app.admin.ask(collect, shown).await.text("/collectPickup/pickup/state"), "COLLECTED");
    }
    app.api.stop().await;
}
