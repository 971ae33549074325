//! `platform <- contexts <- worker, api <- guildhall`. Between contexts there is an edge only where money must move in the
//! same transaction.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

use serde_json::Value;

use super::root;

/// Every edge between contexts, and why it is there.
const CONTEXT_EDGES: &[(&str, &str)] = &[
    ("orders", "splits"),     // a sale is shared when it is settled
    ("orders", "ledger"),     // and posted in the same transaction
    ("settlement", "orders"), // what Stripe says is merged into sales
    ("settlement", "ledger"),
    ("settlement", "payouts"), // and into payouts
    ("settlement", "identity"),
    ("payouts", "identity"), // who is paid, and where
    ("payouts", "ledger"),
    ("statements", "identity"),
    ("statements", "ledger"),
    ("statements", "splits"), // a line is explained by the trace of its allocation
    ("imports", "identity"),
    ("imports", "orders"),
    ("imports", "ledger"),
    ("imports", "splits"),    // whose lots a line sold
    ("imports", "catalogue"), // products of a file are saved with what is remembered of them
    ("costs", "ledger"),      // a shared cost is taken out of payables
    ("stock", "splits"),      // a kit in lines of a sale says whose units they sell
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Floor {
    Platform,
    Context,
    Service,
}

fn floor(folder: &Path) -> Option<Floor> {
    let mut parts = folder.strip_prefix(root()).ok()?.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    match (parts.next().as_deref(), parts.next().as_deref()) {
        (Some("libs"), Some("platform")) | (Some("migrations"), None) => Some(Floor::Platform),
        (Some("libs"), Some(_)) => Some(Floor::Context),
        (Some("services"), Some(_)) => Some(Floor::Service),
        _ => None, // the tests and the bench may look anywhere
    }
}

/// Every crate of the house: its floor, and the crates of the house that it needs to be built.
fn house() -> BTreeMap<String, (Floor, BTreeSet<String>)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let ours: BTreeSet<String> = packages.iter().map(|package| text(&package["name"])).collect();
    packages
        .iter()
        .filter_map(|package| {
            let folder = Path::new(package["manifest_path"].as_str()?).parent()?.to_owned();
            let needed = package["dependencies"].as_array()?.iter().filter(|needed| needed["kind"].is_null());
            let needed = needed.map(|needed| text(&needed["name"])).filter(|name| ours.contains(name)).collect();
            Some((text(&package["name"]), (floor(&folder)?, needed)))
        })
        .collect()
}

#[test]
fn dependencies_point_one_way() {
    let house = house();
    assert!(house.len() > 15, "the whole house is looked at");
    let mut wrong = Vec::new();
    for (name, (floor, needed)) in house.iter().filter(|(name, _)| *name != "test-support") {
        for other in needed {
            let Some((other_floor, _)) = house.get(other) else {
                wrong.push(format!("{name} -> {other}: nothing of the house leans on tests or benches"));
                continue;
            };
            let allowed = match (floor, other_floor) {
                (Floor::Context, Floor::Context) => CONTEXT_EDGES.contains(&(name.as_str(), other.as_str())),
                (Floor::Service, Floor::Service) => name == "guildhall",
                (above, below) => above >= below && other != "test-support",
            };
            if !allowed {
                wrong.push(format!("{name} ({floor:?}) -> {other} ({other_floor:?})"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_edge_that_is_allowed_is_there() {
    let house = house();
    let missing: Vec<_> =
        CONTEXT_EDGES.iter().filter(|(from, to)| !house.get(*from).is_some_and(|(_, needed)| needed.contains(*to))).collect();
    assert_eq!(missing, Vec::<&(&str, &str)>::new(), "an edge that nobody needs any more is taken off the list");
}
