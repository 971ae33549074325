//! Bodies that nobody should send, rightly signed: each is kept or refused, none stops the worker, and what comes behind
//! them is settled.

use ::settlement::{LINES_KEY, MAX_BODY_BYTES, parked};
use kernel::SaleId;
use serde_json::{Value, json};

use super::{
    NOW,
    house::{House, PLATFORM, event},
};

/// A body and what is odd about it.
type Odd = (String, String);

/// Amounts as JSON writes them.
const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "-3000",
    "2999",
    "1.5",
    "3e3",
    "1e400",
    "-0",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551615",
    "99999999999999999999999999999999",
    "null",
    "true",
    "\"3000\"",
    "[]",
    "{}",
];

/// Moments as JSON writes them.
const MOMENTS: &[&str] = &[
    "0",
    "-1",
    "-62135596800",
    "-99999999999",
    "8210266876799",
    "9223372036854775807",
    "-9223372036854775808",
    "1e18",
    "null",
    "\"yesterday\"",
    "\"2026-11-05T12:00:00Z\"",
    "\"+262142-12-31T23:59:59Z\"",
];

/// Texts as JSON writes them.
const TEXTS: &[&str] = &[
    "\"\"",
    "\" \"",
    "\"\\u0000\"",
    "\"pi_\\u0000x\"",
    "\"\\ud800\"",
    "\"\\ud83d\\ude00\"",
    "\"\u{202e}txet\"",
    "\"🧶é\u{301}\"",
    "\"'; drop table posting; --\"",
    "\"%_\\\\\"",
    "null",
    "7",
    "[]",
    "{\"id\": null}",
    "{\"id\": \"x\"}",
];

/// The objects whose fields are tried, with the event that brings each. They name the sale.
fn objects(house: &House, sale: SaleId) -> Vec<(&'static str, Value)> {
    let (at, marks) = (NOW.timestamp(), house.marks(sale));
    let transaction = json!({"id": "txn_odd", "object": "balance_transaction", "amount": 3000, "fee": 70, "net": 2930, "currency": "eur",
        "available_on": at, "created": at, "exchange_rate": null});
    vec![
        (
            "payment_intent.succeeded",
            json!({"id": "pi_odd", "amount": 3000, "amount_received": 3000, "currency": "eur", "latest_charge": "ch_odd",
            "metadata": marks, "status": "succeeded"}),
        ),
        (
            "charge.updated",
            json!({"id": "ch_odd", "amount": 3000, "amount_captured": 3000, "currency": "eur", "paid": true, "captured": true,
            "payment_intent": "pi_odd", "balance_transaction": transaction, "metadata": marks, "created": at}),
        ),
        (
            "refund.created",
            json!({"id": "re_odd", "amount": 1000, "currency": "eur", "status": "succeeded", "charge": "ch_odd",
            "payment_intent": "pi_odd", "metadata": marks, "created": at}),
        ),
        (
            "charge.dispute.closed",
            json!({"id": "dp_odd", "amount": 3000, "currency": "eur", "charge": "ch_odd", "payment_intent": "pi_odd",
            "reason": "fraudulent", "status": "lost", "balance_transactions": [transaction], "metadata": marks, "created": at}),
        ),
        (
            "transfer.created",
            json!({"id": "tr_odd", "amount": 1000, "amount_reversed": 0, "currency": "eur", "destination": "acct_harbour_1",
            "transfer_group": "payout:1", "metadata": {"guildhall_coop": house.shop.coop.id.to_string(), "guildhall_payout": sale.to_string()},
            "created": at}),
        ),
        (
            "account.updated",
            json!({"id": "acct_harbour_1", "payouts_enabled": true, "charges_enabled": true, "requirements": {"currently_due": [],
            "past_due": [], "disabled_reason": null}}),
        ),
    ]
}

/// A JSON value with one of its fields, however deep, as it is told; every field in turn.
fn with_each_field(object: &Value, told: &str) -> Vec<(String, String)> {
    const MARK: &str = "the field that is tried";
    let mut places = Vec::new();
    walk(object, "", &mut places);
    let with = |place: &String| {
        let mut odd = object.clone();
        *odd.pointer_mut(place).expect("the place was found there") = json!(MARK);
        (place.clone(), odd.to_string().replace(&format!("\"{MARK}\""), told))
    };
    places.iter().map(with).collect()
}

fn walk(value: &Value, at: &str, places: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), field)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(place, item)| (place.to_string(), item)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (name, child) in children {
        let place = format!("{at}/{name}");
        walk(child, &place, places);
        places.push(place);
    }
}

/// An event around an object that JSON libraries would not write.
fn around(id: &str, kind: &str, object: &str) -> String {
    event(id, kind, &json!("the object")).replace("\"the object\"", object)
}

/// Every field of every object, with what does not belong there.
fn odd_fields(house: &House, sale: SaleId) -> Vec<Odd> {
    let mut odd = Vec::new();
    for (kind, object) in objects(house, sale) {
        for told in NUMBERS.iter().chain(MOMENTS).chain(TEXTS) {
            for (place, body) in with_each_field(&object, told) {
                let id = format!("evt_field_{}", odd.len());
                odd.push((format!("{kind}{place} = {told}"), around(&id, kind, &body)));
            }
        }
    }
    odd
}

/// Every field of the envelope, with what does not belong there.
fn odd_envelopes(house: &House, sale: SaleId) -> Vec<Odd> {
    let mut odd = Vec::new();
    let (kind, object) = objects(house, sale).swap_remove(1);
    let envelope: Value = serde_json::from_str(&event("evt", kind, &object)).expect("an event is JSON");
    for field in ["id", "type", "created", "livemode", "data", "object", "account", "api_version"] {
        for told in NUMBERS.iter().chain(MOMENTS).chain(TEXTS) {
            let mut body = envelope.clone();
            body["id"] = json!(format!("evt_envelope_{}", odd.len()));
            body[field] = json!("the field");
            odd.push((format!("{field} = {told}"), body.to_string().replace("\"the field\"", told)));
        }
    }
    odd
}

/// Bodies that are odd in their build or their size.
fn odd_builds(house: &House, sale: SaleId) -> Vec<Odd> {
    let kind = "charge.updated";
    let charge = objects(house, sale).swap_remove(1).1;
    let open = charge.to_string();
    let open = open.strip_suffix('}').expect("an object ends with a brace");
    let noise = |length: usize| (0..length / 20).map(|part| format!("{:020}", part * 7_919)).collect::<Vec<_>>().concat();
    let with = |name: &str, value: Value| {
        let mut object = charge.clone();
        object[name] = value;
        object.to_string()
    };
    let marks = |value: Value| {
        let mut marks = house.marks(sale);
        marks[LINES_KEY] = value;
        marks
    };
    let many: serde_json::Map<String, Value> = (0..9_000).map(|number| (format!("key_{number}"), json!(noise(20)))).collect();
    let mut objects: Vec<(String, String)> = vec![
        ("the same key twice".to_owned(), format!("{open}, \"amount\": 1}}")),
        ("the id twice".to_owned(), format!("{open}, \"id\": \"ch_other\"}}")),
        ("the metadata twice".to_owned(), format!("{open}, \"metadata\": {{}}}}")),
        ("300 KB of metadata under one key".to_owned(), with("metadata", json!({"note": noise(300_000)}))),
        ("300 KB of metadata under many keys".to_owned(), with("metadata", Value::Object(many))),
        ("metadata that is no text".to_owned(), with("metadata", json!({"guildhall_coop": {"deep": [1]}}))),
        ("a charge with a long name".to_owned(), with("id", json!(noise(20_000)))),
        ("an intent with a long name".to_owned(), with("payment_intent", json!(noise(20_000)))),
        ("a fee with a long name".to_owned(), with("balance_transaction", json!(format!("txn_{}", noise(20_000))))),
        ("30,000 keys".to_owned(), format!("{open}{}}}", (0..30_000).fold(String::new(), |keys, key| keys + &format!(", \"k{key}\": 0")))),
        ("no object but a list".to_owned(), "[]".to_owned()),
        ("unfinished".to_owned(), open.to_owned()),
    ];
    for depth in [100, 127, 128, 1_000, 100_000] {
        let nested = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        objects.push((format!("{depth} lists in each other"), format!("{open}, \"deep\": {nested}}}")));
        let nested = format!("{}0{}", "{\"a\":".repeat(depth.min(60_000)), "}".repeat(depth.min(60_000)));
        objects.push((format!("{depth} objects in each other"), nested));
    }
    let refund = self::objects(house, sale).swap_remove(2).1;
    for lines in [
        "[]",
        "[{}]",
        "[{\"line\": -1, \"amount\": -5}]",
        "[{\"line\": 1, \"amount\": 9223372036854775807}, {\"line\": 2, \"amount\": 9}]",
        "{",
    ] {
        let mut refund = refund.clone();
        refund["metadata"] = marks(json!(lines));
        objects.push((format!("a refund of lines {lines}"), refund.to_string()));
    }
    let bodies = objects.into_iter().enumerate();
    let mut odd: Vec<Odd> = bodies
        .map(|(number, (what, object))| {
            let kind = if what.starts_with("a refund") { "refund.created" } else { kind };
            (what, around(&format!("evt_build_{number}"), kind, &object))
        })
        .collect();
    let plain = event("evt_plain", "customer.created", &json!({}));
    odd.push(("a long event id".to_owned(), plain.replace("evt_plain", &noise(20_000))));
    odd.push(("a long type".to_owned(), plain.replace("evt_plain", "evt_long").replace("customer.created", &noise(200_000))));
    odd.push(("larger than is taken in".to_owned(), plain.replace("{}", &format!("\"{}\"", noise(MAX_BODY_BYTES)))));
    odd.push(("nothing".to_owned(), String::new()));
    odd.push(("a byte order mark".to_owned(), format!("\u{feff}{plain}")));
    odd.push(("two events".to_owned(), format!("{plain}{plain}")));
    odd
}

#[tokio::test]
async fn g1_hostile_bodies_are_kept_or_refused_and_what_comes_behind_them_is_settled() {
    let house = House::open().await;
    let (victim, good) = (house.sale().await, house.sale().await);
    let worker = house.worker();
    let mut odd = odd_builds(&house, victim);
    odd.append(&mut odd_envelopes(&house, victim));
    odd.append(&mut odd_fields(&house, victim));
    let mut wrong = Vec::new();
    for (what, body) in &odd {
        let answer = house.deliver_signed(PLATFORM, body).await;
        if !(200..300).contains(&answer.status) && !(400..500).contains(&answer.status) {
            wrong.push(format!("{what}: {answer:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} are answered as if the house were ill: {wrong:#?}", wrong.len(), odd.len());
    for body in house.paid(good) {
        assert_eq!(house.deliver_signed(PLATFORM, &body).await.status, 200);
    }
    let inbox = house.settled(|_| true).await;
    worker.stop().await;
    let parked = parked(&house.db.pools.orm).await.unwrap();
    assert!(inbox.parked > 0 && parked.iter().all(|parked| !parked.reason.is_empty()), "{inbox:?}");
    let postings: Vec<String> = sqlx::query_scalar("select distinct kind from posting where sale_id = $1 order by kind")
        .bind(good.0)
        .fetch_all(&house.db.owner().await)
        .await
        .unwrap();
    assert_eq!(postings, ["payment", "settlement"], "the good sale is settled");
    house.api.stop().await;
}
