//! Many at once, with something wrong in some.

use serde_json::{Value, json};

use super::stage::{makers, mug};
use crate::graph::app::{Answer, App, Client};

const SAVE: &str = "mutation ($rows: [SaveProductInput!]!, $policy: BulkPolicy!) { saveProducts(rows: $rows, policy: $policy) {
    rows { product { id handle variants { sku offers { prices { amount { minor } } } } } problems { code path } }
    problems { code path } } }";
const PRICE: &str = "mutation ($rows: [SetPriceInput!]!, $policy: BulkPolicy!) { setPrices(rows: $rows, policy: $policy) {
    rows { offer { id prices { amount { minor } channel } } problems { code path } } problems { code path } } }";

impl Client {
    async fn saves(&self, rows: &Value, policy: &str) -> Answer {
        self.ask(SAVE, json!({"rows": rows, "policy": policy})).await
    }

    async fn sets(&self, rows: &Value, policy: &str) -> Answer {
        self.ask(PRICE, json!({"rows": rows, "policy": policy})).await
    }
}

fn row(title: &str, sku: &str) -> Value {
    json!({"texts": [{"language": "en", "title": title}], "variants": [{"sku": sku}]})
}

/// One that is right, one with a variant too many, one without a title.
fn rows() -> Value {
    let mut half = row("Bowl", "B1");
    half["variants"].as_array_mut().unwrap().push(json!({"sku": ""}));
    json!([row("Mug", "M1"), half, {"variants": [{"sku": "X1"}]}])
}

async fn handles(app: &App) -> Vec<String> {
    let found = app.admin.ask("{ products { nodes { handle } } }", json!({})).await.at("/products/nodes");
    found.as_array().unwrap().iter().map(|one| one["handle"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn j9_all_or_nothing_saves_nothing_and_tells_every_problem_by_its_row() {
    let app = App::open().await;
    let refused = app.admin.saves(&rows(), "ALL_OR_NOTHING").await;
    assert_eq!(refused.at("/saveProducts/rows"), Value::Null);
    let told = refused.at("/saveProducts/problems");
    assert_eq!(
        told,
        json!([
            {"code": "INVALID_INPUT", "path": ["rows", "1", "variants", "1", "sku"]},
            {"code": "INVALID_INPUT", "path": ["rows", "2", "texts"]},
        ])
    );
    assert_eq!(handles(&app).await, Vec::<String>::new());
    let done = app.admin.saves(&json!([row("Mug", "M1"), row("Bowl", "B1")]), "ALL_OR_NOTHING").await;
    assert_eq!(done.data()["saveProducts"]["rows"].as_array().unwrap().len(), 2);
    app.api.stop().await;
}

#[tokio::test]
async fn j9_rows_with_a_problem_are_left_out_whole_and_the_others_saved() {
    let app = App::open().await;
    let done = app.admin.saves(&rows(), "LEAVE_OUT_ROWS").await.at("/saveProducts");
    assert_eq!(done["problems"], json!([]));
    let saved: Vec<bool> = done["rows"].as_array().unwrap().iter().map(|row| !row["product"].is_null()).collect();
    assert_eq!(saved, [true, false, false]);
    assert_eq!(done["rows"][1]["problems"], json!([{"code": "INVALID_INPUT", "path": ["variants", "1", "sku"]}]));
    assert_eq!(handles(&app).await, ["mug"]);
    app.api.stop().await;
}

#[tokio::test]
async fn j9_parts_with_a_problem_are_left_out_and_the_rest_of_their_row_saved() {
    let app = App::open().await;
    let done = app.admin.saves(&rows(), "LEAVE_OUT_PARTS").await.at("/saveProducts/rows");
    let skus = |row: usize| -> Vec<Value> {
        done[row]["product"]["variants"].as_array().into_iter().flatten().map(|variant| variant["sku"].clone()).collect()
    };
    assert_eq!((skus(0), skus(1)), (vec![json!("M1")], vec![json!("B1")]));
    assert_eq!(done[1]["problems"], json!([{"code": "INVALID_INPUT", "path": ["variants", "1", "sku"]}]));
    // Without a title there is no product
    assert_eq!((&done[2]["product"], &done[2]["problems"][0]["path"]), (&Value::Null, &json!(["texts"])));
    assert_eq!(handles(&app).await, ["bowl", "mug"]);
    app.api.stop().await;
}

#[tokio::test]
async fn j9_products_are_changed_by_their_ids_once_each_and_only_those_that_are_there() {
    let app = App::open().await;
    let made = app.admin.saves(&json!([row("Mug", "M1"), row("Bowl", "B1")]), "ALL_OR_NOTHING").await.at("/saveProducts/rows");
    let (mug, bowl) = (&made[0]["product"]["id"], &made[1]["product"]["id"]);
    let rename = |id: &Value, handle: &str| json!({"id": id, "handle": handle});
    // Two swap their handles while another is not there and a row comes twice
    let rows = json!([rename(mug, "mug-2"), rename(&json!("nonsense"), "x"), rename(mug, "mug-3"), rename(bowl, "bowl-2")]);
    let done = app.admin.saves(&rows, "LEAVE_OUT_ROWS").await.at("/saveProducts/rows");
    let told: Vec<_> = done.as_array().unwrap().iter().map(|row| row["problems"][0]["code"].clone()).collect();
    assert_eq!(told, [Value::Null, json!("NOT_FOUND"), json!("CONFLICT"), Value::Null]);
    assert_eq!(handles(&app).await, ["bowl-2", "mug-2"]);
    assert_eq!(
        app.neighbour.saves(&json!([rename(mug, "theirs")]), "LEAVE_OUT_ROWS").await.at("/saveProducts/rows/0/problems/0/code"),
        "NOT_FOUND"
    );
    // Too many for one request, and none for those who may not
    let many: Vec<Value> = (0..101).map(|number| row("Cup", &format!("C{number}"))).collect();
    assert_eq!(app.admin.saves(&json!(many), "ALL_OR_NOTHING").await.codes(), ["INVALID_INPUT"]);
    assert_eq!(app.member.saves(&json!([row("Cup", "C")]), "LEAVE_OUT_ROWS").await.codes(), ["FORBIDDEN"]);
    app.api.stop().await;
}

#[tokio::test]
async fn j9_prices_are_set_and_taken_away_in_bulk_by_those_whose_offers_they_are() {
    let app = App::open().await;
    let made = app.admin.creates(&mug(&makers(&app).await)).await;
    let offer = |place: usize| made.at(&format!("/createProduct/product/variants/0/offers/{place}/id"));
    let (own, theirs) = (offer(0), offer(1));
    let set =
        |offer: &Value, channel: Value, amount: Value| json!({"offer": offer, "currency": "EUR", "channel": channel, "amount": amount});
    let rows = json!([
        set(&own, Value::Null, json!("1700")),
        set(&own, json!("STREAM"), Value::Null),
        set(&theirs, Value::Null, json!("1")),
        set(&own, json!("WEB"), json!("-5")),
        set(&own, Value::Null, json!("1600")),
        set(&json!("nonsense"), Value::Null, json!("1")),
    ]);
    let refused = app.member.sets(&rows, "ALL_OR_NOTHING").await;
    assert_eq!(refused.codes(), ["FORBIDDEN", "INVALID_INPUT", "CONFLICT", "NOT_FOUND"]);
    assert_eq!(refused.at("/setPrices/problems/1/path"), json!(["rows", "3", "amount"]));
    let done = app.member.sets(&rows, "LEAVE_OUT_ROWS").await.at("/setPrices/rows");
    let saved: Vec<bool> = done.as_array().unwrap().iter().map(|row| !row["offer"].is_null()).collect();
    assert_eq!(saved, [true, true, false, false, false, false]);
    assert_eq!(done[0]["offer"]["prices"], json!([{"amount": {"minor": "1700"}, "channel": null}]));
    let again = app.member.sets(&rows, "LEAVE_OUT_ROWS").await.at("/setPrices/rows");
    assert_eq!(again, done, "twice is the same answer");
    assert_eq!(app.admin.sets(&json!([set(&theirs, json!("TILL"), json!("1900"))]), "ALL_OR_NOTHING").await.codes(), Vec::<String>::new());
    app.api.stop().await;
}
