//! The stranger at the door: Stripe's own npm package drives the stand-in, and its types judge the objects.

use std::{
    path::{Path, PathBuf},
    process::Output,
    time::Duration,
};

use tokio::process::Command;

use crate::support::Desk;

const FILES: [&str; 4] = ["package.json", "package-lock.json", "tsconfig.json", "drive.mjs"];

/// Each step takes seconds; a slow network may need more for the packages.
const PATIENCE: Duration = Duration::from_mins(2);

async fn run(dir: &Path, url: &str, program: &str, arguments: &[&str]) -> std::io::Result<Output> {
    let output = Command::new(program).args(arguments).env("SIM_URL", url).current_dir(dir).kill_on_drop(true).output();
    tokio::time::timeout(PATIENCE, output).await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The node project, copied out of the sources, with its packages; the reason when that cannot be had here.
async fn project() -> Result<PathBuf, String> {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stripe-sim-node");
    std::fs::create_dir_all(&dir).unwrap();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node");
    let stale = std::fs::read(dir.join("package-lock.json")).ok() != std::fs::read(sources.join("package-lock.json")).ok();
    for file in FILES {
        std::fs::copy(sources.join(file), dir.join(file)).unwrap();
    }
    if stale || !dir.join("node_modules/.package-lock.json").exists() {
        let arguments = ["ci", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"];
        let installed = run(&dir, "", "npm", &arguments).await.map_err(|error| format!("npm does not run: {error}"))?;
        if !installed.status.success() {
            return Err(format!("npm cannot install Stripe's package: {}", said(&installed)));
        }
    }
    Ok(dir)
}

#[tokio::test]
async fn the_official_package_drives_it_and_its_types_fit() {
    let dir = match project().await {
        Ok(dir) => dir,
        Err(reason) => {
            println!("SKIPPED: {reason}");
            return;
        }
    };
    let desk = Desk::with(|config| config.start_clock = None).await;
    let driven = run(&dir, &desk.sim.url(), "node", &["drive.mjs"]).await.unwrap();
    assert!(driven.status.success(), "{}", said(&driven));
    let checked = run(&dir, "", "node_modules/.bin/tsc", &["-p", "."]).await.unwrap();
    assert!(checked.status.success(), "{}", said(&checked));
}
