//! Paging, filters and expansion.

use serde_json::{Value, json};

use crate::support::{Desk, text};

fn amounts(list: &Value) -> Vec<i64> {
    list["data"].as_array().unwrap().iter().map(|row| row["amount"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn cursors_walk_a_list_both_ways() {
    let desk = Desk::open().await;
    for amount in 101..=105 {
        desk.pay(amount, "pm_card_visa").await;
    }
    let page = desk.get("/v1/charges?limit=2").await.ok();
    assert_eq!((amounts(&page), &page["has_more"]), (vec![105, 104], &json!(true)));
    let cursor = text(&page["data"][1], "id");
    let page = desk.get(&format!("/v1/charges?limit=3&starting_after={cursor}")).await.ok();
    assert_eq!((amounts(&page), &page["has_more"]), (vec![103, 102, 101], &json!(false)));
    let cursor = text(&page["data"][1], "id");
    let page = desk.get(&format!("/v1/charges?limit=2&ending_before={cursor}")).await.ok();
    assert_eq!((amounts(&page), &page["has_more"]), (vec![104, 103], &json!(true)));
    assert_eq!(desk.get("/v1/charges?starting_after=ch_none").await.error(), (400, "resource_missing", "starting_after"));
    assert_eq!(desk.get("/v1/charges?limit=101").await.error().2, "limit");
}

#[tokio::test]
async fn lists_filter_by_moment_and_by_what_rows_belong_to() {
    let desk = Desk::open().await;
    let early = desk.charge(101, "pm_card_visa").await;
    desk.control("/clock", json!({"advance_secs": 60})).await.ok();
    let late = desk.charge(102, "pm_card_visa").await;
    let at = late["created"].as_i64().unwrap();
    assert_eq!(amounts(&desk.get(&format!("/v1/charges?created[gte]={at}")).await.ok()), [102]);
    assert_eq!(amounts(&desk.get(&format!("/v1/charges?created[lt]={at}")).await.ok()), [101]);
    let source = format!("/v1/balance_transactions?source={}", text(&early, "id"));
    assert_eq!(amounts(&desk.get(&source).await.ok()), [101]);
    let intent = format!("/v1/charges?payment_intent={}", text(&late, "payment_intent"));
    assert_eq!(amounts(&desk.get(&intent).await.ok()), [102]);
}

#[tokio::test]
async fn ids_expand_along_a_path() {
    let desk = Desk::open().await;
    let intent = desk.pay(1000, "pm_card_visa").await;
    let path = format!("/v1/payment_intents/{}?expand[]=latest_charge.balance_transaction", text(&intent, "id"));
    assert_eq!(desk.get(&path).await.ok()["latest_charge"]["balance_transaction"]["net"], 960);
    let list = desk.get("/v1/charges?expand[]=data.balance_transaction").await.ok();
    assert_eq!(list["data"][0]["balance_transaction"]["fee"], 40);
    assert_eq!(desk.get("/v1/charges?expand[]=data.nothing").await.error().2, "expand");
}
