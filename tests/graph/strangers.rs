//! Clients that we did not write: the official `graphql-ws`, and urql.

use std::{collections::BTreeSet, path::Path};

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, net::TcpListener};

use super::app::{App, Client};
use crate::{node::Node, world::november};

async fn packages() -> Option<Node> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("graph/node");
    Node::with_packages("graph-node", &sources, include_str!("node/strangers.mjs")).await
}

async fn ask(node: &Node, client: &Client, mut question: Value) -> Value {
    question["url"] = Value::from(client.url.clone());
    question["token"] = Value::from(client.token.clone());
    question["coOp"] = Value::from(client.coop.clone());
    node.ask(&question).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_graphql_ws_client_connects_and_receives_an_event() {
    let Some(node) = packages().await else { return };
    let app = App::open().await;
    let event = ask(&node, &app.admin, json!({"listen": "subscription { settlementProgress { parked } }"})).await;
    assert_eq!(event["data"]["settlementProgress"]["parked"], 1, "{event}");
    app.api.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn j8_urql_pages_a_connection_while_rows_are_added_and_sees_each_row_once() {
    let Some(node) = packages().await else { return };
    let app = App::open().await;
    let ids = |sales: &Value| -> Vec<String> {
        sales.as_array().unwrap().iter().map(|sale| sale.as_str().unwrap_or_else(|| sale["id"].as_str().unwrap()).to_owned()).collect()
    };
    let before = ids(&app.admin.ask("{ sales { nodes { id } } }", json!({})).await.at("/sales/nodes"));
    // The script knocks here after each page, and a sale is added on either side of it
    let knocks = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let between = format!("http://{}", knocks.local_addr().unwrap());
    let page = "query ($after: String) { sales(first: 1, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } }";
    let walk = ask(&node, &app.admin, json!({"page": page, "between": between}));
    let add = async {
        for _ in 0..8 {
            let Ok((mut knock, _)) = knocks.accept().await else { return };
            for day in [1, 29] {
                app.sell(&app.harbour, (700, 301), november(day)).await;
            }
            let _ = knock.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await;
        }
        std::future::pending::<()>().await;
    };
    let seen = tokio::select! { seen = walk => ids(&seen), () = add => unreachable!("it waits for ever") };
    let once: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(once.len(), seen.len(), "nothing comes twice");
    assert!(before.iter().all(|id| once.contains(id)), "nothing is left out");
    app.api.stop().await;
}
