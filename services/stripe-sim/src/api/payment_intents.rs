//! Payment intents: made, confirmed, captured, cancelled.

use serde_json::{Value, json};

use super::{Call, Route, charges, confirm, get, post, test_cards};
use crate::{
    error::ApiError,
    list,
    state::{int, text},
};

const CREATE: &[&str] = &[
    "amount!",
    "currency!",
    "automatic_payment_methods",
    "capture_method",
    "confirm",
    "confirmation_method",
    "customer",
    "description",
    "error_on_requires_action",
    "metadata",
    "off_session",
    "payment_method",
    "payment_method_options",
    "payment_method_types",
    "receipt_email",
    "return_url",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
    "use_stripe_sdk",
];
const UPDATE: &[&str] = &["amount", "customer", "description", "metadata", "payment_method", "receipt_email", "shipping", "transfer_group"];

pub(super) const ROUTES: &[Route] = &[
    post("/v1/payment_intents", CREATE, create),
    get("/v1/payment_intents", &["limit", "starting_after", "ending_before", "created", "customer"], list_all),
    get("/v1/payment_intents/{id}", &["client_secret"], retrieve),
    post("/v1/payment_intents/{id}", UPDATE, update),
    post("/v1/payment_intents/{id}/confirm", &["payment_method", "return_url", "off_session", "use_stripe_sdk"], confirm_one),
    post("/v1/payment_intents/{id}/capture", &["amount_to_capture", "metadata"], capture),
    post("/v1/payment_intents/{id}/cancel", &["cancellation_reason"], cancel),
];

fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (amount, currency) = (call.params.need_amount("amount")?, call.params.currency()?);
    charges::check_step(amount, currency)?;
    let customer = call.params.text("customer");
    if let Some(customer) = customer {
        call.state.get(&call.owner, "customer", customer, Some("customer"))?;
    }
    let metadata = call.params.metadata(&json!({}))?;
    let confirm_now = call.params.flag("confirm")?;
    let given = call.params.text("payment_method").map(str::to_owned);
    let method = given.map(|given| test_cards::attach(call.state, &call.owner, &given)).transpose()?;
    let mut types = call.params.list("payment_method_types");
    if types.is_empty() {
        types.push("card".to_owned());
    }
    let automatic = !call.params.has("payment_method_types");
    let id = call.state.new_id("pi");
    let optional = |name: &str| call.params.json_or(name, &Value::Null);
    let intent = json!({
        "id": id, "object": "payment_intent", "allowed_payment_method_types": null, "amount": amount, "amount_capturable": 0,
        "amount_details": {"tip": {}}, "amount_received": 0, "application": null, "application_fee_amount": null,
        "automatic_payment_methods": if automatic { json!({"allow_redirects": "always", "enabled": true}) } else { Value::Null },
        "canceled_at": null, "cancellation_reason": null,
        "capture_method": call.params.text("capture_method").unwrap_or("automatic_async"),
        "client_secret": format!("{id}_secret_sim"),
        "confirmation_method": call.params.text("confirmation_method").unwrap_or("automatic"),
        "created": call.state.now(), "currency": currency.code().to_ascii_lowercase(), "customer": optional("customer"),
        "customer_account": null, "description": optional("description"), "excluded_payment_method_types": null,
        "last_payment_error": null, "latest_charge": null, "livemode": false, "managed_payments": null, "metadata": metadata,
        "next_action": null, "on_behalf_of": null,
        "payment_method": method.as_ref().map_or(Value::Null, |method| method["id"].clone()),
        "payment_method_configuration_details": null,
        "payment_method_options": {"card": {
            "installments": null, "mandate_options": null, "network": null, "request_three_d_secure": "automatic",
        }},
        "payment_method_types": types, "payment_record": null, "processing": null, "receipt_email": optional("receipt_email"),
        "review": null, "setup_future_usage": optional("setup_future_usage"), "shipping": optional("shipping"), "source": null,
        "statement_descriptor": optional("statement_descriptor"),
        "statement_descriptor_suffix": optional("statement_descriptor_suffix"),
        "status": if method.is_some() { "requires_confirmation" } else { "requires_payment_method" },
        "transfer_data": null, "transfer_group": optional("transfer_group"),
    });
    call.state.put(&call.owner, &intent);
    call.state.emit(&call.owner, "payment_intent.created", &intent, None);
    if confirm_now { confirm::confirm(call.state, &call.owner, &id) } else { Ok(intent) }
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.get("payment_intent").cloned()
}

fn list_all(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let created = call.params.range("created")?;
    let rows = call.state.all(&call.owner, "payment_intent");
    let rows = rows.filter(|row| created.holds(&row["created"]) && list::matches(&call.params, &["customer"], row));
    list::page(call.state, &call.params, "/v1/payment_intents", rows)
}

fn update(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let mut intent = call.get("payment_intent")?.clone();
    let over = matches!(text(&intent, "status"), "succeeded" | "canceled");
    if let Some(amount) = call.params.amount("amount")? {
        if over {
            return Err(unexpected(&intent, "update the amount of"));
        }
        intent["amount"] = json!(amount);
    }
    for field in ["customer", "description", "receipt_email", "shipping", "transfer_group"] {
        intent[field] = call.params.json_or(field, &intent[field]);
    }
    intent["metadata"] = call.params.metadata(&intent["metadata"])?;
    if let Some(given) = call.params.text("payment_method").map(str::to_owned) {
        intent["payment_method"] = test_cards::attach(call.state, &call.owner, &given)?["id"].clone();
        intent["status"] = json!("requires_confirmation");
    }
    call.state.put(&call.owner, &intent);
    Ok(intent)
}

fn confirm_one(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = text(call.get("payment_intent")?, "id").to_owned();
    if let Some(given) = call.params.text("payment_method").map(str::to_owned) {
        let method = test_cards::attach(call.state, &call.owner, &given)?;
        call.state.update(&id, |intent| intent["payment_method"] = method["id"].clone());
    }
    confirm::confirm(call.state, &call.owner, &id)
}

fn capture(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let intent = call.get("payment_intent")?.clone();
    if intent["status"] != "requires_capture" {
        return Err(unexpected(&intent, "capture"));
    }
    let held = int(&intent, "amount_capturable");
    let amount = call.params.amount("amount_to_capture")?.unwrap_or(held);
    if amount > held {
        return Err(ApiError::invalid("amount_too_large", "amount_to_capture", "The amount is more than what is held."));
    }
    Ok(confirm::capture(call.state, &call.owner, &intent, amount))
}

fn cancel(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let intent = call.get("payment_intent")?.clone();
    if matches!(text(&intent, "status"), "succeeded" | "canceled") {
        return Err(unexpected(&intent, "cancel"));
    }
    let now = call.state.now();
    let reason = call.params.json_or("cancellation_reason", &Value::Null);
    let cancelled = call.state.update(text(&intent, "id"), |intent| {
        intent["status"] = json!("canceled");
        intent["canceled_at"] = json!(now);
        intent["cancellation_reason"] = reason;
        intent["amount_capturable"] = json!(0);
        intent["next_action"] = Value::Null;
    });
    call.state.emit(&call.owner, "payment_intent.canceled", &cancelled, None);
    Ok(cancelled)
}

/// The intent's status does not allow what is asked.
pub(super) fn unexpected(intent: &Value, wish: &str) -> ApiError {
    let message = format!("You cannot {wish} this PaymentIntent because it has a status of {}.", text(intent, "status"));
    ApiError::refused("payment_intent_unexpected_state", &message).with("payment_intent", intent.clone())
}
