//! G6 and G13: Stripe is asked before anything is sent again, and only what is missing is.

use ::payouts::PayoutStatus;
use chrono::TimeDelta;
use serde_json::json;
use stripe_gateway::{IdempotencyKey, ReversalAsk, TransferAsk, objects::Metadata};

use super::stage::Stage;

const A_PAUSE: TimeDelta = TimeDelta::hours(1);

#[tokio::test]
async fn g6_a_live_transfer_is_confirmed_and_not_sent_again() {
    let stage = Stage::new(&[6_200], 10_000).await;
    stage.approved().await;
    stage.fault("timeout_after_success", 1).await;
    assert_eq!(stage.send().await.unknown, 1);
    let unknown = stage.expect(0, PayoutStatus::Unknown).await;
    assert!(unknown.reason.unwrap().contains("Stripe is asked before anything is sent again"));
    assert_eq!(stage.books(0).await, (0, 6_200, -6_200), "on its way until Stripe is asked");
    assert_eq!(stage.send().await.unknown, 0, "not asked again before a pause");

    stage.pass(A_PAUSE).await;
    let sent = stage.send().await;
    assert_eq!((sent.confirmed, sent.finished), (1, true));
    assert_eq!(stage.live_transfers().await.len(), 1);
    assert_eq!(stage.books(0).await, (0, 0, 0));
}

#[tokio::test]
async fn g6_only_a_missing_transfer_is_sent_again() {
    let stage = Stage::new(&[6_200], 10_000).await;
    stage.approved().await;
    stage.fault("timeout_before", 1).await;
    assert_eq!(stage.send().await.unknown, 1);
    assert_eq!(stage.live_transfers().await.len(), 0);
    stage.pass(A_PAUSE).await;
    assert_eq!(stage.send().await.confirmed, 1);
    assert_eq!(stage.live_transfers().await.len(), 1);
    assert_eq!(stage.payout(0).await.attempt, 1, "with the same key while Stripe knows it");
}

#[tokio::test]
async fn g6_a_reversed_transfer_is_not_sent_again_and_its_money_is_owed() {
    let stage = Stage::new(&[6_200], 10_000).await;
    stage.approved().await;
    stage.fault("timeout_after_success", 1).await;
    stage.send().await;
    let transfer = stage.live_transfers().await[0]["id"].as_str().unwrap().to_owned();
    let key = IdempotencyKey::try_new("taken-back-by-hand").unwrap();
    stage.gateway.reverse_transfer(&transfer, &ReversalAsk::default(), &key).await.unwrap();

    stage.pass(A_PAUSE).await;
    let sent = stage.send().await;
    assert_eq!((sent.failed, sent.finished), (1, true));
    let failed = stage.expect(0, PayoutStatus::Failed).await;
    assert_eq!(failed.reason.unwrap(), format!("transfer {transfer} was taken back at Stripe; the 62.00 EUR are owed again"));
    assert_eq!(stage.books(0).await, (6_200, 0, -6_200));
    assert_eq!(stage.live_transfers().await.len(), 0);
}

#[tokio::test]
async fn g6_what_cannot_be_verified_stays_unknown() {
    let stage = Stage::new(&[6_200], 20_000).await;
    stage.approved().await;
    stage.fault("timeout_before", 1).await;
    stage.send().await;
    let strange = TransferAsk {
        amount: 6_000,
        currency: "eur".to_owned(),
        destination: stage.stripe_accounts[0].clone(),
        source_transaction: None,
        transfer_group: Some(stage.payout(0).await.id.group()),
        metadata: Metadata::new(),
        description: None,
    };
    stage.gateway.create_transfer(&strange, &IdempotencyKey::try_new("by-hand").unwrap()).await.unwrap();
    for _ in 0..3 {
        stage.pass(TimeDelta::hours(25)).await;
        assert_eq!(stage.send().await.unknown, 1);
    }
    let unknown = stage.expect(0, PayoutStatus::Unknown).await;
    assert!(unknown.reason.unwrap().contains("look at it in Stripe's dashboard"));

    // A look that fails tells nothing either.
    stage.sim("POST", "/_sim/faults", json!({"kind": "timeout_before", "method": "GET", "path": "/v1/transfers"})).await;
    stage.pass(TimeDelta::hours(25)).await;
    assert_eq!(stage.send().await.unknown, 1);
    assert!(stage.payout(0).await.reason.unwrap().starts_with("Stripe could not be asked whether the transfer exists"));
    assert_eq!(stage.live_transfers().await.len(), 1, "only the one made by hand");
    assert_eq!(stage.books(0).await, (0, 6_200, -6_200));
}

#[tokio::test]
async fn g13_time_out_after_success_never_pays_twice() {
    let stage = Stage::new(&[6_200, 3_000, 1_000, 500], 20_000).await;
    stage.approved().await;
    stage.fault("timeout_after_success", 4).await;
    assert_eq!(stage.send().await.unknown, 4);
    for _ in 0..3 {
        stage.pass(TimeDelta::hours(25)).await;
        stage.send().await;
    }
    assert_eq!(stage.live_transfers().await.len(), 4);
    assert_eq!(stage.results().await.total(PayoutStatus::Confirmed), (4, 10_700));
}

#[tokio::test]
async fn g13_a_saved_500_is_repeated_with_its_key_and_sent_with_a_new_one_a_day_later() {
    let stage = Stage::new(&[6_200], 10_000).await;
    stage.approved().await;
    stage.fault("error500", 1).await;
    assert_eq!(stage.send().await.unknown, 1);
    stage.pass(A_PAUSE).await;
    assert_eq!(stage.send().await.unknown, 1, "Stripe repeats the answer that it saved for the key");
    assert_eq!(stage.payout(0).await.attempt, 1);
    stage.pass(TimeDelta::hours(24)).await;
    assert_eq!(stage.send().await.confirmed, 1);
    assert_eq!((stage.payout(0).await.attempt, stage.live_transfers().await.len()), (2, 1));
}

#[tokio::test]
async fn g13_a_500_after_the_work_was_done_is_found() {
    let stage = Stage::new(&[6_200], 10_000).await;
    stage.approved().await;
    stage.fault("error500_after_success", 1).await;
    assert_eq!(stage.send().await.unknown, 1);
    stage.pass(TimeDelta::hours(25)).await;
    assert_eq!(stage.send().await.confirmed, 1);
    assert_eq!((stage.payout(0).await.attempt, stage.live_transfers().await.len()), (1, 1));
}

#[tokio::test]
async fn g13_a_429_stops_the_run_until_later() {
    let stage = Stage::new(&[6_200, 3_000, 1_000], 20_000).await;
    stage.approved().await;
    stage.fault("rate_limit", 100).await;
    let slowed = stage.send().await;
    assert_eq!((slowed.waiting, slowed.confirmed), (3, 0));
    let waiting = stage.expect(0, PayoutStatus::Reserved).await;
    assert_eq!(waiting.reason.as_deref(), Some("Stripe asks to slow down; it is sent later"));
    stage.sim("DELETE", "/_sim/faults", serde_json::Value::Null).await;
    stage.pass(A_PAUSE).await;
    assert_eq!(stage.send().await.confirmed, 3);
    assert_eq!((stage.payout(0).await.attempt, stage.live_transfers().await.len()), (1, 3), "the key was never used up");
}

#[tokio::test]
async fn g13_too_little_money_at_stripe_waits_and_says_so() {
    let stage = Stage::new(&[6_200], 1_000).await;
    stage.approved().await;
    assert_eq!(stage.send().await.waiting, 1);
    let waiting = stage.expect(0, PayoutStatus::Reserved).await;
    assert!(waiting.reason.unwrap().starts_with("the platform's available balance at Stripe is too low for now"));
    assert_eq!(stage.books(0).await, (0, 6_200, -6_200), "it stays reserved");
    stage.fund(10_000).await;
    stage.pass(A_PAUSE).await;
    assert_eq!(stage.send().await.confirmed, 1);
    assert_eq!(stage.payout(0).await.attempt, 2, "Stripe keeps its refusal for the old key");
}

#[tokio::test]
async fn g13_whatever_goes_wrong_everyone_is_paid_once() {
    let owed: Vec<i64> = (1..=12).map(|number| number * 1_000).collect();
    let stage = Stage::new(&owed, 100_000).await;
    stage.approved().await;
    let kinds = ["timeout_before", "timeout_after_success", "error500", "error500_after_success", "rate_limit", "balance_insufficient"];
    for (seed, kind) in kinds.iter().enumerate() {
        for (method, count) in [("POST", 10), ("GET", 4)] {
            let fault =
                json!({"kind": kind, "method": method, "path": "/v1/transfers", "probability": 35, "seed": seed + 1, "count": count});
            stage.sim("POST", "/_sim/faults", fault).await;
        }
    }
    let mut rounds = 0;
    while !stage.send().await.finished {
        rounds += 1;
        assert!(rounds < 200, "{:?}", stage.results().await);
        stage.pass(TimeDelta::hours(5)).await;
    }
    assert!(rounds > 1, "nothing went wrong");
    assert_eq!(stage.results().await.total(PayoutStatus::Confirmed), (12, 78_000));
    let mut paid: Vec<i64> = stage.live_transfers().await.iter().map(|transfer| transfer["amount"].as_i64().unwrap()).collect();
    paid.sort_unstable();
    assert_eq!(paid, owed);
    assert_eq!(stage.books(0).await, (0, 0, 0));
}
