//! Payments, refunds and disputes, and what they do to the balance.

use serde_json::{Value, json};

use crate::support::{Desk, text};

async fn transaction(desk: &Desk, id: &Value) -> Value {
    desk.get(&format!("/v1/balance_transactions/{}", id.as_str().unwrap())).await.ok()
}

#[tokio::test]
async fn fee_and_net_come_with_charge_updated_and_not_before() {
    let desk = Desk::open().await;
    let form =
        "amount=1000&currency=eur&payment_method=pm_card_visa&confirm=true&metadata[sale]=7&transfer_group=g1&expand[]=latest_charge";
    let intent = desk.post("/v1/payment_intents", form).await.ok();
    assert_eq!(intent["latest_charge"]["balance_transaction"], Value::Null);
    assert_eq!(intent["latest_charge"]["metadata"], json!({"sale": "7"}));
    assert_eq!(desk.event_types().await, ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.updated"]);
    let succeeded = desk.get("/v1/events?type=charge.succeeded").await.ok();
    assert_eq!(succeeded["data"][0]["data"]["object"]["balance_transaction"], Value::Null);
    let updated = desk.get("/v1/events?types[]=charge.updated").await.ok();
    let data = &updated["data"][0]["data"];
    assert_eq!(data["previous_attributes"], json!({"balance_transaction": null}));
    let entered = transaction(&desk, &data["object"]["balance_transaction"]).await;
    assert_eq!((&entered["amount"], &entered["fee"], &entered["net"]), (&json!(1000), &json!(40), &json!(960)));
    assert_eq!(entered["available_on"], json!(entered["created"].as_i64().unwrap() + 2 * 86_400));
    assert_eq!((text(&entered, "status"), desk.balance(&[]).await), ("pending", (0, 960)));

    desk.control("/clock", json!({"advance_secs": 2 * 86_400})).await.ok();
    let entered = transaction(&desk, &entered["id"]).await;
    assert_eq!((text(&entered, "status"), desk.balance(&[]).await), ("available", (960, 0)));
    assert_eq!(desk.event_types().await.last().unwrap(), "balance.available");
}

#[tokio::test]
async fn a_later_capture_waits_for_the_clock() {
    let desk = Desk::with(|config| config.asynchronous_after = std::time::Duration::from_mins(10)).await;
    let charge = desk.charge(1000, "pm_card_visa").await;
    assert_eq!(charge["balance_transaction"], Value::Null);
    desk.control("/clock", json!({"advance_secs": 600})).await.ok();
    let charge = desk.get(&format!("/v1/charges/{}", text(&charge, "id"))).await.ok();
    assert!(text(&charge, "balance_transaction").starts_with("txn_"));
    assert_eq!(desk.control("/clock", json!({"set": "2026-10-01T00:00:00Z"})).await.status, 400);
}

#[tokio::test]
async fn other_currencies_are_converted_into_the_platforms() {
    let desk = Desk::open().await;
    for (currency, amount, entered_as, fee) in [("usd", 1000, 920, 39), ("jpy", 1000, 610, 34), ("bhd", 1000, 245, 29)] {
        let form = format!("amount={amount}&currency={currency}&payment_method=pm_card_visa&confirm=true&expand[]=latest_charge");
        let intent = desk.post("/v1/payment_intents", &form).await.ok();
        let charge = desk.get(&format!("/v1/charges/{}", text(&intent["latest_charge"], "id"))).await.ok();
        let entered = transaction(&desk, &charge["balance_transaction"]).await;
        assert_eq!(
            (text(&entered, "currency"), &entered["amount"], &entered["fee"]),
            ("eur", &json!(entered_as), &json!(fee)),
            "{currency}"
        );
        assert!(entered["exchange_rate"].as_f64().unwrap() > 0.0);
        // Refunded in three parts, the whole amount leaves to the cent.
        for part in [330, 330, 340] {
            desk.post("/v1/refunds", &format!("charge={}&amount={part}", text(&charge, "id"))).await.ok();
        }
        let list = desk.get("/v1/balance_transactions?type=refund&limit=3").await.ok();
        let back: i64 = list["data"].as_array().unwrap().iter().map(|row| row["net"].as_i64().unwrap()).sum();
        assert_eq!(back, -entered_as, "{currency}");
    }
}

#[tokio::test]
async fn refunds_never_exceed_the_charge() {
    let desk = Desk::open().await;
    let charge = desk.charge(1000, "pm_card_visa").await;
    let id = text(&charge, "id");
    let refund = desk.post("/v1/refunds", &format!("charge={id}&amount=400&metadata[line]=1")).await.ok();
    assert_eq!((text(&refund, "status"), &refund["metadata"]), ("succeeded", &json!({"line": "1"})));
    assert_eq!(transaction(&desk, &refund["balance_transaction"]).await["net"], -400);
    let too_much = desk.post("/v1/refunds", &format!("charge={id}&amount=601")).await;
    assert_eq!(too_much.error(), (400, "", "amount"));
    desk.post("/v1/refunds", &format!("payment_intent={}", text(&charge, "payment_intent"))).await.ok();
    assert_eq!(desk.post("/v1/refunds", &format!("charge={id}")).await.error().1, "charge_already_refunded");
    let charge = desk.get(&format!("/v1/charges/{id}")).await.ok();
    assert_eq!((&charge["amount_refunded"], &charge["refunded"]), (&json!(1000), &json!(true)));
    let types = desk.event_types().await;
    assert_eq!(types[4..], ["refund.created", "charge.refunded", "refund.created", "charge.refunded"]);
}

#[tokio::test]
async fn a_failing_refund_comes_back_and_a_waiting_one_leaves_later() {
    let desk = Desk::open().await;
    let charge = desk.charge(1000, "pm_card_refundFail").await;
    let refund = desk.post("/v1/refunds", &format!("charge={}", text(&charge, "id"))).await.ok();
    assert_eq!(text(&refund, "status"), "succeeded");
    let refund = desk.get(&format!("/v1/refunds/{}?expand[]=failure_balance_transaction", text(&refund, "id"))).await.ok();
    assert_eq!((text(&refund, "status"), &refund["failure_balance_transaction"]["net"]), ("failed", &json!(1000)));
    assert_eq!(desk.get(&format!("/v1/charges/{}", text(&charge, "id"))).await.ok()["amount_refunded"], 0);
    assert_eq!(desk.event_types().await.last().unwrap(), "refund.failed");
    assert_eq!(desk.balance(&[]).await, (0, 960));

    let charge = desk.charge(1000, "pm_card_pendingRefund").await;
    let refund = desk.post("/v1/refunds", &format!("charge={}", text(&charge, "id"))).await.ok();
    assert_eq!((text(&refund, "status"), &refund["balance_transaction"]), ("pending", &Value::Null));
    let refund = desk.get(&format!("/v1/refunds/{}", text(&refund, "id"))).await.ok();
    assert_eq!(text(&refund, "status"), "succeeded");
    assert!(text(&refund, "balance_transaction").starts_with("txn_"));
}

#[tokio::test]
async fn a_dispute_withdraws_at_once_and_winning_reinstates() {
    let desk = Desk::open().await;
    for (words, status, left) in [("winning_evidence", "won", -1500 + 960), ("losing_evidence", "lost", -1500 + 960 - 1000)] {
        let before: i64 = {
            let (available, pending) = desk.balance(&[]).await;
            available + pending
        };
        let charge = desk.charge(1000, "pm_card_createDispute").await;
        assert_eq!(charge["disputed"], true);
        assert_eq!(desk.post("/v1/refunds", &format!("charge={}", text(&charge, "id"))).await.error().1, "charge_disputed");
        let list = desk.get(&format!("/v1/disputes?charge={}", text(&charge, "id"))).await.ok();
        let dispute = &list["data"][0];
        assert_eq!((text(dispute, "status"), &dispute["balance_transactions"][0]["net"]), ("needs_response", &json!(-2500)));
        let path = format!("/v1/disputes/{}", text(dispute, "id"));
        let answered = desk.post(&path, &format!("evidence[uncategorized_text]={words}&submit=true")).await.ok();
        assert_eq!(text(&answered, "status"), "under_review");
        assert_eq!(text(&desk.get(&path).await.ok(), "status"), status);
        assert!(desk.post(&path, "submit=true").await.status == 400);
        let (available, pending) = desk.balance(&[]).await;
        assert_eq!(available + pending - before, left, "{words}");
    }
    let types: Vec<_> = desk.event_types().await.into_iter().filter(|kind| kind.contains("dispute")).collect();
    let opened = ["charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.updated"];
    assert_eq!(types[..5], [&opened[..], &["charge.dispute.funds_reinstated", "charge.dispute.closed"]].concat());
    assert_eq!(types[5..], [&opened[..], &["charge.dispute.closed"]].concat());
}
