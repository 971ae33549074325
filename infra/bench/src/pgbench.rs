//! PostgreSQL's own load generator, as the reference.

use std::{error::Error, io::Write as _, path::PathBuf, process::Command};

/// How long each reference runs.
pub(crate) const SECONDS: u32 = 6;

/// Runs a script with prepared statements as the application's role, co-op 1 named; returns transactions per second.
pub(crate) fn run(url: &str, script: &str, clients: u32) -> Result<f64, Box<dyn Error>> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(script.as_bytes())?;
    let output = Command::new(program())
        .args(["-n", "-M", "prepared", "-T", &SECONDS.to_string(), "-c", &clients.to_string(), "-j", "2", "-f"])
        .arg(file.path())
        .arg(url)
        .env("PGOPTIONS", "-c role=guildhall_app -c guildhall.coops=1 -c jit=off")
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let tps = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split_whitespace().next()?.parse().ok());
    tps.ok_or_else(|| format!("pgbench said: {text}{}", String::from_utf8_lossy(&output.stderr)).into())
}

/// The newest one installed where PostgreSQL keeps it, else the one on the PATH.
fn program() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|version| version.path().join("bin/pgbench")).filter(|path| path.exists()).collect();
    found.sort();
    found.pop().unwrap_or_else(|| PathBuf::from("pgbench"))
}
