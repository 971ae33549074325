//! A question for each root field of product imports, for the walk over the graph.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::graph::app::{App, Client};

const IMPORT: &str = "mutation ($input: ImportProductsInput!) { importProducts(input: $input) {
    report { import format dryRun resumed newProducts rows { rows created changed unchanged rejected } units { received countedIn countedOut }
        rejected { line reason } warnings } problems { code message path } } }";

/// A file, as it is sent.
pub(super) fn file(text: &str) -> Value {
    json!({"name": "products.csv", "content": STANDARD.encode(text), "withoutStock": true})
}

/// Sends a file.
pub(super) async fn send(client: &Client, input: &Value) -> Value {
    client.ask(IMPORT, json!({"input": input})).await.json()["data"]["importProducts"].clone()
}

/// An import of Harbour's.
#[derive(Clone, Debug)]
pub(crate) struct Imported {
    import: String,
    maker: String,
}

impl Imported {
    /// Its ids.
    pub(crate) fn all(&self) -> [&str; 1] {
        [&self.import]
    }

    /// Imports a basket of the first maker, and something that cannot be read.
    pub(crate) async fn of(app: &App) -> Self {
        let maker = app.admin.ask("{ parties(first: 1) { nodes { handle } } }", json!({})).await.text("/parties/nodes/0/handle");
        let text = format!("title,sku,price,maker\nBasket of the walk,WALK-BASKET,12.50,{maker}\nLid,WALK-LID,x,{maker}\n");
        let sent = send(&app.admin, &file(&text)).await;
        let import = sent["report"]["import"].as_str().unwrap_or_else(|| panic!("it is imported: {sent}")).to_owned();
        Self { import, maker }
    }
}

/// Root field, whether it takes a permission, the question, its variables. What ends something comes last.
pub(crate) fn cases(imported: &Imported) -> Vec<(&'static str, bool, &'static str, Value)> {
    let Imported { import, maker } = imported;
    let text = format!("title,sku,price,maker\nTray of the walk,WALK-TRAY,9,{maker}\n");
    vec![
        ("productImports", true, "{ productImports { nodes { id file format state startedAt rows { rows created } } } }", json!({})),
        (
            "productImport",
            true,
            "query ($id: ID!) { productImport(id: $id) { id endedAt undoneAt rows { changed unchanged rejected } } }",
            json!({"id": import}),
        ),
        ("rejectedRows", true, "query ($id: ID!) { rejectedRows(import: $id) { nodes { line reason } } }", json!({"id": import})),
        (
            "labelledLot",
            true,
            "query ($scanned: String!) { labelledLot(scanned: $scanned) { lot owner ownerName variant sku title options units price { shown } } }",
            json!({"scanned": "https://harbour.example/l/00000000000000000000000000"}),
        ),
        ("importProducts", true, IMPORT, json!({"input": file(&text)})),
        (
            "undoProductImport",
            true,
            "mutation ($id: ID!) { undoProductImport(id: $id) { undone { import archived restored kept keptProducts { handle reason } }
                problems { code } } }",
            json!({"id": import}),
        ),
    ]
}
