//! Stripe's own example objects, one of every kind, as events. They are not part of this project: `GUILDHALL_SHARED_DATA`
//! or `../shared/data` beside the project holds them, and without them the test says so and passes.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use sqlx::Row as _;

use super::{
    NOW,
    house::{CONNECT, House, PLATFORM},
};

const FILE: &str = "stripe/fixtures3.json";

/// Deliveries at a time.
const AT_ONCE: usize = 8;

/// The events that settlement reads, and more of their family, by the object that they carry.
const EVENTS: &[(&str, &[&str])] = &[
    ("account", &["account.updated"]),
    ("application", &["account.application.authorized", "account.application.deauthorized"]),
    ("balance", &["balance.available"]),
    ("charge", &["charge.succeeded", "charge.captured", "charge.updated", "charge.failed", "charge.refunded", "charge.expired"]),
    (
        "checkout.session",
        &[
            "checkout.session.completed",
            "checkout.session.async_payment_succeeded",
            "checkout.session.async_payment_failed",
            "checkout.session.expired",
        ],
    ),
    (
        "dispute",
        &[
            "charge.dispute.created",
            "charge.dispute.updated",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.funds_reinstated",
            "charge.dispute.closed",
        ],
    ),
    ("invoice", &["invoice.paid", "invoice.payment_succeeded", "invoice.payment_failed", "invoice.created"]),
    ("payment_intent", &["payment_intent.succeeded", "payment_intent.created", "payment_intent.canceled", "payment_intent.payment_failed"]),
    ("payout", &["payout.paid", "payout.failed", "payout.canceled", "payout.created", "payout.updated"]),
    ("refund", &["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"]),
    ("subscription", &["customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted"]),
    ("transfer", &["transfer.created", "transfer.updated", "transfer.reversed"]),
];

fn fixtures() -> Option<BTreeMap<String, Value>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = env::var_os("GUILDHALL_SHARED_DATA").map_or(beside, PathBuf::from);
    let Ok(text) = fs::read_to_string(folder.join(FILE)) else {
        println!("SKIPPED: {FILE} is neither in GUILDHALL_SHARED_DATA nor in ../shared/data");
        return None;
    };
    let mut document: Value = serde_json::from_str(&text).expect("the fixtures are JSON");
    Some(serde_json::from_value(document["resources"].take()).expect("the fixtures have resources"))
}

/// An example as it is, and as it stands when the books have to know of it, where that is another state.
fn states(resource: &str, object: &Value) -> Vec<Value> {
    let with = |field: &str, value: Value| {
        let mut object = object.clone();
        object[field] = value;
        object
    };
    match resource {
        "charge" => vec![object.clone(), with("captured", json!(true))],
        "dispute" => {
            vec![object.clone(), with("status", json!("needs_response")), with("status", json!("won")), with("status", json!("lost"))]
        }
        _ => vec![object.clone()],
    }
}

/// Every fixture in every event that could carry it, at every door it could come to: with and without an account.
fn deliveries(fixtures: &BTreeMap<String, Value>) -> Vec<(&'static str, String)> {
    let known: BTreeMap<&str, &[&str]> = EVENTS.iter().copied().collect();
    let mut deliveries = Vec::new();
    for (resource, object) in fixtures {
        let updated = format!("{resource}.updated");
        let kinds = known.get(resource.as_str()).map_or_else(|| vec![updated.as_str()], |kinds| kinds.to_vec());
        let doors = [(PLATFORM, Value::Null), (CONNECT, json!("acct_stranger"))];
        for (kind, object) in kinds.iter().flat_map(|kind| states(resource, object).into_iter().map(move |object| (kind, object))) {
            for (door, account) in &doors {
                let id = format!("evt_{}", deliveries.len());
                let mut event = json!({"id": id, "object": "event", "api_version": "2026-10-28.endive", "created": NOW.timestamp(),
                    "data": {"object": &object}, "livemode": false, "pending_webhooks": 1, "request": {"id": null}, "type": kind});
                if !account.is_null() {
                    event["account"] = account.clone();
                }
                deliveries.push((*door, event.to_string()));
            }
        }
    }
    deliveries.push((PLATFORM, fixtures["event"].to_string())); // the one that is an event already
    deliveries
}

/// What became of the events, by kind: status, and why where it is not plain.
async fn fates(house: &House) -> Vec<(String, String, Option<String>)> {
    let rows = sqlx::query("select kind, status::text as status, coalesce(reason, waits_for) as why from stripe_event order by seq");
    let rows = rows.fetch_all(&house.db.owner().await).await.unwrap();
    rows.into_iter().map(|row| (row.get("kind"), row.get("status"), row.get("why"))).collect()
}

#[tokio::test]
async fn g1_every_example_of_stripe_is_taken_in_and_none_stops_the_worker_or_moves_money() {
    let Some(fixtures) = fixtures() else { return };
    let unknown: Vec<&str> = EVENTS.iter().map(|(resource, _)| *resource).filter(|resource| !fixtures.contains_key(*resource)).collect();
    assert_eq!(unknown, Vec::<&str>::new(), "examples that Stripe does not give");
    let house = House::open().await;
    let worker = house.worker();
    let deliveries = deliveries(&fixtures);
    assert!(deliveries.len() > 400, "{} deliveries of {} examples", deliveries.len(), fixtures.len());
    let refused: Vec<String> = stream::iter(&deliveries)
        .map(async |(door, body)| (house.deliver_signed(door, body).await, body))
        .buffer_unordered(AT_ONCE)
        .filter_map(async |(answer, body)| (!(200..300).contains(&answer.status)).then(|| format!("{answer:?} to {body}")))
        .collect()
        .await;
    assert_eq!(refused, Vec::<String>::new());

    let all = i64::try_from(deliveries.len()).unwrap();
    let inbox = house.settled(|inbox| inbox.kept + inbox.waiting + inbox.parked + inbox.done == all).await;
    let fates = fates(&house).await;
    assert_eq!((inbox.done, house.postings().await), (0, 0), "nothing of this is in any books: {fates:?}");
    let silent: Vec<_> = fates.iter().filter(|(_, status, why)| status != "kept" && why.as_ref().is_none_or(String::is_empty)).collect();
    assert_eq!(silent, Vec::<&(String, String, Option<String>)>::new(), "what is not settled says why");
    let waiting: BTreeSet<&str> = fates.iter().filter(|(_, status, _)| status == "waiting").map(|(kind, _, _)| kind.as_str()).collect();
    for kind in ["charge.succeeded", "refund.updated", "charge.dispute.closed", "account.updated", "payout.paid"] {
        assert!(waiting.contains(kind), "{kind} of nobody known waits: {fates:?}");
    }

    let sale = house.sale().await;
    for body in house.paid(sale) {
        assert_eq!(house.deliver_signed(PLATFORM, &body).await.status, 200);
    }
    house.settled(|inbox| inbox.done == 3).await; // by the same worker
    assert!(house.postings().await > 0);
    worker.stop().await;
    house.api.stop().await;
}
