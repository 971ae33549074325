//! Poison is parked with a reason, and settled once the cause is gone.

use kernel::SaleId;
use orders::Payment;
use serde_json::{Value, json};
use test_support::TestDb;
use uuid::Uuid;

use super::{events::Stripe, service, settle};
use crate::world::Shop;

fn event(id: &str, kind: &str, object: &Value) -> String {
    json!({"id": id, "object": "event", "type": kind, "created": 1_793_880_000, "livemode": false, "data": {"object": object}}).to_string()
}

#[tokio::test]
async fn g1_a_parked_event_says_why_and_replay_settles_it_after_the_cause_is_gone() {
    let db = TestDb::new().await;
    let shop = Shop::open(&db, "harbour").await;
    let sale = SaleId(Uuid::now_v7());
    let stripe = Stripe { coop: shop.coop.id, sale, amount: 3000 };
    let settled = settle(&db, &stripe.paid_and_settled(70)).await;
    assert_eq!(settled.parked, 3);
    let parked = ::settlement::parked(&db.pools.orm).await.unwrap();
    assert_eq!(parked[0].reason, format!("there is no sale {sale}"));

    shop.place(&db, &[shop.sale(sale, (1000, 2000), Payment::Stripe)]).await;
    assert_eq!(::settlement::replay_all(&db.pools.orm).await.unwrap(), 3);
    assert_eq!(service(&db).run_until_still(100).await.unwrap().done, 3);
    assert_eq!(shop.owed(&db).await.values().sum::<i64>(), 0);
    let again = ::settlement::replay(&db.pools.orm, "evt_none").await.unwrap_err();
    assert_eq!(again.to_string(), "there is no parked event evt_none");
}

#[tokio::test]
async fn one_poison_event_among_many_is_found_and_the_others_go_through() {
    let db = TestDb::new().await;
    let shop = Shop::open(&db, "harbour").await;
    let ids: Vec<SaleId> = (0..20).map(|_| SaleId(Uuid::now_v7())).collect();
    let sales: Vec<_> = ids.iter().map(|id| shop.sale(*id, (1000, 2000), Payment::Stripe)).collect();
    shop.place(&db, &sales).await;
    // The books already hold a settlement of one of them with other amounts: its batch fails in the database
    let bad = ids[7];
    let owner = db.owner().await;
    let planted = format!(
        "with accounts as (insert into account (coop_id, kind, currency, mode) values ({coop}, 'clearing', 'EUR', 'rolled'), ({coop}, 'unsettled', 'EUR', 'rolled')
             returning account_id, kind),
         head as (insert into posting (coop_id, kind, source_id, currency, legs, total, effective_at, available_at)
             values ({coop}, 'settlement', '{bad}', 'EUR', 2, 5, now(), now()) returning posting_id)
         insert into entry select {coop}, posting_id, row_number() over (), account_id, case kind when 'clearing' then 5 else -5 end from head, accounts",
        coop = shop.coop.id
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(planted)).execute(&owner).await.unwrap();
    let events: Vec<String> =
        ids.iter().flat_map(|sale| Stripe { coop: shop.coop.id, sale: *sale, amount: 3000 }.paid_and_settled(70)).collect();
    let settled = settle(&db, &events).await;
    assert_eq!((settled.parked, settled.done), (1, 59));
    let reason = &::settlement::parked(&db.pools.orm).await.unwrap()[0].reason;
    assert_eq!(*reason, format!("settlement of {bad} was posted before with a total of 5, and now came with 3000"));
}

#[tokio::test]
async fn events_that_are_not_for_the_books_are_kept() {
    let db = TestDb::new().await;
    let bodies = [
        event("evt_1", "invoice.paid", &json!({"id": "in_1"})),
        event("evt_2", "customer.subscription.updated", &json!({"id": "sub_1"})),
        event("evt_3", "some.future.thing", &json!({})),
        event("evt_4", "charge.succeeded", &json!({"id": "py_1", "amount": 5, "currency": "eur", "paid": true, "captured": true, "source_transfer": "tr_1"})),
        json!({"id": "evt_5", "object": "v2.core.event", "type": "v1.charge.succeeded", "created": "2026-11-05T12:00:00Z", "livemode": false}).to_string(),
        json!({"id": "evt_6", "object": "event", "type": "charge.succeeded", "created": 1, "livemode": true, "data": {"object": {}}}).to_string(),
    ];
    let settled = settle(&db, &bodies).await;
    assert_eq!((settled.kept, settled.claimed), (6, 6));
}

#[tokio::test]
async fn an_object_that_cannot_be_read_is_parked_with_the_place() {
    let db = TestDb::new().await;
    let settled = settle(&db, &[event("evt_1", "charge.succeeded", &json!({"id": "ch_1", "amount": "many", "currency": "eur"}))]).await;
    assert_eq!(settled.parked, 1);
    let reason = &::settlement::parked(&db.pools.orm).await.unwrap()[0].reason;
    assert!(reason.contains("data.object.amount"), "{reason}");
}

#[tokio::test]
async fn a_payment_of_another_amount_is_parked_and_names_the_cure() {
    let db = TestDb::new().await;
    let shop = Shop::open(&db, "harbour").await;
    let sale = SaleId(Uuid::now_v7());
    shop.place(&db, &[shop.sale(sale, (1000, 2000), Payment::Stripe)]).await;
    settle(&db, &[Stripe { coop: shop.coop.id, sale, amount: 2999 }.charge_succeeded()]).await;
    let reason = &::settlement::parked(&db.pools.orm).await.unwrap()[0].reason;
    assert_eq!(*reason, format!("sale {sale} asks for 3000 EUR, but 2999 eur were paid; refund the difference or correct the sale"));
}
