//! Stripe's package from npm: installed once by the lock file of the stand-in's tests, asked through a script.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, process::Command, time::timeout};

use super::{NOW, SECRET};

/// Signing takes a moment; a slow network may need this long for the package.
const PATIENCE: Duration = Duration::from_mins(2);
const SCRIPT: &str = include_str!("stripe.mjs");

/// The installed package.
pub(super) struct StripePackage(PathBuf);

impl StripePackage {
    /// `None`, after saying why, where node, npm or the registry is missing.
    pub(super) async fn get() -> Option<Self> {
        match install().await {
            Ok(folder) => Some(Self(folder)),
            Err(reason) => {
                println!("SKIPPED: {reason}");
                None
            }
        }
    }

    /// The `Stripe-Signature` headers that it makes for bodies, now.
    pub(super) async fn sign(&self, bodies: &[String]) -> Vec<String> {
        self.ask(&json!({"sign": bodies, "secret": SECRET, "at": NOW.timestamp()})).await
    }

    /// Its verdict on deliveries, each a header and a body: `believed`, or why not.
    pub(super) async fn judge(&self, deliveries: &[(String, String)]) -> Vec<String> {
        let deliveries: Vec<Value> = deliveries.iter().map(|(header, body)| json!({"header": header, "body": body})).collect();
        self.ask(&json!({"judge": deliveries, "secret": SECRET, "at": NOW.timestamp()})).await
    }

    async fn ask(&self, question: &Value) -> Vec<String> {
        let output = run(&self.0, "node", &["stripe.mjs"], &question.to_string()).await.expect("node runs the script");
        assert!(output.status.success(), "{}", said(&output));
        serde_json::from_slice(&output.stdout).expect("the script answers with a list of texts")
    }
}

async fn install() -> Result<PathBuf, String> {
    let room = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = room.join("strangers-node");
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(room.join("strangers-node.lock")).unwrap();
    // Freed when the file is closed: tests that come meanwhile wait, in whatever process they run
    let _lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await.unwrap().unwrap();

    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../services/stripe-sim/tests/node");
    let known = folder.join("package-lock.json");
    let stale = fs::read(&known).ok() != fs::read(sources.join("package-lock.json")).ok();
    for file in ["package.json", "package-lock.json"] {
        fs::copy(sources.join(file), folder.join(file)).unwrap();
    }
    fs::write(folder.join("stripe.mjs"), SCRIPT).unwrap();
    if stale || !folder.join("node_modules/.package-lock.json").exists() {
        let arguments = ["ci", "--omit=dev", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"];
        let installed = run(&folder, "npm", &arguments, "").await.map_err(|error| format!("npm does not run: {error}"))?;
        if !installed.status.success() {
            fs::remove_file(&known).unwrap(); // so that the next test tries again
            return Err(format!("npm cannot install Stripe's package: {}", said(&installed)));
        }
    }
    match run(&folder, "node", &["--version"], "").await {
        Ok(_) => Ok(folder),
        Err(error) => Err(format!("node does not run: {error}")),
    }
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
    timeout(PATIENCE, speak).await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
