//! What strangers wrote for node: packages installed once by a lock file, asked through a script of ours.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use tokio::{io::AsyncWriteExt as _, process::Command, time::timeout};

/// A script takes a moment; a slow network may need this long for the packages.
const PATIENCE: Duration = Duration::from_mins(2);
/// The name of the script beside its packages.
const SCRIPT: &str = "script.mjs";

/// A script with the packages it imports.
pub(crate) struct Node(PathBuf);

impl Node {
    /// Installs the packages that the lock file in `sources` names into a folder of that name, which test processes share.
    /// `None`, after saying why, where node, npm or the registry is missing.
    pub(crate) async fn with_packages(name: &str, sources: &Path, script: &str) -> Option<Self> {
        match install(name, sources, script).await {
            Ok(folder) => Some(Self(folder)),
            Err(reason) => {
                println!("SKIPPED: {reason}");
                None
            }
        }
    }

    /// What the script answers to a question on its standard input.
    pub(crate) async fn ask(&self, question: &Value) -> Value {
        let output = run(&self.0, "node", &[SCRIPT], &question.to_string()).await.expect("node runs the script");
        assert!(output.status.success(), "{}", said(&output));
        serde_json::from_slice(&output.stdout).expect("the script answers with JSON")
    }
}

async fn install(name: &str, sources: &Path, script: &str) -> Result<PathBuf, String> {
    let room = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = room.join(name);
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(room.join(format!("{name}.lock"))).unwrap();
    // Freed when the file is closed: tests that come meanwhile wait, in whatever process they run
    let _lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await.unwrap().unwrap();
    let known = folder.join("package-lock.json");
    let stale = fs::read(&known).ok() != fs::read(sources.join("package-lock.json")).ok();
    for file in ["package.json", "package-lock.json"] {
        fs::copy(sources.join(file), folder.join(file)).unwrap();
    }
    fs::write(folder.join(SCRIPT), script).unwrap();
    if stale || !folder.join("node_modules/.package-lock.json").exists() {
        let arguments = ["ci", "--omit=dev", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"];
        let installed = run(&folder, "npm", &arguments, "").await.map_err(|error| format!("npm does not run: {error}"))?;
        if !installed.status.success() {
            fs::remove_file(&known).unwrap(); // so that the next test tries again
            return Err(format!("npm cannot install the packages of {name}: {}", said(&installed)));
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
    timeout(PATIENCE, speak).await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
