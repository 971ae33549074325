//! Clients that we did not write: the official `graphql-ws`, and urql.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, net::TcpListener, process::Command, time::timeout};

use super::app::{App, Client};
use crate::world::november;

/// A script takes a moment; a slow network may need this long for the packages.
const PATIENCE: Duration = Duration::from_mins(2);

/// The folder with the packages, installed once by their lock file. `None`, after saying why, where node, npm or the
/// registry is missing.
async fn packages() -> Option<PathBuf> {
    match install().await {
        Ok(folder) => Some(folder),
        Err(reason) => {
            println!("SKIPPED: {reason}");
            None
        }
    }
}

async fn install() -> Result<PathBuf, String> {
    let room = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = room.join("graph-node");
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(room.join("graph-node.lock")).unwrap();
    // Freed when the file is closed: tests that come meanwhile wait, in whatever process they run
    let _lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await.unwrap().unwrap();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("graph/node");
    let known = folder.join("package-lock.json");
    let stale = fs::read(&known).ok() != fs::read(sources.join("package-lock.json")).ok();
    for file in ["package.json", "package-lock.json", "strangers.mjs"] {
        fs::copy(sources.join(file), folder.join(file)).unwrap();
    }
    if stale || !folder.join("node_modules/.package-lock.json").exists() {
        let arguments = ["ci", "--omit=dev", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"];
        let installed = run(&folder, "npm", &arguments, "").await.map_err(|error| format!("npm does not run: {error}"))?;
        if !installed.status.success() {
            fs::remove_file(&known).unwrap(); // so that the next test tries again
            return Err(format!("npm cannot install the clients: {}", String::from_utf8_lossy(&installed.stderr)));
        }
    }
    run(&folder, "node", &["--version"], "").await.map_err(|error| format!("node does not run: {error}"))?;
    Ok(folder)
}

async fn run(folder: &Path, program: &str, arguments: &[&str], input: &str) -> std::io::Result<Output> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).kill_on_drop(true);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let speak = async {
        let _ = stdin.write_all(input.as_bytes()).await; // one that does not listen says why on its own
        drop(stdin);
        child.wait_with_output().await
    };
    timeout(PATIENCE, speak).await.unwrap_or_else(|_| panic!("{program} takes too long"))
}

async fn ask(folder: &Path, client: &Client, mut question: Value) -> Value {
    question["url"] = Value::from(client.url.clone());
    question["token"] = Value::from(client.token.clone());
    question["coOp"] = Value::from(client.coop.clone());
    let output = run(folder, "node", &["strangers.mjs"], &question.to_string()).await.expect("node runs the script");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the script answers with JSON")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_graphql_ws_client_connects_and_receives_an_event() {
    let Some(folder) = packages().await else { return };
    let app = App::open().await;
    let event = ask(&folder, &app.admin, json!({"listen": "subscription { settlementProgress { parked } }"})).await;
    assert_eq!(event["data"]["settlementProgress"]["parked"], 1, "{event}");
    app.api.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn j8_urql_pages_a_connection_while_rows_are_added_and_sees_each_row_once() {
    let Some(folder) = packages().await else { return };
    let app = App::open().await;
    let ids = |sales: &Value| -> Vec<String> {
        sales.as_array().unwrap().iter().map(|sale| sale.as_str().unwrap_or_else(|| sale["id"].as_str().unwrap()).to_owned()).collect()
    };
    let before = ids(&app.admin.ask("{ sales { nodes { id } } }", json!({})).await.at("/sales/nodes"));
    // The script knocks here after each page, and a sale is added on either side of it
    let knocks = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let between = format!("http://{}", knocks.local_addr().unwrap());
    let page = "query ($after: String) { sales(first: 1, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } }";
    let walk = ask(&folder, &app.admin, json!({"page": page, "between": between}));
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
