//! Events are settled while the worker, and PostgreSQL, are killed in the middle of their batches.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, stream};
use identity::{Coop, NewCoop, NewParty, PartyKind};
use kernel::{PartyId, SaleId};
use ledger::Account;
use orders::{Agreements, Channel, NewLine, NewSale, NewVersion, Payment, TermsId};
use serde_json::{Value, json};
use settlement::{BATCH, Inbox, Settlement, accept};
use splits::{Layer, Owner, Terms};
use sqlx::Row as _;
use uuid::Uuid;

use super::{
    child::Child,
    database::{Database, Server},
    until,
};
use crate::world::november;

/// Each sale has three events.
const SALES: usize = 200;
const EVENTS: i64 = 600;
/// For how long a batch has been under way when it is killed, in milliseconds; the later the more it has written.
const INTO_THE_BATCH_MS: [i32; 4] = [1, 20, 60, 150];

#[tokio::test]
async fn g13_kill_9_while_settling_books_every_event_once() {
    let mut server = Server::start().await;
    let (calm, stormy) = (server.database("calm").await, server.database("stormy").await);
    let undisturbed = queue(&calm).await;
    Settlement::new(calm.pools.clone(), None, false).run_until_still(BATCH).await.unwrap();
    let expected = books(&calm, &undisturbed).await;
    assert!(expected.0.values().any(|owed| *owed > 0) && expected.1.len() >= SALES);

    let coop = queue(&stormy).await;
    for age in INTO_THE_BATCH_MS {
        let mut worker = Child::start(&stormy.url, None, november(6)).await;
        in_a_batch(&stormy, age, &mut worker).await;
        worker.kill().await;
    }
    // This one lives through PostgreSQL's death, and finishes.
    let mut worker = Child::start(&stormy.url, None, november(6)).await;
    in_a_batch(&stormy, 10, &mut worker).await;
    server.kill(&stormy).await;
    server.recover(&stormy).await;
    until("every event is settled", async || {
        worker.must_live();
        done(&stormy).await == Some(EVENTS)
    })
    .await;
    worker.kill().await;

    let inbox = settlement::inbox(&stormy.pools.orm).await.unwrap();
    assert_eq!(inbox, Inbox { new: 0, waiting: 0, done: EVENTS, kept: 0, parked: 0 });
    stormy.verify(coop.id).await;
    let books = books(&stormy, &coop).await;
    assert_eq!(books.0, expected.0, "what is owed");
    assert_eq!(books.1, expected.1, "what was posted");
}

/// Returns when a worker has been in a batch for so long, or has just ended one.
async fn in_a_batch(database: &Database, age_ms: i32, worker: &mut Child) {
    const UNDER_WAY: &str = "
        select exists (
            select from pg_locks held join pg_stat_activity activity using (pid)
            where held.relation = 'stripe_event'::regclass and held.mode = 'RowShareLock' and held.granted
              and clock_timestamp() - activity.xact_start >= $1 * interval '1 ms')";
    let before = done(database).await;
    until("a batch of events is under way", async || {
        worker.must_live();
        let under_way: bool = sqlx::query_scalar(UNDER_WAY).bind(age_ms).fetch_one(&database.owner).await.unwrap();
        under_way || done(database).await != before
    })
    .await;
}

/// How many events are settled; unknown while PostgreSQL is away.
async fn done(database: &Database) -> Option<i64> {
    settlement::inbox(&database.pools.orm).await.ok().map(|inbox| inbox.done)
}

type Books = (BTreeMap<Account, i64>, BTreeSet<(String, String)>);

/// What is owed, and which postings there are.
async fn books(database: &Database, coop: &Coop) -> Books {
    let balances = database.in_coop(coop.id, async |tx| ledger::balances(tx, coop.id).await.unwrap()).await;
    let postings = sqlx::query("select kind, source_id from posting").fetch_all(&database.owner).await.unwrap();
    let owed = balances.into_iter().map(|balance| (balance.account, balance.owed())).collect();
    (owed, postings.into_iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// A co-op with its sales, and what Stripe says of them waiting in the inbox. In every database the same.
async fn queue(database: &Database) -> Coop {
    let new =
        NewCoop { slug: "harbour", name: "Harbour Makers", country: "NL", currency: "EUR".parse().unwrap(), time_zone: "Europe/Amsterdam" };
    let coop = identity::found(&database.pools.orm, new, november(1)).await.unwrap();
    let ids: Vec<SaleId> = (1..=SALES).map(|number| SaleId(Uuid::from_u128(number as u128))).collect();
    database
        .in_coop(coop.id, async |tx| {
            let makers = ["ana", "ben", "cleo"].map(|handle| NewParty {
                kind: PartyKind::Member,
                handle: handle.to_owned(),
                name: handle.to_owned(),
                email: None,
                stripe_account: None,
                minimum_payout: 0,
            });
            let makers = identity::add_parties(tx, coop.id, makers.into()).await.unwrap();
            let body = serde_json::from_value(json!({"name": "Co-op default", "shortfall": "co_op", "steps": [
                {"step": "percent", "to": "co_op", "of": "gross", "rate": "5 %"},
                {"step": "owners", "share": "rest"},
            ]}));
            let new = NewVersion {
                layer: Layer::CoOp,
                name: "Co-op default",
                body: &body.unwrap(),
                adopted_by: None,
                effective_from: november(1),
            };
            let version = orders::adopt(tx, coop.id, new).await.unwrap().version;
            let terms = orders::terms(tx, &Agreements::default(), coop.id, &[version]).await.unwrap();
            let sales: Vec<NewSale> = ids.iter().zip(makers.iter().cycle()).map(|(id, maker)| sale(&coop, *id, *maker, terms)).collect();
            orders::place(tx, coop.id, &sales).await.unwrap();
        })
        .await;
    let accepted = ids.iter().flat_map(|id| said(&coop, *id)).map(async |body| accept(&database.pools.orm, &body, false).await);
    let kept: Vec<_> = stream::iter(accepted).buffer_unordered(8).collect().await;
    assert!(kept.iter().all(Result::is_ok));
    coop
}

/// Another amount for each sale, in cents.
fn amount(id: SaleId) -> i64 {
    1_999 + i64::try_from(id.0.as_u128()).unwrap() * 7
}

fn sale(coop: &Coop, id: SaleId, maker: PartyId, terms: TermsId) -> NewSale {
    let line = NewLine {
        sku: "mug".to_owned(),
        description: "A mug".to_owned(),
        quantity: 1,
        amount: amount(id),
        tax: 0,
        discount: 0,
        terms,
        owners: vec![Owner { party: maker, terms: Terms::Share, quantity: 1 }],
    };
    NewSale {
        id,
        channel: Channel::Web,
        payment: Payment::Stripe,
        reference: None,
        currency: coop.currency,
        sold_at: november(5),
        buyer: None,
        venue: None,
        affiliate: None,
        payment_intent: Some(format!("pi_{}", id.0.simple())),
        lines: vec![line],
    }
}

/// What Stripe says of a sale: paid, charged, and the fee known.
fn said(coop: &Coop, id: SaleId) -> [String; 3] {
    let (at, name, amount, fee) = (november(5).timestamp(), id.0.simple(), amount(id), 70);
    let metadata = json!({"guildhall_coop": coop.id.to_string(), "guildhall_sale": id.to_string()});
    let intent = json!({"id": format!("pi_{name}"), "object": "payment_intent", "amount": amount, "amount_received": amount,
        "currency": "eur", "latest_charge": format!("ch_{name}"), "metadata": metadata, "status": "succeeded"});
    let transaction = json!({"id": format!("txn_{name}"), "object": "balance_transaction", "amount": amount, "fee": fee, "net": amount - fee,
        "currency": "eur", "available_on": at + 2 * 86_400, "created": at, "reporting_category": "charge", "source": format!("ch_{name}")});
    let charge = |transaction: &Value| {
        json!({"id": format!("ch_{name}"), "object": "charge", "amount": amount, "amount_captured": amount, "currency": "eur",
            "paid": true, "captured": true, "payment_intent": format!("pi_{name}"), "balance_transaction": transaction,
            "metadata": metadata, "created": at})
    };
    let kinds =
        [("payment_intent.succeeded", intent), ("charge.succeeded", charge(&Value::Null)), ("charge.updated", charge(&transaction))];
    kinds.map(|(kind, object)| {
        json!({"id": format!("evt_{name}_{kind}"), "object": "event", "type": kind, "created": at, "livemode": false,
            "api_version": "2026-10-28.endive", "data": {"object": object}})
        .to_string()
    })
}
