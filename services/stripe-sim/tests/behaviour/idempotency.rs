//! Idempotency keys.

use serde_json::json;

use crate::support::{Desk, text};

const FORM: &str = "amount=100&currency=eur&payment_method=pm_card_visa&confirm=true";

#[tokio::test]
async fn a_repeated_key_gives_the_first_answer_and_does_nothing() {
    let desk = Desk::open().await;
    let key = [("Idempotency-Key", "k1")];
    let first = desk.post_with("/v1/payment_intents", &key, FORM).await;
    assert!(!first.headers.contains_key("idempotent-replayed"));
    let again = desk.post_with("/v1/payment_intents", &key, FORM).await;
    assert_eq!((&first.body, again.headers["idempotent-replayed"].as_bytes()), (&again.body, &b"true"[..]));
    assert_eq!(again.headers["original-request"], first.headers["request-id"]);
    assert_eq!(desk.get("/v1/payment_intents").await.ok()["data"].as_array().unwrap().len(), 1);

    let other = desk.post_with("/v1/payment_intents", &key, &FORM.replace("100", "101")).await;
    assert_eq!((other.status, text(&other.body["error"], "type")), (400, "idempotency_error"));
    assert_eq!(desk.post_with("/v1/customers", &key, "").await.status, 400);
    // Another account has keys of its own.
    let account = desk.account().await;
    desk.post_with("/v1/customers", &[("Idempotency-Key", "k1"), ("Stripe-Account", &account)], "").await.ok();
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day_of_the_clock() {
    let desk = Desk::open().await;
    let key = [("Idempotency-Key", "k1")];
    let first = desk.post_with("/v1/payment_intents", &key, FORM).await.ok();
    desk.control("/clock", json!({"advance_secs": 24 * 3600 - 1})).await.ok();
    assert_eq!(desk.post_with("/v1/payment_intents", &key, FORM).await.ok()["id"], first["id"]);
    desk.control("/clock", json!({"advance_secs": 1})).await.ok();
    assert_ne!(desk.post_with("/v1/payment_intents", &key, FORM).await.ok()["id"], first["id"]);
}

#[tokio::test]
async fn refusals_of_work_are_kept_and_refusals_of_form_are_not() {
    let desk = Desk::open().await;
    let account = desk.account().await;
    let key = [("Idempotency-Key", "k1")];
    let form = format!("amount=100&currency=eur&destination={account}");
    assert_eq!(desk.post_with("/v1/transfers", &key, &form).await.error().1, "balance_insufficient");
    desk.pay(10_000, "pm_card_bypassPending").await;
    assert_eq!(desk.post_with("/v1/transfers", &key, &form).await.error().1, "balance_insufficient");
    let wrong = [("Idempotency-Key", "k2")];
    assert_eq!(desk.post_with("/v1/transfers", &wrong, "amount=100").await.error().1, "parameter_missing");
    desk.post_with("/v1/transfers", &wrong, &form).await.ok();
}
