//! Verification names the first thing that differs.

use ::ledger::Accounts;
use kernel::CoopId;
use test_support::TestDb;

use super::{post, to_party};
use crate::world::{coop_with_makers, in_coop, november};

/// Three postings, a closed month, seals, rolled balances.
async fn full_books() -> (TestDb, CoopId) {
    let db = TestDb::new().await;
    let (coop, parties) = coop_with_makers(&db, "harbour", 2).await;
    for number in 0..3 {
        post(&db, &Accounts::default(), coop.id, &[to_party(coop.id, &format!("sale {number}"), parties[number % 2], 100)]).await;
        in_coop(&db, coop.id, async |tx| ::ledger::seal(tx, coop.id).await.unwrap()).await;
    }
    in_coop(&db, coop.id, async |tx| ::ledger::roll_up(tx, &[coop.id]).await.unwrap()).await;
    let after = november(30) + chrono::TimeDelta::days(5);
    ::ledger::close_month(&db.pools.orm, (coop.id, "2026-11".parse().unwrap()), &coop.zone, None, after).await.unwrap();
    (db, coop.id)
}

/// What verification says after a superuser did `sql` behind the triggers' back.
async fn difference_after(sql: &str) -> String {
    let (mut db, coop) = full_books().await;
    assert_eq!(::ledger::verify(&db.pools.orm, coop).await.unwrap().difference, None, "untouched books agree");
    db.allow_difference();
    let owner = db.owner().await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("set session_replication_role = replica; {sql}"))).execute(&owner).await.unwrap();
    let verdict = ::ledger::verify(&db.pools.orm, coop).await.unwrap();
    verdict.difference.expect("the tampering is found").to_string()
}

#[tokio::test]
async fn d19_a_changed_amount_is_named() {
    let found = difference_after("update entry set amount = amount + 1 where posting_id = 2 and leg = 1").await;
    assert_eq!(found, "posting 2 (test of sale 1): 2 legs with debits 100 and sum 1, its header says 2 legs with debits 100");
}

#[tokio::test]
async fn d19_a_changed_balance_is_named() {
    let found = difference_after(
        "update balance set credits = credits + 1 where account_id = (select min(account_id) from account where kind = 'member_payable')",
    )
    .await;
    assert!(found.contains("(member_payable): its balance says debits 0 and credits 201, its entries 0 and 200"), "{found}");
}

#[tokio::test]
async fn d19_a_changed_closed_month_is_named() {
    let found = difference_after("update period_balance set debits = debits + 1 where debits > 0").await;
    assert!(found.contains("in 2026-11: the closed month says debits 301 and credits 0, its entries 300 and 0"), "{found}");
}

#[tokio::test]
async fn d21_a_posting_that_was_changed_in_balance_breaks_its_seal() {
    let found = difference_after("update posting set source_id = 'another sale' where posting_id = 2").await;
    assert_eq!(found, "seal 2: a posting that it covers was changed");
}

#[tokio::test]
async fn d21_a_posting_that_vanished_breaks_its_seal() {
    let sql = "delete from posting where posting_id = 3; delete from entry where posting_id = 3;
        update balance set credits = credits - 100 where account_id in (select account_id from account where kind = 'member_payable') and credits = 200;
        update balance set debits = debits - 100 where debits > 0;
        update period_balance set credits = credits - 100 where credits = 200; update period_balance set debits = debits - 100 where debits > 0";
    assert_eq!(difference_after(sql).await, "seal 3: postings were added to or removed from what it covers");
}

#[tokio::test]
async fn d21_a_seal_that_was_made_anew_does_not_fit_the_chain() {
    assert_eq!(difference_after("update seal set hash = sha256('x') where seq = 2").await, "seal 2: its own hash was changed");
    assert_eq!(difference_after("delete from seal where seq = 1").await, "seal 1: it is missing from the chain");
}

#[tokio::test]
async fn d19_the_verdict_is_kept_for_the_co_ops_admins() {
    let (db, coop) = full_books().await;
    let verdict = ::ledger::verify(&db.pools.orm, coop).await.unwrap();
    in_coop(&db, coop, async |tx| ::ledger::record_check(tx, coop, &verdict).await.unwrap()).await;
    let kept: (i64, i64, Option<String>) =
        sqlx::query_as("select postings, entries, difference from ledger_check").fetch_one(&db.owner().await).await.unwrap();
    assert_eq!(kept, (3, 6, None));
}
