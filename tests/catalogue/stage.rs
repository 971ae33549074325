//! Builders that the tests of the catalogue start from.

use ::catalogue::{
    Attribute, Catalogue, Change, Contributor, NewPrice, Policy, ProductStatus, Publication, SaveOffer, SaveProduct, SaveVariant, Text,
    Which,
};
use kernel::{Actor, PartyId, Permissions, ProductId, SessionId, Who};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    graph::app::{Answer, App, Client},
    world::Shop,
};

pub(super) const CREATE: &str = "mutation ($number: UUID, $input: ProductInput!) { createProduct(number: $number, input: $input) {
    product { id handle title status kind optionNames variants { id sku barcode options position archivedAt
        offers { id sku maker { name } withdrawnAt prices { amount { minor currency } channel } } } }
    problems { code message path } } }";
pub(super) const UPDATE: &str = "mutation ($id: ID!, $input: ProductInput!) { updateProduct(id: $id, input: $input) {
    product { id handle title status optionNames variants { id sku barcode options archivedAt
        offers { id sku maker { name } prices { amount { minor currency } channel } } } }
    problems { code message path } } }";

/// Somebody who may do everything in a shop.
pub(super) fn actor(shop: &Shop) -> Actor {
    let who = Who::Person { person: kernel::PersonId(Uuid::nil()), session: SessionId(Uuid::nil()), factor_at: None };
    Actor { coop: shop.coop.id, who, party: None, permissions: Permissions::all() }
}

pub(super) fn catalogue(app: &App) -> Catalogue {
    Catalogue::new(app.db.pools.orm.clone(), app.clock.clone())
}

pub(super) fn price(minor: i64) -> NewPrice {
    NewPrice { currency: "EUR".parse().unwrap(), channel: None, amount: minor }
}

pub(super) fn offer(maker: PartyId, minor: i64) -> SaveOffer {
    SaveOffer { maker, sku: Change::Keep, withdrawn: None, prices: Some(vec![price(minor)]) }
}

/// An active product `name-N` in three sizes, each offered by the first two makers, with a bit of everything else.
pub(super) fn product(shop: &Shop, name: &str, number: usize) -> SaveProduct {
    let variant = |size: &str| SaveVariant {
        sku: Some(format!("{name}-{number}-{size}")),
        barcode: Change::To(format!("{name}.{number}.{size}")),
        options: Some(vec![size.to_owned()]),
        offers: vec![offer(shop.makers[0], 1_000), offer(shop.makers[1], 1_100)],
        ..SaveVariant::default()
    };
    SaveProduct {
        handle: Some(format!("{name}-{number}")),
        status: Some(ProductStatus::Active),
        texts: Some(vec![Text { language: "en".to_owned(), title: format!("{name} {number}"), description: "Fired twice.".to_owned() }]),
        option_names: Some(vec!["size".to_owned()]),
        variants: ["S", "M", "L"].map(variant).into(),
        attributes: Some(vec![Attribute { name: "material".to_owned(), value: "clay".to_owned() }]),
        contributors: Some(vec![Contributor { party: shop.makers[2], weight: 2, part: "glaze".to_owned() }]),
        publications: Some(vec![Publication { channel: ::catalogue::Channel::Web, from: crate::world::november(1), until: None }]),
        ..SaveProduct::of(Which::New(ProductId(Uuid::now_v7())))
    }
}

/// That many products in a shop, saved.
pub(super) async fn stock_up(app: &App, shop: &Shop, name: &str, count: usize) -> Vec<ProductId> {
    let wishes = (0..count).map(|number| product(shop, name, number)).collect();
    let saved = catalogue(app).save_products(&actor(shop), wishes, Policy::AllOrNothing).await.unwrap();
    saved.into_iter().map(|outcome| outcome.saved.unwrap()).collect()
}

/// The ids of Harbour's makers, in their order.
pub(super) async fn makers(app: &App) -> Vec<Value> {
    let parties = app.admin.ask("{ parties(first: 100) { nodes { id kind } } }", json!({})).await.at("/parties/nodes");
    parties.as_array().unwrap().iter().filter(|party| party["kind"] == "MEMBER").map(|party| party["id"].clone()).collect()
}

/// A mug that two makers offer, each at a price and under a SKU of their own.
pub(super) fn mug(makers: &[Value]) -> Value {
    json!({
        "texts": [{"language": "en", "title": "Blue mug", "description": "Holds 0.3 l."}, {"language": "nl", "title": "Blauwe mok"}],
        "status": "ACTIVE",
        "variants": [{"sku": "MUG", "barcode": "4006381333931", "offers": [
            {"maker": makers[0], "sku": "M-1", "prices": [{"currency": "EUR", "amount": "1800"}, {"currency": "EUR", "channel": "STREAM", "amount": "1500"}]},
            {"maker": makers[1], "sku": "beker", "prices": [{"currency": "EUR", "amount": "2100"}]},
        ]}],
    })
}

impl Client {
    pub(super) async fn creates(&self, input: &Value) -> Answer {
        self.ask(CREATE, json!({"input": input})).await
    }

    pub(super) async fn updates(&self, id: &Value, input: &Value) -> Answer {
        self.ask(UPDATE, json!({"id": id, "input": input})).await
    }
}

/// How many entries the audit has.
pub(super) async fn audit_entries(app: &App) -> i64 {
    let owner = app.db.owner().await;
    let count = sqlx::query_scalar("select count(*) from audit_entry").fetch_one(&owner).await.unwrap();
    owner.close().await;
    count
}
