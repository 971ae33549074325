//! G3: what a buyer pays and what a maker is paid are two movements, each with a group and marks of its own.

use kernel::SaleId;
use serde_json::{Value, json};
use settlement::{COOP_KEY, SALE_KEY};
use stripe_gateway::{EventsAsk, IdempotencyKey, PaymentIntentAsk};
use uuid::Uuid;

use super::stage::Stage;

/// The charge of a sale, as Stripe tells of it.
async fn charge(stage: &Stage, sale: SaleId) -> Value {
    let events = stage.gateway.list_events(&EventsAsk::default()).await.unwrap();
    let charges = events.data.iter().map(|listed| listed.event().unwrap()).filter(|event| event.kind == "charge.succeeded");
    let mut charges = charges.map(|event| event.object::<Value>().unwrap());
    charges.find(|charge| charge["metadata"][SALE_KEY] == sale.to_string()).expect("the sale's charge is among the events")
}

#[tokio::test]
async fn g3_charges_and_transfers_are_separate_and_each_carries_its_group_and_marks() {
    let stage = Stage::new(&[6_200], 10_000).await;
    let (sale, coop) = (SaleId(Uuid::now_v7()), stage.coop.id.to_string());
    let marks = json!({COOP_KEY: coop, SALE_KEY: sale.to_string()});
    let ask = PaymentIntentAsk {
        amount: 8_000,
        currency: "eur".to_owned(),
        payment_method: Some("pm_card_visa".to_owned()),
        confirm: true,
        customer: None,
        transfer_group: Some(sale.to_string()),
        metadata: serde_json::from_value(marks.clone()).unwrap(),
    };
    stage.gateway.create_payment_intent(&ask, &IdempotencyKey::try_new(format!("sale:{sale}")).unwrap()).await.unwrap();
    stage.approved().await;
    stage.send().await;

    let charge = charge(&stage, sale).await;
    assert_eq!((&charge["transfer_group"], &charge["metadata"]), (&json!(sale.to_string()), &marks));
    for to_a_member in ["transfer", "transfer_data", "destination", "on_behalf_of", "application_fee_amount"] {
        assert_eq!(charge.get(to_a_member).unwrap_or(&Value::Null), &Value::Null, "the whole charge is the platform's: {to_a_member}");
    }

    let payout = stage.payout(0).await;
    let transfers = stage.live_transfers().await;
    let [transfer] = transfers.as_slice() else { panic!("one payout is one transfer: {transfers:?}") };
    assert_eq!(transfer["transfer_group"], json!(payout.id.group()));
    assert_eq!(transfer["metadata"], json!({COOP_KEY: coop, "guildhall_payout": payout.id.to_string()}));
    assert_eq!((&transfer["destination"], &transfer["amount"]), (&json!(stage.stripe_accounts[0]), &json!(6_200)));
    assert_eq!(transfer["source_transaction"], Value::Null, "a month's payout hangs on no single charge");
}
