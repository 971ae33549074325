//! A dispute that is opened is not lost.

use kernel::SaleId;
use ledger::{Account, AccountKind};
use orders::Payment;
use test_support::TestDb;
use uuid::Uuid;

use super::{events::Stripe, settle};
use crate::world::Shop;

async fn settled_sale(db: &TestDb) -> (Shop, Stripe) {
    let shop = Shop::open(db, "harbour").await;
    let sale = SaleId(Uuid::now_v7());
    shop.place(db, &[shop.sale(sale, (1000, 2000), Payment::Stripe)]).await;
    let stripe = Stripe { coop: shop.coop.id, sale, amount: 3000 };
    settle(db, &stripe.paid_and_settled(70)).await;
    (shop, stripe)
}

#[tokio::test]
async fn an_open_dispute_holds_the_shares_and_takes_nothing() {
    let db = TestDb::new().await;
    let (shop, stripe) = settled_sale(&db).await;
    let before = shop.owed(&db).await;
    settle(&db, &stripe.whole_dispute(true)[..2]).await;
    let open = shop.owed(&db).await;
    for party in shop.makers.iter().chain([&shop.venue]) {
        let (payable, held) = (Account::of(AccountKind::MemberPayable, *party), Account::of(AccountKind::Held, *party));
        let held = open.get(&held).copied().unwrap_or(0);
        assert!(held > 0, "something is held of each party");
        assert_eq!(open.get(&payable).copied().unwrap_or(0) + held, before[&payable], "it is still theirs");
    }
    assert_eq!(open[&Account::own(AccountKind::Disputed)], -3000);
    assert_eq!(open[&Account::own(AccountKind::Fees)], -1500);
}

#[tokio::test]
async fn a_dispute_that_is_won_releases_what_was_held() {
    let db = TestDb::new().await;
    let (shop, stripe) = settled_sale(&db).await;
    let mut expected = shop.owed(&db).await;
    for event in stripe.whole_dispute(true) {
        settle(&db, &[event]).await;
    }
    expected.insert(Account::own(AccountKind::Fees), -1500);
    *expected.get_mut(&Account::own(AccountKind::Clearing)).unwrap() += 1500;
    assert_eq!(shop.owed(&db).await, expected);
}

#[tokio::test]
async fn a_dispute_that_is_lost_reverses_the_shares_once() {
    let db = TestDb::new().await;
    let (shop, stripe) = settled_sale(&db).await;
    for event in stripe.whole_dispute(false) {
        settle(&db, &[event]).await;
    }
    let after = shop.owed(&db).await;
    assert_eq!(after.get(&Account::own(AccountKind::Disputed)), None, "the clearing account of disputes returns to zero");
    assert!(after.keys().all(|account| account.kind != AccountKind::Held), "nothing is held any more");
    assert_eq!(after[&Account::own(AccountKind::Clearing)], 1570, "what Stripe took: the fee of the sale and of the dispute");
    let settled = settle(&db, &[stripe.refund(9, 10, "succeeded", None)]).await;
    assert_eq!(settled.parked, 1, "what the bank took back cannot be refunded as well");
}
