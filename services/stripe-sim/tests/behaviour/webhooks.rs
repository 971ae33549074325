//! Webhooks: signed, repeated until taken, late, twice and shuffled on demand.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use stripe_sim::EndpointConfig;

use crate::support::{Desk, Receiver, text};

fn endpoint(receiver: &Receiver, connect: bool) -> EndpointConfig {
    let (path, secret) = if connect { ("/connect", "whsec_connect") } else { ("/platform", "whsec_platform") };
    EndpointConfig { url: format!("{}{path}", receiver.url), connect, secret: secret.to_owned(), enabled_events: vec!["*".to_owned()] }
}

async fn desk_with(receiver: &Receiver) -> Desk {
    let endpoints = vec![endpoint(receiver, false), endpoint(receiver, true)];
    Desk::with(|config| {
        config.endpoints = endpoints;
        config.webhook_connections = 1;
    })
    .await
}

#[tokio::test]
async fn events_go_signed_to_the_endpoint_of_their_account() {
    let receiver = Receiver::open(0);
    let desk = desk_with(&receiver).await;
    let account = desk.account().await;
    desk.pay(1000, "pm_card_visa").await;
    desk.delivered().await;
    let arrived = receiver.received();
    assert!(arrived.iter().any(|got| got.path == "/connect") && arrived.iter().any(|got| got.path == "/platform"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    for got in arrived {
        let connect = got.path == "/connect";
        assert_eq!(got.event["account"], if connect { json!(account) } else { Value::Null });
        let at: u64 = got.signature.split_once(',').unwrap().0.strip_prefix("t=").unwrap().parse().unwrap();
        assert!(now.abs_diff(at) < 120, "signed with the machine's time, not the stand-in's");
        let secret = if connect { "whsec_connect" } else { "whsec_platform" };
        assert_eq!(stripe_sim::sign(secret, at, got.raw.as_bytes()), got.signature);
        let owner = [("Stripe-Account", account.as_str())];
        let path = format!("/v1/events/{}", text(&got.event, "id"));
        let known = desk.get_as(&path, if connect { &owner } else { &[] }).await.ok();
        assert_eq!(known["type"], got.event["type"]);
    }
}

#[tokio::test]
async fn nothing_is_lost_while_the_receiver_is_down_or_refuses() {
    let receiver = Receiver::open(0);
    let desk = desk_with(&receiver).await;
    receiver.answer_with(500);
    desk.pay(1000, "pm_card_visa").await;
    assert_eq!(desk.get("/_sim/webhooks/idle?timeout_ms=50").await.status, 504);
    let port = receiver.close().await;
    desk.pay(1001, "pm_card_visa").await;
    let receiver = Receiver::open(port);
    desk.delivered().await;
    let mut types = receiver.types();
    types.sort();
    let mut expected = desk.event_types().await;
    expected.sort();
    assert_eq!(types, expected);
    assert!(desk.get("/_sim/counters").await.ok()["deliveries"]["failed"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn deliveries_are_held_doubled_and_shuffled_on_demand() {
    let receiver = Receiver::open(0);
    let desk = desk_with(&receiver).await;
    desk.control("/webhooks", json!({"hold": true, "duplicate": 1})).await.ok();
    for amount in 100..110 {
        desk.pay(amount, "pm_card_visa").await;
    }
    assert_eq!(desk.get("/_sim/webhooks/idle").await.status, 409);
    assert_eq!(receiver.types(), Vec::<String>::new());
    desk.control("/webhooks", json!({"hold": false, "duplicate": 0, "shuffle_seed": 5})).await.ok();
    desk.delivered().await;
    let arrived = receiver.types();
    let told = desk.event_types().await;
    assert_eq!(arrived.len(), 2 * told.len());
    let doubled: Vec<_> = told.iter().flat_map(|kind| [kind.clone(), kind.clone()]).collect();
    assert_ne!(arrived, doubled, "shuffled");
    let sorted = |mut list: Vec<String>| {
        list.sort();
        list
    };
    assert_eq!(sorted(arrived), sorted(doubled));
}

#[tokio::test]
async fn an_endpoint_hears_what_it_asked_for_and_shows_its_secret_once() {
    let receiver = Receiver::open(0);
    let desk = Desk::open().await;
    let form = format!("url={}/hook&enabled_events[]=charge.updated&enabled_events[]=refund.created", receiver.url);
    let made = desk.post("/v1/webhook_endpoints", &form).await.ok();
    assert!(text(&made, "secret").starts_with("whsec_"));
    let path = format!("/v1/webhook_endpoints/{}", text(&made, "id"));
    assert_eq!(desk.get(&path).await.ok().get("secret"), None);
    let charge = desk.charge(1000, "pm_card_visa").await;
    desk.post("/v1/refunds", &format!("charge={}", text(&charge, "id"))).await.ok();
    desk.delivered().await;
    let mut types = receiver.types();
    types.sort();
    assert_eq!(types, ["charge.updated", "refund.created"]);
    let event = text(&receiver.received()[0].event, "id").to_owned();
    desk.control(&format!("/events/{event}/resend"), Value::Null).await.ok();
    desk.delivered().await;
    assert_eq!(receiver.types().len(), 3);
    let headers = [("Authorization", "Bearer sk_test_desk")];
    let gone = desk.send(hyper::Method::DELETE, &path, &headers, String::new()).await.unwrap().ok();
    assert_eq!(gone["deleted"], true);
    desk.pay(1000, "pm_card_visa").await;
    desk.delivered().await;
    assert_eq!(receiver.types().len(), 3);
    let https = desk.post("/v1/webhook_endpoints", "url=https://example.org&enabled_events[]=*").await;
    assert_eq!(https.error(), (400, "url_invalid", "url"));
}
