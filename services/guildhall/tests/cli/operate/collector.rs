//! A real collector: rotel from PyPI, installed once into the target folder, run as a process that writes down what it receives.

use std::{
    fs::{self, File},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use super::until;

/// The version that this was written against.
const PACKAGE: &str = "rotel==0.0.1a15";

/// A span as the collector wrote it down.
#[derive(Clone, Debug, Default)]
pub(super) struct Span {
    pub(super) service: String,
    pub(super) trace: String,
    pub(super) id: String,
    pub(super) parent: String,
    pub(super) name: String,
    /// Lines such as `coop.id: Str(1)`.
    pub(super) attributes: Vec<String>,
}

/// The running collector. It is stopped when dropped.
pub(super) struct Collector {
    child: Child,
    room: TempDir,
    pub(super) endpoint: String,
}

impl Collector {
    /// `None`, after saying why, where python3, pip or the registry is missing.
    pub(super) fn start() -> Option<Self> {
        let agent = match install() {
            Ok(agent) => agent,
            Err(reason) => {
                println!("SKIPPED: {reason}");
                return None;
            }
        };
        let room = TempDir::new().unwrap();
        let [http, grpc] = free_ports();
        let written = File::create(room.path().join("spans")).unwrap();
        let child = Command::new(agent)
            .args([
                "start",
                "--exporter",
                "blackhole",
                "--debug-log",
                "traces",
                "--debug-log-verbosity",
                "detailed",
                "--batch-timeout",
                "10ms",
            ])
            .args(["--otlp-http-endpoint", &http, "--otlp-grpc-endpoint", &grpc])
            .arg("--pid-file")
            .arg(room.path().join("pid"))
            .stdin(Stdio::null())
            .stdout(written.try_clone().unwrap())
            .stderr(written)
            .spawn()
            .unwrap();
        let collector = Self { child, room, endpoint: format!("http://{http}") };
        until("the collector listens", || TcpStream::connect(&http).is_ok());
        Some(collector)
    }

    /// Every span that was received so far.
    pub(super) fn spans(&self) -> Vec<Span> {
        let text = fs::read_to_string(self.room.path().join("spans")).unwrap();
        let (mut spans, mut service): (Vec<Span>, String) = (Vec::new(), String::new());
        for line in text.lines() {
            let line = line.trim();
            if let Some(name) = line.strip_prefix("-> service.name: Str(") {
                name.trim_end_matches(')').clone_into(&mut service);
            } else if line.starts_with("Span #") {
                spans.push(Span { service: service.clone(), ..Span::default() });
            } else if let (Some(span), Some((key, value))) = (spans.last_mut(), line.split_once(':')) {
                let value = value.trim().to_owned();
                match key.trim() {
                    "Trace ID" => span.trace = value,
                    "ID" => span.id = value,
                    "Parent ID" => span.parent = value,
                    "Name" => span.name = value,
                    key if key.starts_with("-> ") => span.attributes.push(line.trim_start_matches("-> ").to_owned()),
                    _ => {}
                }
            }
        }
        spans
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_ports() -> [String; 2] {
    let holders = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    holders.map(|holder| holder.local_addr().unwrap().to_string())
}

/// The collector's program.
fn install() -> Result<PathBuf, String> {
    let room = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = room.join("rotel");
    let agent = folder.join("rotel/rotel-agent");
    let lock = File::create(room.join("rotel.lock")).unwrap();
    lock.lock().unwrap(); // freed when it is closed: tests that come meanwhile wait, in whatever process they run
    if !agent.exists() {
        let arguments =
            ["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "--target"];
        let output = Command::new("python3").args(arguments).arg(&folder).arg(PACKAGE).stdin(Stdio::null()).output();
        let output = output.map_err(|error| format!("python3 does not run: {error}"))?;
        if !output.status.success() {
            return Err(format!("pip cannot install {PACKAGE}: {}", String::from_utf8_lossy(&output.stderr)));
        }
    }
    Ok(agent)
}
