//! Stripe's test payment methods, and what charges made with them do.

use serde_json::{Value, json};

use crate::{
    error::ApiError,
    state::{State, text},
};

/// What a charge with a card leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Pays,
    /// The money is available at once.
    PaysAtOnce,
    /// Refunds succeed and fail later.
    RefundFails,
    /// Refunds wait and succeed later.
    RefundWaits,
    /// The customer disputes the charge.
    Disputes,
    /// The bank says no: error code and decline code.
    Declines(&'static str, Option<&'static str>),
    /// The customer would have to authenticate.
    Authenticates,
}

/// The test payment method of that name; every other `pm_card_…` simply pays.
pub(crate) fn behaviour(name: &str) -> Option<Behaviour> {
    Some(match name {
        "pm_card_bypassPending" => Behaviour::PaysAtOnce,
        "pm_card_refundFail" => Behaviour::RefundFails,
        "pm_card_pendingRefund" => Behaviour::RefundWaits,
        "pm_card_createDispute" | "pm_card_createDisputeProductNotReceived" => Behaviour::Disputes,
        "pm_card_chargeDeclined" | "pm_card_visa_chargeDeclined" => Behaviour::Declines("card_declined", Some("generic_decline")),
        "pm_card_chargeDeclinedInsufficientFunds" | "pm_card_visa_chargeDeclinedInsufficientFunds" => {
            Behaviour::Declines("card_declined", Some("insufficient_funds"))
        }
        "pm_card_chargeDeclinedExpiredCard" => Behaviour::Declines("expired_card", None),
        "pm_card_chargeDeclinedIncorrectCvc" => Behaviour::Declines("incorrect_cvc", None),
        "pm_card_chargeDeclinedProcessingError" => Behaviour::Declines("processing_error", None),
        "pm_card_authenticationRequired" | "pm_card_threeDSecure2Required" => Behaviour::Authenticates,
        _ if name.starts_with("pm_card_") => Behaviour::Pays,
        _ => return None,
    })
}

/// What the payment method or charge was made with.
pub(crate) fn of(object: &Value) -> Behaviour {
    behaviour(text(object, "_card")).unwrap_or(Behaviour::Pays)
}

/// The payment method that `given` names: one made before, or a new one made from a test card.
pub(crate) fn attach(state: &mut State, owner: &str, given: &str) -> Result<Value, ApiError> {
    if behaviour(given).is_none() {
        return state.get(owner, "payment_method", given, Some("payment_method")).cloned();
    }
    let brand = if given.to_ascii_lowercase().contains("mastercard") { "mastercard" } else { "visa" };
    let method = json!({
        "id": state.new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": super::charges::no_billing_details(),
        "card": {
            "brand": brand, "checks": {"address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass"},
            "country": "US", "display_brand": brand, "exp_month": 12, "exp_year": 2034, "fingerprint": "sim0000000000000",
            "funding": "credit", "generated_from": null, "last4": "4242",
            "networks": {"available": [brand], "preferred": null}, "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": true}, "wallet": null,
        },
        "created": state.now(),
        "customer": null,
        "customer_account": null,
        "livemode": false,
        "metadata": {},
        "type": "card",
        "_card": given,
    });
    state.put(owner, &method);
    Ok(method)
}
