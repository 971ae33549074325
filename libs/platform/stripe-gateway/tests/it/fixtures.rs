//! Stripe's own example objects, which are not part of this project: `GUILDHALL_SHARED_DATA` names the folder that has them.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use chrono::DateTime;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use stripe_gateway::{
    Event, Secret,
    objects::{
        Account, Balance, BalanceTransaction, Charge, CheckoutSession, Customer, Dispute, PaymentIntent, Payout, Refund, Transfer,
        TransferReversal, WebhookEndpoint,
    },
    signature::{sign, verify},
};

fn fixtures() -> Option<BTreeMap<String, Value>> {
    let beside_the_project = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/data"));
    let path = env::var_os("GUILDHALL_SHARED_DATA").map_or_else(beside_the_project, PathBuf::from).join("stripe/fixtures3.json");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: there is no {}", path.display());
        return None;
    };
    let mut document: Value = serde_json::from_str(&text).expect("the fixtures are JSON");
    Some(serde_json::from_value(document["resources"].take()).expect("the fixtures have resources"))
}

/// Reads the fixture `name` as it would come in an event, and checks that it is the same object.
fn reads<T: DeserializeOwned>(fixtures: &BTreeMap<String, Value>, name: &str, identity: impl Fn(&T) -> Option<&str>) {
    let fixture = &fixtures[name];
    let body = json!({"id": "evt_1", "object": "event", "type": "x", "created": 1_790_000_000, "data": {"object": fixture}}).to_string();
    let object: T = Event::parse(body.as_bytes()).expect("an event").object().unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(identity(&object), fixture["id"].as_str(), "{name}");
}

#[test]
fn every_object_of_stripes_examples_is_read() {
    let Some(fixtures) = fixtures() else { return };
    reads::<PaymentIntent>(&fixtures, "payment_intent", |object| Some(&object.id));
    reads::<Charge>(&fixtures, "charge", |object| Some(&object.id));
    reads::<BalanceTransaction>(&fixtures, "balance_transaction", |object| Some(&object.id));
    reads::<Refund>(&fixtures, "refund", |object| Some(&object.id));
    reads::<Dispute>(&fixtures, "dispute", |object| Some(&object.id));
    reads::<Transfer>(&fixtures, "transfer", |object| Some(&object.id));
    reads::<TransferReversal>(&fixtures, "transfer_reversal", |object| Some(&object.id));
    reads::<Account>(&fixtures, "account", |object| Some(&object.id));
    reads::<Payout>(&fixtures, "payout", |object| Some(&object.id));
    reads::<CheckoutSession>(&fixtures, "checkout.session", |object| Some(&object.id));
    reads::<Customer>(&fixtures, "customer", |object| Some(&object.id));
    reads::<WebhookEndpoint>(&fixtures, "webhook_endpoint", |object| Some(&object.id));
    reads::<Balance>(&fixtures, "balance", |_| None);
}

#[test]
fn every_example_survives_being_signed_wrapped_and_opened() {
    let Some(fixtures) = fixtures() else { return };
    let secret = Secret::new("whsec_tests_only");
    let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
    assert!(fixtures.len() > 100);
    for (name, fixture) in &fixtures {
        let body =
            json!({"id": "evt_1", "object": "event", "type": name, "created": 1_790_000_000, "data": {"object": fixture}}).to_string();
        let header = sign(body.as_bytes(), &secret, now);
        verify(&header, body.as_bytes(), std::slice::from_ref(&secret), now).unwrap();
        let event = Event::parse(body.as_bytes()).unwrap();
        assert_eq!(event.object::<Value>().unwrap(), *fixture);
    }
    Event::parse(fixtures["event"].to_string().as_bytes()).unwrap();
}
