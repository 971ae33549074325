//! Refunds: full or partial, and those that fail or wait.

use serde_json::{Value, json};

use super::{
    Call, Route,
    balance::{self, Entry},
    charges, events, get, post,
    test_cards::{self, Behaviour},
};
use crate::{
    due::Due,
    error::ApiError,
    list,
    state::{State, int, text},
};

pub(super) const ROUTES: &[Route] = &[
    post("/v1/refunds", &["charge", "payment_intent", "amount", "metadata", "reason", "instructions_email", "origin", "currency"], create),
    get("/v1/refunds", &["limit", "starting_after", "ending_before", "created", "charge", "payment_intent"], list_all),
    get("/v1/refunds/{id}", &[], retrieve),
    post("/v1/refunds/{id}", &["metadata"], update),
];

/// The charge that the request wants refunded.
fn charge_of(call: &Call<'_>) -> Result<Value, ApiError> {
    let (state, owner) = (&call.state, &call.owner);
    match (call.params.text("charge"), call.params.text("payment_intent")) {
        (Some(charge), _) => state.get(owner, "charge", charge, Some("charge")).cloned(),
        (None, Some(intent)) => {
            let intent = state.get(owner, "payment_intent", intent, Some("payment_intent"))?;
            let none = || ApiError::plain("This PaymentIntent does not have a successful charge to refund.");
            state.find(text(intent, "latest_charge")).cloned().ok_or_else(none)
        }
        (None, None) => Err(ApiError::invalid(
            "parameter_missing",
            "charge",
            "One of the following params should be provided: payment_intent or charge.",
        )),
    }
}

fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let charge = charge_of(call)?;
    let metadata = call.params.metadata(&json!({}))?;
    let left = int(&charge, "amount_captured") - int(&charge, "amount_refunded");
    let amount = call.params.amount("amount")?.unwrap_or(left);
    let id = text(&charge, "id").to_owned();
    if charge["status"] != "succeeded" || charge["captured"] != true {
        return Err(ApiError::plain(&format!("Charge {id} has not been captured and cannot be refunded.")));
    }
    if charge["disputed"] == true && !won(call.state, &charge) {
        return Err(ApiError::refused("charge_disputed", &format!("Charge {id} has been charged back; cannot issue a refund.")));
    }
    if left == 0 {
        return Err(ApiError::refused("charge_already_refunded", &format!("Charge {id} has already been refunded.")));
    }
    if amount > left {
        let message = format!("Refund amount ({amount}) is greater than unrefunded amount on charge ({left})");
        return Err(ApiError::plain(&message).on("amount"));
    }
    charges::settle(call.state, &id);
    Ok(refund(call, &charge, amount, &metadata))
}

fn won(state: &State, charge: &Value) -> bool {
    state.find(text(charge, "_dispute")).is_some_and(|dispute| dispute["status"] == "won")
}

fn refund(call: &mut Call<'_>, charge: &Value, amount: i64, metadata: &Value) -> Value {
    let behaviour = test_cards::of(charge);
    let waits = behaviour == Behaviour::RefundWaits;
    let mut refund = json!({
        "id": call.state.new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": null,
        "charge": charge["id"],
        "created": call.state.now(),
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": null,
        "destination_details": {
            "card": {"reference": "0000000000000000", "reference_status": "available", "reference_type": "acquirer_reference_number", "type": "refund"},
            "type": "card",
        },
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": call.params.json_or("reason", &Value::Null),
        "receipt_number": null,
        "source_transfer_reversal": null,
        "status": if waits { "pending" } else { "succeeded" },
        "transfer_reversal": null,
        // Conversion goes by the running total, so that a full refund in parts is the whole charge to the cent.
        "_before": charge["amount_refunded"],
    });
    call.state.put(&call.owner, &refund);
    if !waits {
        refund = enter(call.state, &call.owner, &refund);
    }
    let refunded = count(call.state, charge, amount);
    call.state.emit(&call.owner, "refund.created", &refund, None);
    call.state.emit(&call.owner, "charge.refunded", &refunded, Some(events::previous(charge, &refunded)));
    if matches!(behaviour, Behaviour::RefundFails | Behaviour::RefundWaits) {
        call.state.follow_up(Due::RefundOutcome { refund: text(&refund, "id").to_owned() });
    }
    refund
}

/// Takes the refund out of the balance.
fn enter(state: &mut State, owner: &str, refund: &Value) -> Value {
    let (before, amount, currency) = (int(refund, "_before"), int(refund, "amount"), text(refund, "currency"));
    let (after, kept, rate) = balance::settled(state, owner, currency, before + amount);
    let (before, ..) = balance::settled(state, owner, currency, before);
    let id = text(refund, "id");
    let entry = Entry {
        kind: "refund",
        category: "refund",
        amount: before - after,
        currency: &kept,
        fee: (0, ""),
        available_on: state.now(),
        source: id,
        description: json!("REFUND FOR CHARGE"),
        rate,
    };
    let transaction = balance::enter(state, owner, &entry);
    state.update(id, |refund| refund["balance_transaction"] = transaction["id"].clone())
}

/// Adds to what the charge has given back; a failed refund adds less than nothing.
fn count(state: &mut State, charge: &Value, amount: i64) -> Value {
    state.update(text(charge, "id"), |charge| {
        let refunded = int(charge, "amount_refunded") + amount;
        charge["amount_refunded"] = json!(refunded);
        charge["refunded"] = json!(refunded == int(charge, "amount_captured"));
    })
}

/// A refund made with a test card comes to its end.
pub(crate) fn finish(state: &mut State, id: &str) {
    let (Some(refund), Some(owner)) = (state.find(id).cloned(), state.owner(id).map(str::to_owned)) else { return };
    if refund["status"] == "pending" {
        state.update(id, |refund| refund["status"] = json!("succeeded"));
        let paid = state.find(id).cloned().unwrap_or_default();
        let paid = enter(state, &owner, &paid);
        let previous = json!({"status": "pending", "balance_transaction": null});
        state.emit(&owner, "refund.updated", &paid, Some(previous.clone()));
        return state.emit(&owner, "charge.refund.updated", &paid, Some(previous));
    }
    let Some(entered) = state.find(text(&refund, "balance_transaction")).cloned() else { return };
    let entry = Entry {
        kind: "refund_failure",
        category: "refund_failure",
        amount: -int(&entered, "amount"),
        currency: text(&entered, "currency"),
        fee: (0, ""),
        available_on: state.now(),
        source: id,
        description: json!("REFUND FAILURE"),
        rate: None,
    };
    let transaction = balance::enter(state, &owner, &entry);
    let failed = state.update(id, |refund| {
        refund["status"] = json!("failed");
        refund["failure_reason"] = json!("expired_or_canceled_card");
        refund["failure_balance_transaction"] = transaction["id"].clone();
    });
    if let Some(charge) = state.find(text(&refund, "charge")).cloned() {
        count(state, &charge, -int(&refund, "amount"));
    }
    let previous = json!({"status": "succeeded"});
    for kind in ["refund.updated", "charge.refund.updated", "refund.failed"] {
        state.emit(&owner, kind, &failed, Some(previous.clone()));
    }
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.get("refund").cloned()
}

fn list_all(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let created = call.params.range("created")?;
    let rows = call.state.all(&call.owner, "refund");
    let rows = rows.filter(|row| created.holds(&row["created"]) && list::matches(&call.params, &["charge", "payment_intent"], row));
    list::page(call.state, &call.params, "/v1/refunds", rows)
}

fn update(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let before = call.get("refund")?.clone();
    let metadata = call.params.metadata(&before["metadata"])?;
    let refund = call.state.update(text(&before, "id"), |refund| refund["metadata"] = metadata);
    call.state.emit(&call.owner, "refund.updated", &refund, Some(events::previous(&before, &refund)));
    Ok(refund)
}
