//! Lists, page by page.

use std::collections::BTreeSet;

use serde_json::json;

use super::app::App;
use crate::{wire::Wire, world::november};

const PAGE: &str = "query ($after: String) { sales(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }";

#[tokio::test]
async fn j8_a_page_walk_sees_each_sale_once_while_sales_are_added() {
    let app = App::open().await;
    let before: BTreeSet<String> = all(&app).await;
    let (mut seen, mut after): (Vec<String>, Option<String>) = (Vec::new(), None);
    loop {
        let page = app.admin.ask(PAGE, json!({"after": after})).await.data();
        let nodes = page["sales"]["nodes"].as_array().unwrap();
        seen.extend(nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()));
        if page["sales"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["sales"]["pageInfo"]["endCursor"].as_str().map(str::to_owned);
        // One before, one after, one at the same moment as a row of the page
        for day in [1, 30, 5] {
            app.sell(&app.harbour, (700, 301), november(day) + chrono::TimeDelta::days(i64::from(day == 30))).await;
        }
    }
    let once: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(once.len(), seen.len(), "nothing comes twice");
    assert!(before.is_subset(&once), "nothing is left out");
    app.api.stop().await;
}

async fn all(app: &App) -> BTreeSet<String> {
    let sales = app.admin.ask("{ sales(first: 100) { nodes { id } } }", json!({})).await.at("/sales/nodes");
    sales.as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_cursor_of_another_list_is_none_of_this_one() {
    let app = App::open().await;
    let parties = app.admin.ask("{ parties(first: 1) { pageInfo { endCursor } } }", json!({})).await;
    let cursor = parties.text("/parties/pageInfo/endCursor");
    for wrong in [cursor.as_str(), "nonsense", ""] {
        assert_eq!(app.admin.ask(PAGE, json!({"after": wrong})).await.codes(), ["INVALID_INPUT"], "{wrong}");
    }
    app.api.stop().await;
}

#[tokio::test]
async fn sales_are_found_by_channel_time_and_party() {
    let app = App::open().await;
    let venue = app.admin.ask("{ parties(first: 100) { nodes { id kind } } }", json!({})).await.at("/parties/nodes");
    let venue = venue.as_array().unwrap().iter().find(|party| party["kind"] == "VENUE").unwrap()["id"].clone();
    let count = async |filter: serde_json::Value| {
        let ask = "query ($filter: SaleFilterInput) { sales(filter: $filter) { nodes { id } } }";
        app.admin.ask(ask, json!({"filter": filter})).await.at("/sales/nodes").as_array().unwrap().len()
    };
    assert_eq!(count(json!({})).await, 3);
    assert_eq!((count(json!({"channel": "TILL"})).await, count(json!({"channel": "WEB"})).await), (3, 0));
    assert_eq!(count(json!({"from": "2026-11-04T00:00:00Z", "until": "2026-11-06T00:00:00Z"})).await, 1);
    assert_eq!(count(json!({"party": venue})).await, 3);
    // The first maker has a part in each, and sees the same ones as their own
    let own = app.member.ask("{ mySales { nodes { id explanation { text } } } }", json!({})).await;
    assert_eq!(own.at("/mySales/nodes").as_array().unwrap().len(), 3);
    app.api.stop().await;
}

#[tokio::test]
async fn an_edge_to_one_takes_one_statement_for_a_whole_page() {
    let mut wire = None;
    let app = App::open_with(|config| wire = Some(Wire::before(&mut config.database_url))).await;
    let wire = wire.unwrap();
    for day in 8..20 {
        app.sell(&app.harbour, (700, 301), november(day)).await;
    }
    let reads = async |first: u32| {
        wire.forget();
        let ask = "query ($n: Int) { sales(first: $n) { nodes { id venue { name } } } }";
        let sales = app.admin.ask(ask, json!({"n": first})).await.at("/sales/nodes");
        assert!(sales.as_array().unwrap().iter().all(|sale| sale["venue"]["name"] == "The Quay"));
        let of_parties = wire.statements().iter().filter(|sql| sql.to_lowercase().contains("from \"party\"")).count();
        (sales.as_array().unwrap().len(), of_parties)
    };
    reads(1).await; // Who asks is known from now on
    assert_eq!((reads(1).await, reads(15).await), ((1, 1), (15, 1)));
    app.api.stop().await;
}
