//! What happens when a payment intent is confirmed: a charge, a decline, or a customer who must authenticate.

use serde_json::{Value, json};

use super::{
    charges,
    payment_intents::unexpected,
    test_cards::{self, Behaviour},
};
use crate::{
    due::Due,
    error::ApiError,
    state::{State, int, text},
};

/// Confirms the intent with its payment method.
pub(super) fn confirm(state: &mut State, owner: &str, id: &str) -> Result<Value, ApiError> {
    let intent = state.get(owner, "payment_intent", id, None)?.clone();
    if !matches!(text(&intent, "status"), "requires_payment_method" | "requires_confirmation" | "requires_action") {
        return Err(unexpected(&intent, "confirm"));
    }
    let Some(method) = state.find(text(&intent, "payment_method")).cloned() else {
        let message = "You cannot confirm this PaymentIntent because it's missing a payment method.";
        return Err(ApiError::refused("payment_intent_unexpected_state", message).with("payment_intent", intent));
    };
    match test_cards::of(&method) {
        Behaviour::Declines(code, decline) => Err(decline_charge(state, owner, &intent, &method, (code, decline))),
        Behaviour::Authenticates => Ok(ask_to_authenticate(state, owner, id)),
        behaviour => Ok(pay(state, owner, &intent, &method, behaviour)),
    }
}

fn pay(state: &mut State, owner: &str, intent: &Value, method: &Value, behaviour: Behaviour) -> Value {
    let held = intent["capture_method"] == "manual";
    let mut charge = charges::from_intent(state, intent, method);
    let amount = int(intent, "amount");
    charge["captured"] = json!(!held);
    charge["amount_captured"] = json!(if held { 0 } else { amount });
    state.put(owner, &charge);
    let charge_id = text(&charge, "id").to_owned();
    let paid = state.update(text(intent, "id"), |intent| {
        intent["status"] = json!(if held { "requires_capture" } else { "succeeded" });
        intent["amount_capturable"] = json!(if held { amount } else { 0 });
        intent["amount_received"] = json!(if held { 0 } else { amount });
        intent["latest_charge"] = json!(charge_id);
        intent["next_action"] = Value::Null;
        intent["last_payment_error"] = Value::Null;
    });
    state.emit(owner, "charge.succeeded", &charge, None);
    state.emit(owner, if held { "payment_intent.amount_capturable_updated" } else { "payment_intent.succeeded" }, &paid, None);
    if !held {
        state.follow_up(Due::Settle { charge: charge_id.clone() });
        if behaviour == Behaviour::Disputes {
            state.follow_up(Due::Dispute { charge: charge_id });
        }
    }
    paid
}

/// Takes the money that a charge holds.
pub(super) fn capture(state: &mut State, owner: &str, intent: &Value, amount: i64) -> Value {
    let charge_id = text(intent, "latest_charge").to_owned();
    let charge = state.update(&charge_id, |charge| {
        charge["captured"] = json!(true);
        charge["amount_captured"] = json!(amount);
    });
    let paid = state.update(text(intent, "id"), |intent| {
        intent["status"] = json!("succeeded");
        intent["amount_capturable"] = json!(0);
        intent["amount_received"] = json!(amount);
    });
    state.emit(owner, "charge.captured", &charge, Some(json!({"captured": false, "amount_captured": 0})));
    state.emit(owner, "payment_intent.succeeded", &paid, None);
    state.follow_up(Due::Settle { charge: charge_id.clone() });
    if test_cards::of(&charge) == Behaviour::Disputes {
        state.follow_up(Due::Dispute { charge: charge_id });
    }
    paid
}

fn ask_to_authenticate(state: &mut State, owner: &str, id: &str) -> Value {
    let asking = state.update(id, |intent| {
        intent["status"] = json!("requires_action");
        intent["next_action"] = json!({"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}});
    });
    state.emit(owner, "payment_intent.requires_action", &asking, None);
    asking
}

type Reason = (&'static str, Option<&'static str>);

fn decline_charge(state: &mut State, owner: &str, intent: &Value, method: &Value, (code, decline): Reason) -> ApiError {
    let message = match decline {
        Some("insufficient_funds") => "Your card has insufficient funds.",
        _ => "Your card was declined.",
    };
    let mut charge = charges::from_intent(state, intent, method);
    charge["status"] = json!("failed");
    charge["paid"] = json!(false);
    charge["captured"] = json!(false);
    charge["failure_code"] = json!(code);
    charge["failure_message"] = json!(message);
    charge["outcome"]["network_status"] = json!("declined_by_network");
    charge["outcome"]["type"] = json!("issuer_declined");
    charge["outcome"]["reason"] = json!(decline.unwrap_or(code));
    charge["outcome"]["seller_message"] = json!("The bank returned a decline.");
    state.put(owner, &charge);
    let error = ApiError::card(code, decline, message).with("charge", charge["id"].clone());
    let failed = state.update(text(intent, "id"), |intent| {
        intent["status"] = json!("requires_payment_method");
        intent["latest_charge"] = charge["id"].clone();
        intent["payment_method"] = Value::Null;
        intent["last_payment_error"] = error.inner().clone();
    });
    state.emit(owner, "charge.failed", &charge, None);
    state.emit(owner, "payment_intent.payment_failed", &failed, None);
    error.with("payment_intent", failed)
}
