//! Refusals in Stripe's shape.

use hyper::Method;
use serde_json::Value;

use crate::support::{Desk, text};

#[tokio::test]
async fn a_request_without_a_test_key_is_refused() {
    let desk = Desk::open().await;
    for headers in [&[][..], &[("Authorization", "Bearer sk_live_real")], &[("Authorization", "Basic !!")]] {
        let reply = desk.send(Method::GET, "/v1/balance", headers, String::new()).await.unwrap();
        assert_eq!((reply.status, text(&reply.body["error"], "type")), (401, "invalid_request_error"), "{headers:?}");
    }
    // sk_test_a: as basic auth's user, as curl -u sends it
    let basic = [("Authorization", "Basic c2tfdGVzdF9hOg==")];
    assert_eq!(desk.send(Method::GET, "/v1/balance", &basic, String::new()).await.unwrap().status, 200);
}

#[tokio::test]
async fn what_is_missing_unknown_or_no_number_is_named() {
    let desk = Desk::open().await;
    let path = "/v1/payment_intents";
    for (form, code, param) in [
        ("currency=eur", "parameter_missing", "amount"),
        ("amount=1&currency=eur&colour=red", "parameter_unknown", "colour"),
        ("amount=1.5&currency=eur", "parameter_invalid_integer", "amount"),
        ("amount=0&currency=eur", "parameter_invalid_integer", "amount"),
        ("amount=5&currency=xxx", "parameter_invalid_string", "currency"),
        ("amount=5&currency=bhd", "parameter_invalid_integer", "amount"),
        ("amount=5&currency=eur&confirm=maybe", "parameter_invalid_boolean", "confirm"),
        ("amount=5&currency=eur&metadata[a][b]=1", "parameter_invalid_string", "metadata[a]"),
    ] {
        assert_eq!(desk.post(path, form).await.error(), (400, code, param), "{form}");
    }
    assert_eq!(desk.get("/v1/payment_intents?data.object=1").await.status, 400);
    assert_eq!(desk.event_types().await, Vec::<String>::new(), "nothing was made");
}

#[tokio::test]
async fn unknown_things_are_not_found() {
    let desk = Desk::open().await;
    assert_eq!(desk.get("/v1/charges/ch_none").await.error(), (404, "resource_missing", "id"));
    assert_eq!(desk.post("/v1/refunds", "charge=ch_none").await.error(), (400, "resource_missing", "charge"));
    assert_eq!(desk.get("/v1/invoices").await.status, 404);
    let stranger = [("Stripe-Account", "acct_none")];
    assert_eq!(desk.get_as("/v1/balance", &stranger).await.error(), (403, "account_invalid", ""));
    // An id of another kind is not found either.
    let intent = desk.pay(100, "pm_card_visa").await;
    assert_eq!(desk.get(&format!("/v1/charges/{}", text(&intent, "id"))).await.status, 404);
}

#[tokio::test]
async fn a_decline_tells_the_code_and_leaves_the_intent_payable() {
    let desk = Desk::open().await;
    let intent = desk.post("/v1/payment_intents", "amount=700&currency=eur").await.ok();
    let path = format!("/v1/payment_intents/{}", text(&intent, "id"));
    let declined = desk.post(&format!("{path}/confirm"), "payment_method=pm_card_chargeDeclinedInsufficientFunds").await;
    assert_eq!((declined.status, text(&declined.body["error"], "decline_code")), (402, "insufficient_funds"));
    assert_eq!(text(&declined.body["error"]["payment_intent"], "status"), "requires_payment_method");
    let paid = desk.post(&format!("{path}/confirm"), "payment_method=pm_card_visa").await.ok();
    assert_eq!(text(&paid, "status"), "succeeded");
    let again = desk.post(&format!("{path}/confirm"), "").await;
    assert_eq!(again.error().1, "payment_intent_unexpected_state");
    let types = desk.event_types().await;
    assert_eq!(types[..4], ["payment_intent.created", "charge.failed", "payment_intent.payment_failed", "charge.succeeded"]);
    assert_eq!(desk.get("/_sim").await.ok()["notice"], Value::from(stripe_sim::NOTICE));
}
