//! Disputes: opened by the test card, withdrawn at once, won or lost by the evidence.

use serde_json::{Map, Value, json};

use super::{
    Call, Route,
    balance::{self, Entry},
    charges, events, get, post,
};
use crate::{
    due::Due,
    error::ApiError,
    form::Node,
    list,
    state::{State, int, text},
};

pub(super) const ROUTES: &[Route] = &[
    get("/v1/disputes", &["limit", "starting_after", "ending_before", "created", "charge", "payment_intent"], list_all),
    get("/v1/disputes/{id}", &[], retrieve),
    post("/v1/disputes/{id}", &["evidence", "metadata", "submit"], update),
    post("/v1/disputes/{id}/close", &[], give_up),
];

/// How long a merchant has to answer.
const ANSWER_SECS: i64 = 9 * 86_400;

const EVIDENCE: [&str; 27] = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
];

/// The customer's bank takes the money of a charge back, and the fee with it.
pub(crate) fn open(state: &mut State, charge_id: &str) {
    charges::settle(state, charge_id);
    let (Some(charge), Some(owner)) = (state.find(charge_id).cloned(), state.owner(charge_id).map(str::to_owned)) else { return };
    if charge["disputed"] == true {
        return;
    }
    let amount = int(&charge, "amount_captured") - int(&charge, "amount_refunded");
    let mut evidence: Map<String, Value> = EVIDENCE.iter().map(|field| ((*field).to_owned(), Value::Null)).collect();
    evidence.insert("enhanced_evidence".to_owned(), json!({}));
    let id = state.new_id("du");
    let mut dispute = json!({
        "id": id,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge_id,
        "created": state.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": evidence,
        "evidence_details": {
            "due_by": state.now() + ANSWER_SECS, "enhanced_eligibility": {}, "has_evidence": false, "past_due": false,
            "submission_count": 0, "submission_method": "not_submitted",
        },
        "intended_submission_method": null,
        "is_charge_refundable": false,
        "livemode": false,
        "metadata": {},
        "network_reason_code": "10.4",
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {"brand": "visa", "case_type": "chargeback", "network": "visa", "network_reason_code": "10.4"}, "type": "card",
        },
        "reason": "fraudulent",
        "status": "needs_response",
    });
    state.put(&owner, &dispute);
    state.emit(&owner, "charge.dispute.created", &dispute, None);
    let fee = state.config.dispute_fee;
    dispute = enter(state, &owner, &dispute, -amount, (fee, "dispute"));
    state.emit(&owner, "charge.dispute.funds_withdrawn", &dispute, None);
    let disputed = state.update(charge_id, |charge| {
        charge["disputed"] = json!(true);
        charge["_dispute"] = json!(id);
    });
    state.emit(&owner, "charge.updated", &disputed, Some(json!({"disputed": false})));
}

/// Moves money for a dispute; answers the dispute with the new balance transaction in its list.
fn enter(state: &mut State, owner: &str, dispute: &Value, amount: i64, (fee, category): (i64, &str)) -> Value {
    let (amount, currency, rate) = balance::settled(state, owner, text(dispute, "currency"), amount);
    let id = text(dispute, "id");
    let entry = Entry {
        kind: "adjustment",
        category,
        amount,
        currency: &currency,
        fee: (fee, "Dispute fee"),
        available_on: state.now(),
        source: id,
        description: json!(format!("Chargeback {} for {}", if amount < 0 { "withdrawal" } else { "reversal" }, text(dispute, "charge"))),
        rate,
    };
    let transaction = balance::enter(state, owner, &entry);
    state.update(id, |dispute| {
        if let Some(transactions) = dispute["balance_transactions"].as_array_mut() {
            transactions.push(transaction);
        }
    })
}

fn is_open(dispute: &Value) -> bool {
    matches!(text(dispute, "status"), "needs_response" | "under_review")
}

/// The bank decides; nothing for a dispute that is decided already.
pub(crate) fn close(state: &mut State, id: &str, won: bool) {
    let (Some(dispute), Some(owner)) = (state.find(id).cloned(), state.owner(id).map(str::to_owned)) else { return };
    if !is_open(&dispute) {
        return;
    }
    let mut closed = state.update(id, |dispute| {
        dispute["status"] = json!(if won { "won" } else { "lost" });
        dispute["is_charge_refundable"] = json!(won);
    });
    if won {
        let fee = if state.config.dispute_fee_returned { -state.config.dispute_fee } else { 0 };
        closed = enter(state, &owner, &closed, int(&dispute, "amount"), (fee, "dispute_reversal"));
        state.emit(&owner, "charge.dispute.funds_reinstated", &closed, None);
    }
    state.emit(&owner, "charge.dispute.closed", &closed, Some(json!({"status": dispute["status"]})));
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.get("dispute").cloned()
}

fn list_all(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let created = call.params.range("created")?;
    let rows = call.state.all(&call.owner, "dispute");
    let rows = rows.filter(|row| created.holds(&row["created"]) && list::matches(&call.params, &["charge", "payment_intent"], row));
    list::page(call.state, &call.params, "/v1/disputes", rows)
}

fn open_dispute(call: &Call<'_>) -> Result<Value, ApiError> {
    let dispute = call.get("dispute")?.clone();
    if is_open(&dispute) { Ok(dispute) } else { Err(ApiError::plain("This dispute is already closed")) }
}

fn update(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let before = open_dispute(call)?;
    let mut dispute = before.clone();
    dispute["metadata"] = call.params.metadata(&before["metadata"])?;
    if let Some(Node::Map(evidence)) = call.params.at(&["evidence"]) {
        for (field, given) in evidence {
            if !EVIDENCE.contains(&field.as_str()) {
                let param = format!("evidence[{field}]");
                return Err(ApiError::invalid("parameter_unknown", &param, &format!("Received unknown parameter: {param}")));
            }
            dispute["evidence"][field] = given.to_json();
        }
        dispute["evidence_details"]["has_evidence"] = json!(true);
    }
    // Stripe submits unless told to keep the evidence for later.
    if (call.params.has("evidence") || call.params.has("submit")) && call.params.text("submit") != Some("false") {
        dispute["status"] = json!("under_review");
        let details = &mut dispute["evidence_details"];
        details["submission_count"] = json!(int(details, "submission_count") + 1);
        details["submission_method"] = json!("manual");
        let won = match text(&dispute["evidence"], "uncategorized_text") {
            "winning_evidence" => Some(true),
            "losing_evidence" => Some(false),
            _ => None,
        };
        if let Some(won) = won {
            call.state.follow_up(Due::CloseDispute { dispute: text(&dispute, "id").to_owned(), won });
        }
    }
    call.state.put(&call.owner, &dispute);
    call.state.emit(&call.owner, "charge.dispute.updated", &dispute, Some(events::previous(&before, &dispute)));
    Ok(dispute)
}

fn give_up(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = text(&open_dispute(call)?, "id").to_owned();
    close(call.state, &id, false);
    call.get("dispute").cloned()
}
