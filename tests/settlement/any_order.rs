//! Any order and any repetition of a month's events gives the same books.

use std::collections::{BTreeMap, BTreeSet};

use kernel::SaleId;
use ledger::Account;
use orders::Payment;
use proptest::{
    strategy::{Just, Strategy, ValueTree as _},
    test_runner::TestRunner,
};
use serde_json::json;
use test_support::TestDb;
use uuid::Uuid;

use super::{events::Stripe, keep, service};
use crate::world::Shop;

/// Each sale has an amount of its own.
fn spread(n: usize) -> i64 {
    7 * i64::try_from(n).unwrap()
}

/// A month: plain sales, refunds of all kinds, disputes won and lost, one while a refund is under way.
fn month(shop: &Shop, ids: &[SaleId]) -> Vec<String> {
    let sale = |n: usize| Stripe { coop: shop.coop.id, sale: ids[n], amount: 2999 + spread(n) };
    let mut events: Vec<String> = (0..ids.len()).flat_map(|n| sale(n).paid_and_settled(70 + spread(n))).collect();
    events.extend([1, 2, 3, 4].map(|nth| sale(1).refund(nth, 200 * i64::from(nth), if nth == 3 { "failed" } else { "succeeded" }, None)));
    events.push(sale(1).refund(3, 600, "succeeded", None));
    events.push(sale(2).refund(1, 300, "succeeded", Some(json!([{"line": 1, "amount": 100}, {"line": 2, "amount": 200}]))));
    events.push(sale(2).refund(2, 700, "succeeded", Some(json!([{"line": 2, "amount": 700}]))));
    events.push(sale(2).refund(2, 700, "pending", Some(json!([{"line": 2, "amount": 700}]))));
    events.extend(sale(3).whole_dispute(true));
    events.extend(sale(4).whole_dispute(false));
    events.push(sale(0).refund(1, sale(0).amount, "succeeded", None));
    events
}

type Books = (BTreeMap<Account, i64>, BTreeSet<(String, String)>);

/// The owed balances, and which postings there are; holds come and go with the order, what they leave does not.
async fn books(db: &TestDb, shop: &Shop) -> Books {
    let postings: Vec<(String, String)> =
        sqlx::query_as("select kind, source_id from posting where kind not in ('dispute_hold', 'dispute_released')")
            .fetch_all(&db.owner().await)
            .await
            .unwrap();
    let owed = shop.owed(db).await;
    // A refund that failed leaves both of its postings, or none
    let failed: BTreeSet<String> = postings.iter().filter(|(kind, _)| kind == "refund_failed").map(|(_, source)| source.clone()).collect();
    (owed, postings.into_iter().filter(|(_, source)| !failed.contains(source)).collect())
}

async fn settle_in_rounds(order: &[usize], cuts: &[usize]) -> Books {
    let db = TestDb::new().await;
    let shop = Shop::open(&db, "harbour").await;
    let ids: Vec<SaleId> = (1..=5).map(|n| SaleId(Uuid::from_u128(n))).collect();
    let sales: Vec<_> = ids.iter().enumerate().map(|(n, id)| shop.sale(*id, (999, 2000 + spread(n)), Payment::Stripe)).collect();
    shop.place(&db, &sales).await;
    let events = month(&shop, &ids);
    let service = service(&db);
    let mut start = 0;
    for end in cuts.iter().copied().chain([order.len()]) {
        let bodies: Vec<String> = order[start..end.max(start)].iter().map(|place| events[*place].clone()).collect();
        start = end.max(start);
        keep(&db, &bodies).await;
        let limit = 1 + u32::try_from(end % 9).unwrap();
        service.run_until_still(limit).await.unwrap();
    }
    let inbox = ::settlement::inbox(&db.pools.orm).await.unwrap();
    let reasons = ::settlement::parked(&db.pools.orm).await.unwrap();
    assert_eq!((inbox.waiting, inbox.new, reasons), (0, 0, vec![]), "nothing is left over");
    books(&db, &shop).await
}

/// How many events [`month`] makes.
const EVENTS: usize = 15 + 5 + 3 + 4 + 3 + 1;
/// Random orders that are tried.
const ORDERS: usize = 12;

#[tokio::test]
async fn g1_any_order_and_repetition_of_a_month_gives_the_same_books() {
    let expected = settle_in_rounds(&(0..EVENTS).collect::<Vec<_>>(), &[]).await;
    assert!(expected.0.values().any(|owed| *owed > 0));
    let mut runner = TestRunner::deterministic();
    // Every event once or twice, shuffled, delivered in a few rounds
    let order = proptest::collection::vec(0..EVENTS, 0..EVENTS)
        .prop_map(|again| (0..EVENTS).chain(again).collect::<Vec<_>>())
        .prop_flat_map(|events| Just(events).prop_shuffle());
    let cuts = proptest::collection::vec(0..EVENTS, 0..5).prop_map(|mut cuts| {
        cuts.sort_unstable();
        cuts
    });
    for _ in 0..ORDERS {
        let order = order.new_tree(&mut runner).unwrap().current();
        let cuts = cuts.new_tree(&mut runner).unwrap().current();
        assert_eq!(settle_in_rounds(&order, &cuts).await, expected, "order {order:?}, rounds {cuts:?}");
    }
}
