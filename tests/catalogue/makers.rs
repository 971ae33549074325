//! What makers may do themselves.

use serde_json::{Value, json};

use super::stage::{makers, mug};
use crate::graph::app::{Answer, App, Client};

const OFFER: &str = "mutation ($input: OfferVariantInput!) { offerVariant(input: $input) {
    offer { id sku withdrawnAt maker { name } prices { amount { minor } } } problems { code message path } } }";
const WITHDRAW: &str = "mutation ($id: ID!) { withdrawOffer(id: $id) { offer { withdrawnAt } problems { code message } } }";
const PRICE: &str =
    "mutation ($rows: [SetPriceInput!]!) { setPrices(rows: $rows) { rows { offer { id } } problems { code message path } } }";

impl Client {
    async fn offers(&self, input: Value) -> Answer {
        self.ask(OFFER, json!({"input": input})).await
    }

    async fn prices(&self, offer: &Value, amount: &str) -> Answer {
        self.ask(PRICE, json!({"rows": [{"offer": offer, "currency": "EUR", "amount": amount}]})).await
    }

    async fn withdraws(&self, offer: &Value) -> Answer {
        self.ask(WITHDRAW, json!({"id": offer})).await
    }
}

#[tokio::test]
async fn b1_a_maker_writes_offers_and_prices_of_their_own_and_nothing_else() {
    let app = App::open().await;
    let makers = makers(&app).await;
    let mut input = mug(&makers);
    // The second maker began; the first, who is a member without the permission, joins in
    input["variants"][0]["offers"] = json!([{"maker": makers[1], "prices": [{"currency": "EUR", "amount": "2100"}]}]);
    let made = app.admin.creates(&input).await;
    let (product, variant) = (made.at("/createProduct/product/id"), made.at("/createProduct/product/variants/0/id"));
    let theirs = made.at("/createProduct/product/variants/0/offers/0/id");

    let price = json!([{"currency": "EUR", "amount": "1900"}]);
    let own = app.member.offers(json!({"variant": variant, "sku": "mine", "prices": price})).await;
    let offer = own.at("/offerVariant/offer");
    assert_eq!(
        (&offer["maker"]["name"], &offer["sku"], &offer["prices"][0]["amount"]["minor"]),
        (&json!("Maker 1"), &json!("mine"), &json!("1900"))
    );
    let again = app.member.offers(json!({"variant": variant})).await;
    assert_eq!(again.at("/offerVariant/offer"), offer, "once more is the same offer, as it was");
    app.member.prices(&offer["id"], "1950").await.data();
    let mine = "{ myOffers { nodes { id variant { sku product { title } } prices { amount { minor } } } } }";
    let listed = app.member.ask(mine, json!({})).await.at("/myOffers/nodes");
    assert_eq!(
        listed,
        json!([{"id": offer["id"], "variant": {"sku": "MUG", "product": {"title": "Blue mug"}}, "prices": [{"amount": {"minor": "1950"}}]}])
    );
    assert!(app.member.withdraws(&offer["id"]).await.at("/withdrawOffer/offer/withdrawnAt").is_string());
    let back = app.member.offers(json!({"variant": variant})).await;
    assert_eq!((back.at("/offerVariant/offer/withdrawnAt"), back.at("/offerVariant/offer/id")), (Value::Null, offer["id"].clone()));

    // Nothing of another's, nothing of the product, and nothing for those who make nothing
    assert_eq!(app.member.offers(json!({"variant": variant, "maker": makers[1]})).await.codes(), ["FORBIDDEN"]);
    assert_eq!(app.member.prices(&theirs, "1").await.codes(), ["FORBIDDEN"]);
    assert_eq!(app.member.withdraws(&theirs).await.codes(), ["FORBIDDEN"]);
    assert_eq!(app.member.updates(&product, &json!({"handle": "mine"})).await.codes(), ["FORBIDDEN"]);
    assert_eq!(app.member.updates(&product, &json!({"contributors": [{"party": makers[0], "weight": 1}]})).await.codes(), ["FORBIDDEN"]);
    assert_eq!(app.member.creates(&mug(&makers)).await.codes(), ["FORBIDDEN"]);
    assert_eq!(app.treasurer.offers(json!({"variant": variant})).await.codes(), ["FORBIDDEN"]);
    assert_eq!(app.treasurer.prices(&theirs, "1").await.codes(), ["FORBIDDEN"]);
    assert_eq!(app.treasurer.ask(mine, json!({})).await.at("/myOffers/nodes"), json!([]));
    let price = "query ($id: ID!) { node(id: $id) { ... on Offer { prices { amount { minor } } withdrawnAt } } }";
    let untouched = app.admin.ask(price, json!({"id": theirs})).await.at("/node");
    assert_eq!(untouched, json!({"prices": [{"amount": {"minor": "2100"}}], "withdrawnAt": null}));
    app.api.stop().await;
}

#[tokio::test]
async fn an_offer_of_another_coop_is_not_there() {
    let app = App::open().await;
    let made = app.admin.creates(&mug(&makers(&app).await)).await;
    let (variant, offer) = (made.at("/createProduct/product/variants/0/id"), made.at("/createProduct/product/variants/0/offers/0/id"));
    let maker = app.neighbour.ask("{ parties(first: 100) { nodes { id kind } } }", json!({})).await.at("/parties/nodes");
    let maker = maker.as_array().unwrap().iter().find(|party| party["kind"] == "MEMBER").unwrap()["id"].clone();
    assert_eq!(app.neighbour.offers(json!({"variant": variant, "maker": maker})).await.codes(), ["NOT_FOUND"]);
    assert_eq!(app.neighbour.prices(&offer, "1").await.codes(), ["NOT_FOUND"]);
    assert_eq!(app.neighbour.withdraws(&offer).await.codes(), ["NOT_FOUND"]);
    app.api.stop().await;
}

#[tokio::test]
async fn a_makers_own_sku_names_one_thing() {
    let app = App::open().await;
    let makers = makers(&app).await;
    let mut input = mug(&makers);
    input["variants"].as_array_mut().unwrap().push(json!({"sku": "MUG-2", "archived": true, "offers": [{"maker": makers[0]}]}));
    let made = app.admin.creates(&input).await;
    let second = made.at("/createProduct/product/variants/1/id");
    let taken = app.member.offers(json!({"variant": second, "sku": "M-1"})).await;
    assert_eq!((taken.codes(), taken.at("/offerVariant/problems/0/path")), (vec!["CONFLICT".to_owned()], json!(["input", "sku"])));
    // Another maker's may be the same
    let other = json!({"variant": second, "maker": makers[1], "sku": "M-1"});
    assert_eq!(app.admin.offers(other).await.at("/offerVariant/offer/sku"), "M-1");
    app.api.stop().await;
}
