//! Everything may arrive twice, and from many writers at once.

use ::ledger::{Account, AccountKind, Accounts, LedgerError};
use test_support::TestDb;

use super::{post, posting, to_party};
use crate::world::{coop_with_makers, in_coop};

#[tokio::test]
async fn the_same_batch_posted_twice_changes_nothing() {
    let db = TestDb::new().await;
    let (coop, parties) = coop_with_makers(&db, "harbour", 2).await;
    let accounts = Accounts::default();
    let batch: Vec<_> = (0..50).map(|n| to_party(coop.id, &format!("sale {n}"), parties[n % 2], 100 + i64::try_from(n).unwrap())).collect();
    let first = post(&db, &accounts, coop.id, &batch).await;
    assert_eq!((first.fresh.len(), first.repeated), (50, 0));
    let before = in_coop(&db, coop.id, async |tx| ::ledger::balances(tx, coop.id).await.unwrap()).await;
    let second = post(&db, &accounts, coop.id, &batch).await;
    assert_eq!((second.fresh.len(), second.repeated), (0, 50));
    let after = in_coop(&db, coop.id, async |tx| ::ledger::balances(tx, coop.id).await.unwrap()).await;
    assert_eq!(before, after);
}

#[tokio::test]
async fn duplicates_inside_a_batch_are_posted_once() {
    let db = TestDb::new().await;
    let (coop, parties) = coop_with_makers(&db, "harbour", 1).await;
    let sale = to_party(coop.id, "sale", parties[0], 100);
    let posted = post(&db, &Accounts::default(), coop.id, &[sale.clone(), to_party(coop.id, "other", parties[0], 1), sale]).await;
    assert_eq!((posted.fresh.keys().copied().collect::<Vec<_>>(), posted.repeated), (vec![0, 1], 1));
}

#[tokio::test]
async fn the_same_source_with_other_amounts_is_an_error_and_posts_nothing() {
    let db = TestDb::new().await;
    let (coop, parties) = coop_with_makers(&db, "harbour", 1).await;
    let accounts = Accounts::default();
    post(&db, &accounts, coop.id, &[to_party(coop.id, "sale", parties[0], 100)]).await;
    let tx = db::begin(&db.pools.orm, coop.id).await.unwrap();
    let error = ::ledger::post(&tx, &accounts, &[to_party(coop.id, "new", parties[0], 5), to_party(coop.id, "sale", parties[0], 101)])
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "test of sale was posted before with a total of 100, and now came with 101");
    drop(tx);
    let within = [to_party(coop.id, "twin", parties[0], 1), to_party(coop.id, "twin", parties[0], 2)];
    let tx = db::begin(&db.pools.orm, coop.id).await.unwrap();
    assert!(matches!(::ledger::post(&tx, &accounts, &within).await, Err(LedgerError::SourceReused { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_writers_on_one_clearing_account_never_deadlock() {
    let db = TestDb::new().await;
    let (coop, parties) = coop_with_makers(&db, "harbour", 6).await;
    let accounts = Accounts::default();
    let writers = (0..8).map(|writer| {
        let (pools, parties, accounts, coop) = (db.pools.clone(), parties.clone(), accounts.clone(), coop.id);
        tokio::spawn(async move {
            for round in 0..10 {
                // Each writer walks the parties in another order, and half of the sources are everybody's
                let batch: Vec<_> = (0..12)
                    .map(|n| {
                        let source = if n % 2 == 0 { format!("shared {round} {n}") } else { format!("{writer} {round} {n}") };
                        let place = if n % 2 == 0 { n } else { (n * (writer + 1) + writer) % 6 };
                        to_party(coop, &source, parties[place % 6], 10)
                    })
                    .rev()
                    .collect();
                let tx = db::begin(&pools.orm, coop).await.unwrap();
                ::ledger::post(&tx, &accounts, &batch).await.unwrap();
                tx.commit().await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let balances = in_coop(&db, coop.id, async |tx| ::ledger::balances(tx, coop.id).await.unwrap()).await;
    let clearing = balances.iter().find(|balance| balance.account.kind == AccountKind::Clearing).unwrap();
    assert_eq!(clearing.debits, 10 * (8 * 10 * 6 + 10 * 6));
}

#[tokio::test]
async fn rolled_balances_are_exact_before_and_after_they_are_added_up() {
    let db = TestDb::new().await;
    let (coop, parties) = coop_with_makers(&db, "harbour", 1).await;
    let accounts = Accounts::default();
    let clearing = async || {
        let balances = in_coop(&db, coop.id, async |tx| ::ledger::balances(tx, coop.id).await.unwrap()).await;
        balances.into_iter().find(|balance| balance.account == Account::own(AccountKind::Clearing)).unwrap()
    };
    for round in 1..=3 {
        post(&db, &accounts, coop.id, &[to_party(coop.id, &format!("sale {round}"), parties[0], 100)]).await;
        assert_eq!(clearing().await.debits, 100 * round);
        in_coop(&db, coop.id, async |tx| ::ledger::roll_up(tx, &[coop.id]).await.unwrap()).await;
        in_coop(&db, coop.id, async |tx| ::ledger::roll_up(tx, &[coop.id]).await.unwrap()).await;
        assert_eq!(clearing().await.debits, 100 * round);
    }
    let refund =
        posting(coop.id, "back", &[(Account::of(AccountKind::MemberPayable, parties[0]), 30), (Account::own(AccountKind::Clearing), -30)]);
    post(&db, &accounts, coop.id, &[refund]).await;
    assert_eq!(clearing().await.owed(), -270);
}
