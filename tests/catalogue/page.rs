//! What a page of products costs.

use serde_json::json;

use super::stage::stock_up;
use crate::{graph::app::App, wire::Wire};

/// What a page of products shows.
const PAGE: &str = "query ($after: String) { products(first: 50, after: $after, filter: {status: ACTIVE}) {
    nodes { id handle title description status optionNames
        variants { id sku barcode options archivedAt stock { onHand available }
            offers { id sku maker { id name handle } prices { amount { minor currency shown } channel } } } }
    pageInfo { hasNextPage endCursor } } }";

/// The budget: products; variants with offers and prices; makers; stock.
const MOST_STATEMENTS: usize = 4;

/// All statements but those that take tokens by the thousand, for this request and many after it.
fn of_the_page(wire: &Wire) -> Vec<String> {
    wire.statements().into_iter().filter(|statement| !statement.contains("rate_bucket")).collect()
}

#[tokio::test]
async fn b1_a_page_of_fifty_products_costs_four_statements_at_most() {
    let mut wire = None;
    let app = App::open_with(|config| wire = Some(Wire::before(&mut config.database_url))).await;
    let wire = wire.unwrap();
    stock_up(&app, &app.harbour, "mug", 60).await;
    stock_up(&app, &app.quarry, "stone", 3).await;
    // Who asks is remembered from here on, and statements are prepared
    app.admin.ask(PAGE, json!({})).await.data();
    wire.forget();
    let page = app.admin.ask(PAGE, json!({})).await;
    let statements = of_the_page(&wire);
    assert!((1..=MOST_STATEMENTS).contains(&statements.len()), "{}: {statements:#?}", statements.len());

    let nodes = page.at("/products/nodes");
    assert_eq!(nodes.as_array().unwrap().len(), 50);
    for node in nodes.as_array().unwrap() {
        assert_eq!(node["variants"].as_array().unwrap().len(), 3, "{node}");
        assert_eq!(node["variants"][1]["options"], json!(["M"]));
        assert_eq!(node["variants"][0]["offers"][1]["prices"][0]["amount"]["shown"], "11.00");
        assert_eq!(node["variants"][0]["offers"][0]["maker"]["name"], "Maker 1");
    }
    assert_eq!(nodes[0]["handle"], "mug-59", "newest first");
    wire.forget();
    let rest = app.admin.ask(PAGE, json!({"after": page.at("/products/pageInfo/endCursor")})).await;
    assert_eq!(rest.at("/products/nodes").as_array().unwrap().len(), 10);
    assert_eq!(rest.at("/products/pageInfo/hasNextPage"), false);
    assert!(of_the_page(&wire).len() <= MOST_STATEMENTS, "{:#?}", of_the_page(&wire));
    app.api.stop().await;
}
