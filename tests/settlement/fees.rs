//! The fee is what Stripe's balance says, and comes after the payment.

use kernel::{PartyId, SaleId};
use ledger::{Account, AccountKind};
use orders::Payment;
use test_support::TestDb;
use uuid::Uuid;

use super::{events::Stripe, keep, service, settle};
use crate::world::Shop;

fn payable(party: PartyId) -> Account {
    Account::of(AccountKind::MemberPayable, party)
}

async fn shop_with_sale(db: &TestDb, amounts: (i64, i64)) -> (Shop, Stripe) {
    let shop = Shop::open(db, "harbour").await;
    let sale = SaleId(Uuid::now_v7());
    shop.place(db, &[shop.sale(sale, amounts, Payment::Stripe)]).await;
    let stripe = Stripe { coop: shop.coop.id, sale, amount: amounts.0 + amounts.1 };
    (shop, stripe)
}

#[tokio::test]
async fn g9_the_real_fee_comes_with_the_balance_transaction_and_is_shared_by_the_agreement() {
    let db = TestDb::new().await;
    let (shop, stripe) = shop_with_sale(&db, (1000, 2000)).await;
    settle(&db, &[stripe.intent_succeeded(), stripe.charge_succeeded()]).await;
    let unsettled = [(Account::own(AccountKind::Clearing), -3000), (Account::own(AccountKind::Unsettled), 3000)];
    assert_eq!(shop.owed(&db).await, unsettled.into(), "paid, and nobody's yet");

    settle(&db, &[stripe.charge_updated(70)]).await;
    // fee 23 + 47; the makers get 1000 - 120 - 50 - 23 and (2000 - 240 - 100 - 47) / 2
    let expected = [
        (payable(shop.makers[0]), 807),
        (payable(shop.makers[1]), 807),
        (payable(shop.makers[2]), 806),
        (payable(shop.venue), 360),
        (Account::own(AccountKind::CoopIncome), 150),
        (Account::own(AccountKind::Clearing), -2930),
    ];
    assert_eq!(shop.owed(&db).await, expected.into());
}

#[tokio::test]
async fn g9_a_fee_that_is_only_named_is_waited_for() {
    let db = TestDb::new().await;
    let (shop, stripe) = shop_with_sale(&db, (1000, 2000)).await;
    let settled = settle(&db, &[stripe.charge_succeeded(), stripe.charge_updated_naming()]).await;
    assert_eq!((settled.done, settled.waiting), (1, 1));
    let fee = stripe.balance_transaction(70);
    sqlx::query(
        "insert into balance_transaction (id, amount, fee, net, currency, available_on, created)
         values ($1, 3000, 70, 2930, 'EUR', to_timestamp($2), to_timestamp($2))",
    )
    .bind(fee["id"].as_str().unwrap())
    .bind(fee["created"].as_f64().unwrap())
    .execute(&db.owner().await)
    .await
    .unwrap();
    service(&db).run_until_still(100).await.unwrap();
    assert_eq!(shop.owed(&db).await.get(&Account::own(AccountKind::Clearing)), Some(&-2930));
}

#[tokio::test]
async fn d16_a_sale_settled_in_another_currency_keeps_its_rate() {
    let db = TestDb::new().await;
    let (shop, stripe) = shop_with_sale(&db, (1000, 2000)).await;
    settle(&db, &[stripe.charge_succeeded(), stripe.in_dollars(3250, 100, 1.0833)]).await;
    let balances = crate::world::in_coop(&db, shop.coop.id, async |tx| ledger::balances(tx, shop.coop.id).await.unwrap()).await;
    let owed_in = |code: &str| -> i64 { balances.iter().filter(|b| b.currency.code() == code).map(ledger::Balance::owed).sum() };
    assert_eq!((owed_in("EUR"), owed_in("USD")), (0, 0), "each currency sums to zero");
    let clearing = balances.iter().filter(|b| b.account.kind == AccountKind::Clearing).map(|b| (b.currency.code(), b.owed()));
    assert_eq!(clearing.collect::<Vec<_>>(), [("EUR", 0), ("USD", -3150)]);
    let exchange: String =
        sqlx::query_scalar("select exchange::text from posting where kind = 'settlement'").fetch_one(&db.owner().await).await.unwrap();
    assert_eq!(exchange, r#"{"from": "EUR", "rate": "1.0833", "amount": 3000}"#);
    settle(&db, &[stripe.refund(1, 3000, "succeeded", None)]).await;
    let owed = shop.owed(&db).await;
    assert_eq!(owed.get(&Account::own(AccountKind::Clearing)), Some(&100), "the fee stays with Stripe");
}

#[tokio::test]
async fn d4_a_later_version_changes_no_past_amount() {
    let db = TestDb::new().await;
    let (shop, stripe) = shop_with_sale(&db, (1000, 2000)).await;
    settle(&db, &stripe.paid_and_settled(70)).await;
    let before = shop.owed(&db).await;
    let harsher = serde_json::json!({"name": "Co-op default", "shortfall": "co_op", "steps": [
        {"step": "percent", "to": "co_op", "of": "gross", "rate": "50 %"}, {"step": "owners", "share": "rest"}]});
    let terms = crate::world::adopt(&db, &shop.coop, &[(splits::Layer::CoOp, "Co-op default", harsher)]).await;
    assert_ne!(terms, shop.terms, "version 2 is other terms");
    settle(&db, &stripe.paid_and_settled(70)).await;
    assert_eq!(shop.owed(&db).await, before);
    settle(&db, &[stripe.refund(1, 3000, "succeeded", None)]).await;
    let lost_fee = 9; // of 70, for the 360 of 2930 that version 1 gave it
    assert_eq!(
        shop.owed(&db).await[&payable(shop.venue)],
        -lost_fee,
        "the refund takes back what version 1 gave, not what version 2 would"
    );
}

#[tokio::test]
async fn g1_the_same_event_twice_is_kept_once() {
    let db = TestDb::new().await;
    let (_, stripe) = shop_with_sale(&db, (1000, 2000)).await;
    keep(&db, &[stripe.charge_succeeded(), stripe.charge_succeeded()]).await;
    let count: i64 = sqlx::query_scalar("select count(*) from stripe_event").fetch_one(&db.owner().await).await.unwrap();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn a1_an_event_moves_nothing_of_another_co_op() {
    let db = TestDb::new().await;
    let (_, stripe) = shop_with_sale(&db, (1000, 2000)).await;
    let other = Shop::open(&db, "valley").await;
    // Metadata that names the other co-op: the payment intent is known to be ours
    let forged = Stripe { coop: other.coop.id, sale: stripe.sale, amount: stripe.amount };
    settle(&db, &forged.paid_and_settled(70)).await;
    assert_eq!(other.owed(&db).await, [].into());
}
