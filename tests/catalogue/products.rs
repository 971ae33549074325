//! Products in the graph: made, changed, found.

use serde_json::{Value, json};
use uuid::Uuid;

use super::stage::{CREATE, makers, mug, stock_up};
use crate::graph::app::App;

#[tokio::test]
async fn b1_one_product_has_several_makers_offers_each_with_its_own_price_and_sku() {
    let app = App::open().await;
    let makers = makers(&app).await;
    let made = app.admin.creates(&mug(&makers)).await;
    let product = made.at("/createProduct/product");
    assert_eq!((&product["handle"], &product["title"], &product["kind"]), (&json!("blue-mug"), &json!("Blue mug"), &json!("GOODS")));
    let offers = &product["variants"][0]["offers"];
    let told = |offer: &Value| (offer["maker"]["name"].clone(), offer["sku"].clone(), offer["prices"].clone());
    let eur = |minor: &str, channel: Value| json!({"amount": {"minor": minor, "currency": "EUR"}, "channel": channel});
    assert_eq!(told(&offers[0]), (json!("Maker 1"), json!("M-1"), json!([eur("1800", Value::Null), eur("1500", json!("STREAM"))])));
    assert_eq!(told(&offers[1]), (json!("Maker 2"), json!("beker"), json!([eur("2100", Value::Null)])));

    // The price of a channel comes before the one for all
    let ask = "query ($id: ID!) { product(id: $id) { texts { language title } language variants { offers {
        stream: price(channel: STREAM, currency: \"EUR\") { shown } till: price(channel: TILL, currency: \"EUR\") { shown }
        usd: price(channel: TILL, currency: \"USD\") { shown } } } } }";
    let seen = app.member.ask(ask, json!({"id": product["id"]})).await;
    assert_eq!(seen.at("/product/variants/0/offers/0"), json!({"stream": {"shown": "15.00"}, "till": {"shown": "18.00"}, "usd": null}));
    assert_eq!(seen.at("/product/texts/1/title"), "Blauwe mok");
    // Found by what is scanned and by what it is called, here and nowhere else
    for by in [json!({"sku": "MUG"}), json!({"barcode": "4006381333931"}), json!({"id": product["variants"][0]["id"]})] {
        let ask = "query ($by: VariantByInput!) { variant(by: $by) { sku product { title } } }";
        assert_eq!(app.member.ask(ask, json!({"by": by})).await.at("/variant/product/title"), "Blue mug");
        assert_eq!(app.neighbour.ask(ask, json!({"by": by})).await.codes(), ["NOT_FOUND"]);
    }
    let node = "query ($id: ID!) { node(id: $id) { id } }";
    for id in [&product["id"], &product["variants"][0]["id"], &offers[0]["id"]] {
        assert_eq!(app.member.ask(node, json!({"id": id})).await.at("/node/id"), *id);
        assert_eq!(app.neighbour.ask(node, json!({"id": id})).await.at("/node"), Value::Null);
    }
    app.api.stop().await;
}

#[tokio::test]
async fn a_product_made_by_four_people_says_who_and_what_their_parts_weigh() {
    let app = App::open().await;
    let makers = makers(&app).await;
    let coop = app.admin.ask("{ parties(first: 100) { nodes { id kind } } }", json!({})).await.at("/parties/nodes");
    let coop = coop.as_array().unwrap().iter().find(|party| party["kind"] == "COOP").unwrap()["id"].clone();
    let mut input = mug(&makers);
    let part = |party: &Value, weight: i32, part: &str| json!({"party": party, "weight": weight, "part": part});
    input["contributors"] =
        json!([part(&makers[0], 50, "throwing"), part(&makers[1], 30, "glaze"), part(&makers[2], 15, "drawing"), part(&coop, 5, "")]);
    let id = app.admin.creates(&input).await.at("/createProduct/product/id");
    let ask = "query ($id: ID!) { product(id: $id) { contributors { party { name } weight part } } }";
    let seen = app.admin.ask(ask, json!({"id": id})).await.at("/product/contributors");
    let weights: Vec<i64> = seen.as_array().unwrap().iter().map(|one| one["weight"].as_i64().unwrap()).collect();
    assert_eq!(weights, [50, 30, 15, 5]);
    assert_eq!((&seen[1]["party"]["name"], &seen[1]["part"]), (&json!("Maker 2"), &json!("glaze")));
    // The list is meant whole
    app.admin.updates(&id, &json!({"contributors": [part(&makers[0], 1, "")]})).await.data();
    assert_eq!(app.admin.ask(ask, json!({"id": id})).await.at("/product/contributors").as_array().unwrap().len(), 1);
    let twice = app.admin.updates(&id, &json!({"contributors": [part(&makers[0], 1, ""), part(&makers[0], 2, "")]})).await;
    assert_eq!(twice.at("/updateProduct/problems/0/path"), json!(["input", "contributors", "1"]));
    app.api.stop().await;
}

#[tokio::test]
async fn a_product_that_is_made_twice_under_one_number_is_one_and_a_handle_is_had_once() {
    let app = App::open().await;
    let input = mug(&makers(&app).await);
    let number = Uuid::now_v7();
    let create = async |number: Option<Uuid>, input: &Value| app.admin.ask(CREATE, json!({"number": number, "input": input})).await;
    let first = create(Some(number), &input).await;
    assert_eq!(create(Some(number), &input).await.data(), first.data());
    assert_eq!(create(Some(Uuid::new_v4()), &input).await.at("/createProduct/problems/0/path"), json!(["number"]));
    // The same SKU is another's now; with another the title makes a handle that is free
    assert_eq!(create(None, &input).await.at("/createProduct/problems/0/path"), json!(["input", "variants", "0", "sku"]));
    let mut other = input.clone();
    other["variants"] = json!([]);
    other["status"] = json!("DRAFT");
    let second = create(None, &other).await.text("/createProduct/product/handle");
    assert!(second.starts_with("blue-mug-") && second.len() == "blue-mug-".len() + 8, "{second}");
    other["handle"] = json!("blue-mug");
    let taken = create(None, &other).await;
    assert_eq!(taken.codes(), ["CONFLICT"]);
    assert_eq!(taken.at("/createProduct/problems/0/path"), json!(["input", "handle"]));
    app.api.stop().await;
}

#[tokio::test]
async fn options_are_changed_for_all_variants_at_once_or_not_at_all() {
    let app = App::open().await;
    let makers = makers(&app).await;
    let variant = |sku: &str, options: &[&str]| json!({"sku": sku, "options": options});
    let made = app
        .admin
        .creates(&json!({"texts": [{"language": "en", "title": "Scarf"}], "optionNames": ["size"],
            "variants": [variant("S1", &["long"]), variant("S2", &["short"])]}))
        .await;
    let id = made.at("/createProduct/product/id");
    let path = |answer: &crate::graph::app::Answer| answer.at("/updateProduct/problems/0/path");
    let half = app.admin.updates(&id, &json!({"optionNames": ["size", "colour"], "variants": [variant("S1", &["long", "red"])]})).await;
    assert_eq!(path(&half), json!(["input", "optionNames"]));
    let wrong = app.admin.updates(&id, &json!({"variants": [variant("S1", &["long", "red"])]})).await;
    assert_eq!(path(&wrong), json!(["input", "variants", "0", "options"]));
    let same = app.admin.updates(&id, &json!({"variants": [variant("S3", &["short"])]})).await;
    assert_eq!((same.codes(), path(&same)), (vec!["CONFLICT".to_owned()], json!(["input", "variants", "0", "options"])));
    let both = json!({"optionNames": ["size", "colour"], "variants": [variant("S1", &["long", "red"]), variant("S2", &["long", "blue"])]});
    let changed = app.admin.updates(&id, &both).await;
    assert_eq!(changed.at("/updateProduct/product/variants/1/options"), json!(["long", "blue"]));
    // What is archived leaves its place to another, and is offered no more
    let offered = json!({"variants": [{"sku": "S1", "archived": true}, {"sku": "S3", "options": ["long", "red"],
        "offers": [{"maker": makers[0], "prices": []}]}]});
    let archived = app.admin.updates(&id, &offered).await.at("/updateProduct/product/variants");
    let told: Vec<_> = archived.as_array().unwrap().iter().map(|one| (one["sku"].clone(), one["archivedAt"].is_null())).collect();
    assert_eq!(told, [(json!("S1"), false), (json!("S2"), true), (json!("S3"), true)]);
    app.api.stop().await;
}

#[tokio::test]
async fn products_are_found_by_status_channel_category_maker_and_handle() {
    let app = App::open().await;
    let makers = makers(&app).await;
    stock_up(&app, &app.harbour, "mug", 3).await;
    stock_up(&app, &app.quarry, "stone", 1).await;
    let category = async |name: &str, parent: Value| {
        let ask = "mutation ($input: CreateCategoryInput!) { createCategory(input: $input) { category { id } problems { message } } }";
        app.admin.ask(ask, json!({"input": {"name": name, "parent": parent}})).await.at("/createCategory/category/id")
    };
    let ceramics = category("Ceramics", Value::Null).await;
    let cups = category("Cups", ceramics.clone()).await;
    let draft = json!({"texts": [{"language": "en", "title": "Cup"}], "category": cups,
        "publications": [{"channel": "TILL", "from": "2027-01-01T00:00:00Z"}, {"channel": "WEB", "until": "2026-12-01T12:00:01Z"}]});
    app.admin.creates(&draft).await.data();
    let count = async |filter: Value| {
        let ask = "query ($filter: ProductFilterInput) { products(filter: $filter) { nodes { handle } } }";
        app.member.ask(ask, json!({"filter": filter})).await.at("/products/nodes").as_array().unwrap().len()
    };
    assert_eq!(count(json!({})).await, 4);
    assert_eq!((count(json!({"status": "ACTIVE"})).await, count(json!({"status": "DRAFT"})).await), (3, 1));
    assert_eq!((count(json!({"channel": "WEB"})).await, count(json!({"channel": "TILL"})).await), (4, 0));
    assert_eq!((count(json!({"category": ceramics})).await, count(json!({"category": cups})).await), (1, 1));
    assert_eq!(count(json!({"handle": "mug-1"})).await, 1);
    // Whoever offers it, and whoever had a hand in it
    assert_eq!((count(json!({"maker": makers[0]})).await, count(json!({"maker": makers[2]})).await), (3, 3));
    assert_eq!(count(json!({"maker": makers[0], "status": "DRAFT", "channel": "WEB", "category": cups})).await, 0);
    app.clock.advance(chrono::TimeDelta::minutes(1));
    assert_eq!(count(json!({"channel": "WEB"})).await, 3, "what is shown until a moment is gone at that moment");
    app.api.stop().await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_its_place() {
    let app = App::open().await;
    let makers = makers(&app).await;
    let venue = app.admin.ask("{ parties(first: 100) { nodes { id kind } } }", json!({})).await.at("/parties/nodes");
    let venue = venue.as_array().unwrap().iter().find(|party| party["kind"] == "VENUE").unwrap()["id"].clone();
    let text = json!([{"language": "en", "title": "Cup"}]);
    let with = |field: &str, value: Value| {
        let mut input = json!({"texts": text});
        input[field] = value;
        input
    };
    let offered = |offer: Value| with("variants", json!([{"sku": "C", "offers": [offer]}]));
    let priced = |prices: Value| offered(json!({"maker": makers[0], "prices": prices}));
    let cases = [
        (json!({}), "INVALID_INPUT", json!(["texts"])),
        (json!({"texts": [{"language": "English", "title": "Cup"}]}), "INVALID_INPUT", json!(["texts", "0", "language"])),
        (json!({"texts": [{"language": "en", "title": " "}]}), "INVALID_INPUT", json!(["texts", "0", "title"])),
        (with("language", json!("nl")), "INVALID_INPUT", json!(["texts"])),
        (with("handle", json!("A cup")), "INVALID_INPUT", json!(["handle"])),
        (with("status", json!("ACTIVE")), "NOT_NOW", json!(["status"])),
        (with("category", json!("nonsense")), "NOT_FOUND", json!(["category"])),
        (with("optionNames", json!(["size", "size"])), "INVALID_INPUT", json!(["optionNames", "1"])),
        (with("variants", json!([{"options": []}])), "INVALID_INPUT", json!(["variants", "0", "sku"])),
        (with("variants", json!([{"sku": "C", "barcode": "a b"}])), "INVALID_INPUT", json!(["variants", "0", "barcode"])),
        (with("variants", json!([{"sku": "C"}, {"sku": "C"}])), "CONFLICT", json!(["variants", "1", "sku"])),
        (with("attributes", json!([{"name": "Wood", "value": "oak"}])), "INVALID_INPUT", json!(["attributes", "0", "name"])),
        (with("contributors", json!([{"party": makers[0], "weight": 0}])), "INVALID_INPUT", json!(["contributors", "0", "weight"])),
        (
            with("publications", json!([{"channel": "WEB", "until": "2020-01-01T00:00:00Z"}])),
            "INVALID_INPUT",
            json!(["publications", "0", "until"]),
        ),
        (offered(json!({"maker": venue})), "NOT_FOUND", json!(["variants", "0", "offers", "0", "maker"])),
        (
            priced(json!([{"currency": "EUR", "amount": "-1"}])),
            "INVALID_INPUT",
            json!(["variants", "0", "offers", "0", "prices", "0", "amount"]),
        ),
        (
            priced(json!([{"currency": "EUR", "amount": "1"}, {"currency": "EUR", "amount": "2"}])),
            "CONFLICT",
            json!(["variants", "0", "offers", "0", "prices", "1"]),
        ),
    ];
    for (input, code, place) in cases {
        let refused = app.admin.creates(&input).await;
        let problem = refused.at("/createProduct/problems/0");
        let path: Vec<Value> = std::iter::once(json!("input")).chain(place.as_array().unwrap().iter().cloned()).collect();
        assert_eq!((&problem["code"], &problem["path"]), (&json!(code), &json!(path)), "{input}: {}", refused.body);
        assert_eq!(refused.at("/createProduct/product"), Value::Null);
    }
    assert_eq!(app.admin.ask("{ products { nodes { id } } }", json!({})).await.at("/products/nodes"), json!([]), "nothing was saved");
    app.api.stop().await;
}
