//! Product imports as the graph has them.

use serde_json::json;

use super::{
    cases::{file, send},
    stage::SHOPIFY,
};
use crate::graph::app::App;

#[tokio::test]
async fn k4_the_graph_imports_tells_and_takes_back() {
    let app = App::open().await;
    let maker = app.admin.ask("{ parties(first: 1) { nodes { handle } } }", json!({})).await.text("/parties/nodes/0/handle");
    let mut input = file(SHOPIFY);
    input["maker"] = json!(maker);
    input["dryRun"] = json!(true);
    let dry = send(&app.admin, &input).await;
    assert_eq!((&dry["report"]["import"], &dry["report"]["newProducts"]), (&json!(null), &json!(3)), "{dry}");
    input["dryRun"] = json!(false);
    let sent = send(&app.admin, &input).await;
    assert_eq!(sent["problems"], json!([]));
    assert_eq!(sent["report"]["rows"], json!({"rows": 6, "created": 4, "changed": 0, "unchanged": 1, "rejected": 1}));
    let import = sent["report"]["import"].clone();
    let ask = "query ($id: ID!) { productImport(id: $id) { file format state } rejectedRows(import: $id) { nodes { line reason } } }";
    let told = app.admin.ask(ask, json!({"id": import})).await;
    assert_eq!(told.data()["productImport"], json!({"file": "products.csv", "format": "SHOPIFY", "state": "DONE"}));
    assert_eq!(told.data()["rejectedRows"]["nodes"].as_array().map(Vec::len), Some(1));
    // The neighbour has no such import
    assert_eq!(app.neighbour.ask(ask, json!({"id": import})).await.codes(), ["NOT_FOUND", "NOT_FOUND"]);
    let undo = "mutation ($id: ID!) { undoProductImport(id: $id) { undone { archived restored kept } problems { code } } }";
    let undone = app.admin.ask(undo, json!({"id": import})).await.data();
    assert_eq!(undone["undoProductImport"]["undone"], json!({"archived": 3, "restored": 0, "kept": 0}));
    app.api.stop().await;
}

#[tokio::test]
async fn k4_what_cannot_be_a_file_of_products_is_a_problem_with_its_place() {
    let app = App::open().await;
    let mut input = file("a,b\n1,2\n");
    let problem = send(&app.admin, &input).await["problems"][0].clone();
    assert!(problem["code"] == "INVALID_INPUT" && problem["message"].as_str().unwrap().contains("no product file"), "{problem}");
    input["content"] = json!("not base64!");
    assert_eq!(send(&app.admin, &input).await["problems"][0]["path"], json!(["input", "content"]));
    input = file("Name\nx\n");
    input["mapping"] = json!([{"column": "titel", "header": "Name"}]);
    let problem = send(&app.admin, &input).await["problems"][0].clone();
    assert_eq!(problem["path"], json!(["input", "mapping"]));
    assert!(problem["message"].as_str().unwrap().starts_with("\"titel\" is none of our columns"), "{problem}");
    app.api.stop().await;
}
