//! Each capability that is delivered has a test whose name says its row.

use std::{collections::BTreeSet, fs, path::Path};

use super::root;

/// The rows of the product's checklist that are delivered so far.
const DELIVERED: &[&str] = &[
    "a1", "a2", "a3", "a4", "a5", "a11", "a13", "a14", "a15", "a16", "a17", "b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9", "b10",
    "b11", "b12", "b13", "b14", "b15", "b16", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "d10", "d13", "d15", "d16", "d17",
    "d18", "d19", "d20", "d21", "g1", "g3", "g4", "g5", "g6", "g7", "g9", "g11", "g13", "h1", "h2", "h3", "h4", "i9", "i17", "j1", "j2",
    "j3", "j7", "j8", "j9", "j10", "k1", "k2", "k4", "k5", "k7", "k8", "k9", "k11", "k12", "l5",
];

fn rust_files(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "target" && name != "node_modules" && name != ".git" {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(fs::read_to_string(path));
        }
    }
}

/// The rows that the names of test functions begin with: `fn d1_d17_random…` says D1 and D17.
fn rows_in(source: &str) -> BTreeSet<String> {
    let mut rows = BTreeSet::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim_start) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some(name) = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn ")) {
            if is_test {
                let row =
                    |word: &&str| word.len() <= 3 && word.starts_with(|c: char| c.is_ascii_lowercase()) && word[1..].parse::<u8>().is_ok();
                rows.extend(name.split('_').take_while(row).map(ToOwned::to_owned));
            }
            is_test = false;
        }
    }
    rows
}

#[test]
fn every_delivered_row_has_a_test_that_says_so() {
    let mut sources = Vec::new();
    for folder in ["libs", "services", "tests", "migrations"] {
        rust_files(&root().join(folder), &mut sources);
    }
    let named: BTreeSet<String> = sources.iter().flat_map(|source| rows_in(source)).collect();
    let silent: Vec<_> = DELIVERED.iter().filter(|row| !named.contains(**row)).collect();
    assert_eq!(silent, Vec::<&&str>::new(), "rows without a test of their name");
}
