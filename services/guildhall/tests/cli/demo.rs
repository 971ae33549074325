//! The demo as a newcomer meets it: one command lives a month, pays it out, closes it, and ends.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use test_support::TestDb;

use super::{Ended, guildhall};

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn k11_up_makes_a_month_of_life_whose_books_agree() {
    let (db, home) = (TestDb::new().await, TempDir::new().unwrap());
    let run = |arguments: &[&str]| {
        let mut command = guildhall(home.path(), arguments);
        command.envs([("DATABASE_URL", db.url.as_str()), ("GUILDHALL_PORT", "0"), ("GUILDHALL_STRIPE_PORT", "0")]);
        Ended::from(command.output().unwrap())
    };
    let up = run(&["up", "--once", "--json"]);
    assert_eq!(up.code, 0, "{up:?}");
    let value = up.json();
    let coop = &value["co_ops"][0];
    let statements = coop["statements"].as_u64().unwrap();
    assert!(coop["slug"] == "harbour" && statements >= 12, "{coop}");
    let payouts = coop["latest_payout_run"].as_array().unwrap();
    assert!(payouts.iter().filter(|payout| payout["status"] == "confirmed").count() >= 10, "{payouts:?}");
    assert!(
        payouts.iter().all(|payout| payout["status"] == "confirmed" || payout["reason"].is_string()),
        "a reason for whom is not paid: {payouts:?}"
    );

    let sales: i64 = sqlx::query_scalar("select count(*) from sale").fetch_one(&db.owner().await).await.unwrap();
    assert!(sales >= 400, "{sales} sales");
    let papers = files(home.path()).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "pdf"));
    let papers: Vec<Vec<u8>> = papers.map(|path| std::fs::read(path).unwrap()).collect();
    assert_eq!(papers.len() as u64, statements, "one paper for each statement");
    assert!(papers.iter().all(|paper| paper.starts_with(b"%PDF-")));

    let verified = run(&["verify", "--json"]);
    assert_eq!((verified.code, &verified.json()["co_ops"][0]["agrees"]), (0, &true.into()), "{verified:?}");
}
