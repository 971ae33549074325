//! The journal.

use std::{
    fs::OpenOptions,
    io::Write,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::json;
use stripe_sim::{EndpointConfig, Sim, SimConfig, SimError};

use crate::support::{Desk, Receiver, text};

#[tokio::test]
async fn everything_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let receiver = Receiver::open(0);
    receiver.answer_with(503);
    let configure = |config: &mut SimConfig| {
        config.state_dir = Some(dir.path().to_owned());
        config.endpoints = vec![EndpointConfig {
            url: receiver.url.clone(),
            connect: false,
            secret: "whsec_a".to_owned(),
            enabled_events: vec!["*".to_owned()],
        }];
    };
    let key = [("Idempotency-Key", "k1")];
    let form = "amount=1000&currency=eur&payment_method=pm_card_visa&confirm=true";
    let desk = Desk::with(configure).await;
    let first = desk.post_with("/v1/payment_intents", &key, form).await.ok();
    let account = desk.account().await;
    desk.control("/clock", json!({"advance_secs": 60})).await.ok();
    let (balance, types) = (desk.balance(&[]).await, desk.event_types().await);
    // Dropped, not stopped: as a kill leaves it, and with a torn last line.
    drop(desk);
    OpenOptions::new().append(true).open(dir.path().join("stripe-sim.jsonl")).unwrap().write_all(b"[{\"record\":\"pu").unwrap();

    let desk = Desk::with(configure).await;
    assert_eq!(desk.balance(&[]).await, balance);
    assert_eq!(desk.event_types().await, types);
    assert_eq!(desk.get("/_sim/clock").await.ok()["now"], "2026-11-01T00:01:00+00:00");
    assert_eq!(desk.post_with("/v1/payment_intents", &key, form).await.ok()["id"], first["id"]);
    desk.get(&format!("/v1/accounts/{account}")).await.ok();
    receiver.answer_with(200);
    desk.delivered().await;
    assert_eq!(receiver.types().len(), types.len());
    // What was scheduled still happens, and the list of endpoints did not double.
    desk.control("/clock", json!({"advance_secs": 2 * 86_400})).await.ok();
    assert_eq!(desk.balance(&[]).await, (960, 0));
    assert_eq!(desk.get("/v1/webhook_endpoints").await.ok()["data"].as_array().unwrap().len(), 1);
    assert_eq!(text(&desk.get("/v1/accounts").await.ok()["data"][0], "id"), account);
}

#[tokio::test]
async fn a_running_clock_keeps_its_distance_from_the_machines_over_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let configure = |config: &mut SimConfig| {
        config.state_dir = Some(dir.path().to_owned());
        config.start_clock = None;
    };
    let ahead = |shown: &serde_json::Value| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        shown["unix"].as_u64().unwrap() - now
    };
    let desk = Desk::with(configure).await;
    desk.control("/clock", json!({"advance_secs": 3600})).await.ok();
    drop(desk);
    let journal = dir.path().join("stripe-sim.jsonl");
    assert!(std::fs::read_to_string(&journal).unwrap().contains("runs_ahead_millis"));
    let desk = Desk::with(configure).await;
    let shown = desk.get("/_sim/clock").await.ok();
    assert!((3590..=3610).contains(&ahead(&shown)), "{shown}");
    assert_eq!(shown["running"], true);
}

#[tokio::test]
async fn a_broken_journal_and_a_taken_address_are_named() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("stripe-sim.jsonl"), "[]\nnonsense\n[]\n").unwrap();
    let config = SimConfig { state_dir: Some(dir.path().to_owned()), ..SimConfig::default() };
    assert!(matches!(Sim::start(config).await, Err(SimError::Corrupt { line: 2, .. })));
    let desk = Desk::open().await;
    let config = SimConfig { listen: desk.sim.address(), ..SimConfig::default() };
    assert!(matches!(Sim::start(config).await, Err(SimError::Listen { .. })));
}
