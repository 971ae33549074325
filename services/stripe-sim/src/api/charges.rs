//! Charges, and the balance transaction that follows a capture.

use kernel::Currency;
use serde_json::{Value, json};

use super::{
    Call, Route,
    balance::{self, Entry},
    get, post,
    test_cards::{self, Behaviour},
};
use crate::{
    error::ApiError,
    list,
    state::{State, int, text},
};

pub(super) const ROUTES: &[Route] = &[
    get("/v1/charges", &["limit", "starting_after", "ending_before", "created", "customer", "payment_intent", "transfer_group"], list_all),
    get("/v1/charges/{id}", &[], retrieve),
    post("/v1/charges/{id}", &["description", "metadata", "receipt_email", "shipping", "transfer_group"], update),
];

/// Refuses amounts that the currency cannot have: three-decimal currencies end in 0, ISK and UGX in 00.
pub(super) fn check_step(amount: i64, currency: Currency) -> Result<(), ApiError> {
    let spare = currency.stripe_exponent().saturating_sub(currency.exponent());
    let step = if currency.exponent() == 3 { 10 } else { 10_i64.pow(u32::from(spare)) };
    if amount % step == 0 {
        return Ok(());
    }
    let message = format!("Invalid amount: {currency} amounts must be a multiple of {step}.");
    Err(ApiError::invalid("parameter_invalid_integer", "amount", &message))
}

pub(super) fn no_billing_details() -> Value {
    let address = json!({"city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null});
    json!({"address": address, "email": null, "name": null, "phone": null, "tax_id": null})
}

/// A charge of the whole intent, not kept yet.
pub(super) fn from_intent(state: &mut State, intent: &Value, method: &Value) -> Value {
    let card = &method["card"];
    let mut charge = blank(state, "ch", int(intent, "amount"), text(intent, "currency"));
    for field in [
        "customer",
        "description",
        "metadata",
        "receipt_email",
        "shipping",
        "statement_descriptor",
        "statement_descriptor_suffix",
        "transfer_group",
    ] {
        charge[field] = intent[field].clone();
    }
    charge["payment_intent"] = intent["id"].clone();
    charge["payment_method"] = method["id"].clone();
    charge["payment_method_details"] = json!({
        "card": {
            "amount_authorized": intent["amount"], "authorization_code": "123456", "brand": card["brand"], "checks": card["checks"],
            "country": card["country"], "electronic_commerce_indicator": null, "exp_month": card["exp_month"],
            "exp_year": card["exp_year"], "extended_authorization": {"status": "disabled"}, "fingerprint": card["fingerprint"],
            "funding": card["funding"], "incremental_authorization": {"status": "unavailable"}, "installments": null,
            "last4": card["last4"], "mandate": null, "multicapture": {"status": "unavailable"}, "network": card["brand"],
            "network_token": {"used": false}, "network_transaction_id": "100000000000000",
            "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"}, "regulated_status": "unregulated",
            "three_d_secure": null, "transaction_link_id": null, "wallet": null,
        },
        "type": "card",
    });
    charge["_card"] = method["_card"].clone();
    charge
}

/// A charge of which only the amount is known.
pub(super) fn blank(state: &mut State, prefix: &str, amount: i64, currency: &str) -> Value {
    json!({
        "id": state.new_id(prefix), "object": "charge", "amount": amount, "amount_captured": amount, "amount_refunded": 0,
        "application": null, "application_fee": null, "application_fee_amount": null, "balance_transaction": null,
        "billing_details": no_billing_details(), "calculated_statement_descriptor": "STAND-IN", "captured": true,
        "created": state.now(), "currency": currency, "customer": null, "description": null, "disputed": false,
        "failure_balance_transaction": null, "failure_code": null, "failure_message": null, "fraud_details": {}, "livemode": false,
        "metadata": {}, "on_behalf_of": null,
        "outcome": {
            "advice_code": null, "network_advice_code": null, "network_decline_code": null, "network_status": "approved_by_network",
            "reason": null, "risk_level": "normal", "risk_score": 10, "seller_message": "Payment complete.", "type": "authorized",
        },
        "paid": true, "payment_intent": null, "payment_method": null, "payment_method_details": null, "radar_options": {},
        "receipt_email": null, "receipt_number": null, "receipt_url": null, "refunded": false, "review": null, "shipping": null,
        "source": null, "source_transfer": null, "statement_descriptor": null, "statement_descriptor_suffix": null,
        "status": "succeeded", "transfer_data": null, "transfer_group": null,
    })
}

/// Gives a captured charge its balance transaction, once, and says so with `charge.updated`.
pub(crate) fn settle(state: &mut State, id: &str) {
    let Some(charge) = state.find(id).cloned() else { return };
    let Some(owner) = state.owner(id).map(str::to_owned) else { return };
    if !charge["balance_transaction"].is_null() || charge["captured"] != true {
        return;
    }
    let (amount, currency, rate) = balance::settled(state, &owner, text(&charge, "currency"), int(&charge, "amount_captured"));
    let fee = state.config.fee.on(amount);
    let wait = i64::try_from(state.config.available_after.as_secs()).unwrap_or_default();
    let at_once = test_cards::of(&charge) == Behaviour::PaysAtOnce;
    let entry = Entry {
        kind: "charge",
        category: "charge",
        amount,
        currency: &currency,
        fee: (fee, "Stripe processing fees"),
        available_on: state.now() + if at_once { 0 } else { wait },
        source: id,
        description: charge["description"].clone(),
        rate,
    };
    let transaction = balance::enter(state, &owner, &entry);
    let settled = state.update(id, |charge| charge["balance_transaction"] = transaction["id"].clone());
    state.emit(&owner, "charge.updated", &settled, Some(json!({"balance_transaction": null})));
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.get("charge").cloned()
}

fn list_all(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let created = call.params.range("created")?;
    let rows = call.state.all(&call.owner, "charge").filter(|row| {
        created.holds(&row["created"]) && list::matches(&call.params, &["customer", "payment_intent", "transfer_group"], row)
    });
    list::page(call.state, &call.params, "/v1/charges", rows)
}

fn update(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let before = call.get("charge")?.clone();
    let mut charge = before.clone();
    for field in ["description", "receipt_email", "shipping", "transfer_group"] {
        charge[field] = call.params.json_or(field, &charge[field]);
    }
    charge["metadata"] = call.params.metadata(&charge["metadata"])?;
    call.state.put(&call.owner, &charge);
    call.state.emit(&call.owner, "charge.updated", &charge, Some(super::events::previous(&before, &charge)));
    Ok(charge)
}
