//! Faults on demand.

use serde_json::{Value, json};

use crate::support::Desk;

async fn transfers(desk: &Desk) -> usize {
    desk.get("/_sim/transfers").await.ok()["data"].as_array().unwrap().len()
}

/// A desk with money and the form of a transfer.
async fn ready() -> (Desk, String) {
    let desk = Desk::open().await;
    let account = desk.account().await;
    desk.pay(100_000, "pm_card_bypassPending").await;
    (desk, format!("amount=100&currency=eur&destination={account}"))
}

async fn order(desk: &Desk, fault: Value) {
    desk.control("/faults", fault).await.ok();
}

#[tokio::test]
async fn each_fault_does_and_keeps_what_it_says() {
    // kind, status (0 is a cut connection), transfers made by then, status of the second try with the same key
    for (kind, status, made, second) in [
        ("rate_limit", 429, 0, 200),
        ("lock_timeout", 429, 0, 200),
        ("error500", 500, 0, 500),
        ("error500_after_success", 500, 1, 500),
        ("balance_insufficient", 400, 0, 400),
        ("timeout_before", 0, 0, 200),
        ("timeout_after_success", 0, 1, 200),
    ] {
        let (desk, form) = ready().await;
        let key = [("Idempotency-Key", "k1")];
        order(&desk, json!({"kind": kind, "method": "POST", "path": "/v1/transfers"})).await;
        let reply = desk.try_post("/v1/transfers", &key, &form).await;
        assert_eq!(reply.as_ref().map_or(0, |reply| reply.status), status, "{kind}");
        if status == 429 {
            assert_eq!(reply.unwrap().error().1, kind);
        }
        assert_eq!(transfers(&desk).await, made, "{kind}");
        let again = desk.post_with("/v1/transfers", &key, &form).await;
        assert_eq!(again.status, second, "{kind}");
        assert_eq!(transfers(&desk).await, usize::from(made == 1 || second == 200), "{kind}");
    }
}

#[tokio::test]
async fn a_fault_skips_counts_and_keeps_to_its_route() {
    let (desk, form) = ready().await;
    order(&desk, json!({"kind": "lock_timeout", "path": "/v1/transfers", "method": "POST", "skip": 1, "count": 2})).await;
    desk.get("/v1/transfers").await.ok();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(desk.post("/v1/transfers", &form).await.status);
    }
    assert_eq!(statuses, [200, 429, 429, 200]);
    assert_eq!(desk.get("/_sim/faults").await.ok()["data"], json!([]));
    assert_eq!(desk.get("/_sim/counters").await.ok()["requests"]["POST /v1/transfers 429"], 2);
}

#[tokio::test]
async fn chance_follows_the_seed() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let (desk, form) = ready().await;
        order(&desk, json!({"kind": "error500", "path": "/v1/transfers", "probability": 50, "seed": 11})).await;
        let mut run = Vec::new();
        for _ in 0..20 {
            run.push(desk.post("/v1/transfers", &form).await.status);
        }
        assert!(run.contains(&200) && run.contains(&500));
        runs.push(run);
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test]
async fn the_rate_limit_counts_per_endpoint() {
    let desk = Desk::with(|config| config.requests_per_second = Some(3)).await;
    let mut refused = 0;
    for _ in 0..20 {
        let reply = desk.get("/v1/charges").await;
        refused += usize::from(reply.error().1 == "rate_limit");
    }
    // Twenty quick requests may straddle seconds on a slow machine, but never all of them.
    assert!(refused > 0, "none of twenty requests was refused");
    desk.get("/v1/customers").await.ok();
    desk.control("/rate_limit", json!({"per_second": null})).await.ok();
    desk.get("/v1/charges").await.ok();
}
