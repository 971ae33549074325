//! Refunds take back what was given, to the cent.

use kernel::SaleId;
use ledger::{Account, AccountKind};
use orders::Payment;
use serde_json::json;
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

fn maker(shop: &Shop, number: usize) -> Account {
    Account::of(AccountKind::MemberPayable, shop.makers[number])
}

#[tokio::test]
async fn d9_partial_refunds_in_any_sizes_end_at_the_legs_and_nobody_is_paid_back() {
    let db = TestDb::new().await;
    let (shop, stripe) = settled_sale(&db).await;
    let mut before = shop.owed(&db).await;
    for (nth, amount) in [1, 333, 1, 1000, 665, 1000].into_iter().enumerate() {
        settle(&db, &[stripe.refund(u32::try_from(nth).unwrap(), amount, "succeeded", None)]).await;
        let after = shop.owed(&db).await;
        for (account, owed) in before.iter().filter(|(account, _)| account.kind == AccountKind::MemberPayable) {
            assert!(after.get(account).copied().unwrap_or(0) <= *owed, "{account:?} is never paid back");
        }
        before = after;
    }
    let lost = before.values().filter(|owed| **owed < 0).sum::<i64>();
    assert_eq!(lost, -70, "at full refund only the lost fee is left, with those who carry it");
    assert_eq!(before.get(&Account::own(AccountKind::Clearing)), Some(&70));
}

#[tokio::test]
async fn d9_a_refund_by_line_touches_that_line_alone() {
    let db = TestDb::new().await;
    let (shop, stripe) = settled_sale(&db).await;
    let before = shop.owed(&db).await;
    settle(&db, &[stripe.refund(1, 1000, "succeeded", Some(json!([{"line": 1, "amount": 1000}])))]).await;
    let after = shop.owed(&db).await;
    assert_eq!(after.get(&maker(&shop, 1)), before.get(&maker(&shop, 1)), "the second line's makers keep theirs");
    assert!(after.get(&maker(&shop, 0)).copied().unwrap_or(0) <= 0);
}

#[tokio::test]
async fn d10_the_lost_fee_is_carried_by_those_the_agreement_names() {
    let db = TestDb::new().await;
    let mut shop = Shop::open(&db, "harbour").await;
    let body = json!({"name": "Ours", "shortfall": "co_op", "lost_fee": {"payee": "co_op"}, "steps": [{"step": "percent", "to": "co_op", "of": "gross", "rate": "5 %"},
        {"step": "owners", "share": "rest"}]});
    shop.terms = crate::world::adopt(&db, &shop.coop, &[(splits::Layer::CoOp, "Ours", body)]).await;
    let sale = SaleId(Uuid::now_v7());
    shop.place(&db, &[shop.sale(sale, (1000, 2000), Payment::Stripe)]).await;
    let stripe = Stripe { coop: shop.coop.id, sale, amount: 3000 };
    settle(&db, &stripe.paid_and_settled(70)).await;
    settle(&db, &[stripe.refund(1, 3000, "succeeded", None)]).await;
    let expected = [(Account::own(AccountKind::Fees), -70), (Account::own(AccountKind::Clearing), 70)];
    assert_eq!(shop.owed(&db).await, expected.into());
}

#[tokio::test]
async fn a_refund_that_fails_afterwards_is_undone_and_a_pending_one_does_nothing() {
    let db = TestDb::new().await;
    let (shop, stripe) = settled_sale(&db).await;
    let before = shop.owed(&db).await;
    settle(&db, &[stripe.refund(1, 500, "pending", None)]).await;
    assert_eq!(shop.owed(&db).await, before);
    settle(&db, &[stripe.refund(1, 500, "succeeded", None), stripe.refund(2, 700, "succeeded", None)]).await;
    settle(&db, &[stripe.refund(1, 500, "failed", None), stripe.refund(2, 700, "failed", None)]).await;
    assert_eq!(shop.owed(&db).await, before);
}

#[tokio::test]
async fn a_refund_of_more_than_was_paid_is_parked_and_moves_nothing() {
    let db = TestDb::new().await;
    let (shop, stripe) = settled_sale(&db).await;
    let before = shop.owed(&db).await;
    let settled = settle(&db, &[stripe.refund(1, 3001, "succeeded", None)]).await;
    assert_eq!(settled.parked, 1);
    assert_eq!(shop.owed(&db).await, before);
}

#[tokio::test]
async fn a_refund_whose_lines_make_no_sense_is_parked_with_the_reason() {
    let db = TestDb::new().await;
    let (shop, stripe) = settled_sale(&db).await;
    let before = shop.owed(&db).await;
    let wrong = [
        json!("line one"),
        json!([{"line": 9, "amount": 100}]),
        json!([{"line": 1, "amount": -100}, {"line": 2, "amount": 200}]),
        json!([{"line": 1, "amount": 600}, {"line": 1, "amount": 600}]),
        json!([{"line": 1, "amount": 50}]),
    ];
    for (nth, (lines, amount)) in (1..).zip(wrong.into_iter().zip([100, 100, 100, 1200, 100])) {
        let settled = settle(&db, &[stripe.refund(nth, amount, "succeeded", Some(lines))]).await;
        assert_eq!(settled.parked, 1, "refund {nth}");
    }
    assert_eq!(shop.owed(&db).await, before);
}
