//! Payouts from a balance to a bank.

use serde_json::{Value, json};

use super::{
    Call, Route,
    balance::{self, Entry},
    get, post,
};
use crate::{
    due::Due,
    error::ApiError,
    list,
    state::{State, int, text},
};

const CREATE: &[&str] =
    &["amount!", "currency!", "description", "destination", "metadata", "method", "source_type", "statement_descriptor", "payout_method"];

pub(super) const ROUTES: &[Route] = &[
    post("/v1/payouts", CREATE, create),
    get("/v1/payouts", &["limit", "starting_after", "ending_before", "created", "arrival_date", "destination", "status"], list_all),
    get("/v1/payouts/{id}", &[], retrieve),
    post("/v1/payouts/{id}", &["metadata"], update),
    post("/v1/payouts/{id}/cancel", &[], cancel),
];

/// How long money is on its way to the bank.
const ARRIVES_SECS: i64 = 86_400;

fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (amount, currency) = (call.params.need_amount("amount")?, call.params.currency()?);
    let metadata = call.params.metadata(&json!({}))?;
    let step = currency.payout_quantum();
    if amount % step != 0 {
        let message = format!("Invalid amount: payouts in {currency} must be a multiple of {step}.");
        return Err(ApiError::invalid("parameter_invalid_integer", "amount", &message));
    }
    let account = call.state.find(&call.owner);
    if account.is_some_and(|account| account["payouts_enabled"] == false) {
        return Err(ApiError::refused("payouts_not_allowed", "Payouts are disabled for this account until its requirements are met."));
    }
    let currency = currency.code().to_ascii_lowercase();
    if call.state.available(&call.owner, &currency) < amount {
        return Err(ApiError::insufficient_balance().on("amount"));
    }
    let owner = call.owner.clone();
    let mut payout = blank(call.state, amount, &currency, false);
    for field in ["description", "statement_descriptor", "payout_method"] {
        payout[field] = call.params.json_or(field, &Value::Null);
    }
    payout["metadata"] = metadata;
    payout["method"] = json!(call.params.text("method").unwrap_or("standard"));
    Ok(send(call.state, &owner, &payout))
}

fn blank(state: &mut State, amount: i64, currency: &str, automatic: bool) -> Value {
    json!({
        "id": state.new_id("po"), "object": "payout", "amount": amount, "application_fee": null, "application_fee_amount": null,
        "arrival_date": state.now() + ARRIVES_SECS, "automatic": automatic, "balance_transaction": null, "created": state.now(),
        "currency": currency, "description": if automatic { json!("STRIPE PAYOUT") } else { Value::Null },
        "destination": state.new_id("ba"), "failure_balance_transaction": null, "failure_code": null, "failure_message": null,
        "livemode": false, "metadata": {}, "method": "standard", "original_payout": null, "payout_method": null,
        "reconciliation_status": if automatic { "completed" } else { "not_applicable" }, "reversed_by": null, "source_type": "card",
        "statement_descriptor": null, "status": "pending", "trace_id": {"status": "pending", "value": null}, "type": "bank_account",
    })
}

fn send(state: &mut State, owner: &str, payout: &Value) -> Value {
    let id = text(payout, "id");
    state.put(owner, payout);
    let transaction = enter(state, owner, payout, ("payout", "payout"), -int(payout, "amount"));
    let payout = state.update(id, |payout| payout["balance_transaction"] = transaction["id"].clone());
    state.emit(owner, "payout.created", &payout, None);
    state.schedule(int(&payout, "arrival_date"), Due::PayoutArrives { payout: id.to_owned() });
    payout
}

fn enter(state: &mut State, owner: &str, payout: &Value, (kind, category): (&str, &str), amount: i64) -> Value {
    let entry = Entry {
        kind,
        category,
        amount,
        currency: text(payout, "currency"),
        fee: (0, ""),
        available_on: state.now(),
        source: text(payout, "id"),
        description: payout["description"].clone(),
        rate: None,
    };
    balance::enter(state, owner, &entry)
}

/// Pays out what an account has available in its own currency, as Stripe does on its schedule. `None` when there is nothing.
pub(crate) fn automatic(state: &mut State, account: &str) -> Option<Value> {
    let currency = text(state.find(account)?, "default_currency").to_owned();
    let amount = state.available(account, &currency);
    if amount <= 0 {
        return None;
    }
    let now = state.now();
    let inside = |row: &&Value| row["_payout"].is_null() && int(row, "available_on") <= now && text(row, "currency") == currency;
    let rows = state.all(account, "balance_transaction").filter(inside);
    let ids: Vec<String> = rows.map(|row| text(row, "id").to_owned()).collect();
    let payout = blank(state, amount, &currency, true);
    for id in ids {
        state.update(&id, |row| row["_payout"] = payout["id"].clone());
    }
    let payout = send(state, account, &payout);
    state.update(text(&payout, "balance_transaction"), |row| row["_payout"] = payout["id"].clone());
    Some(payout)
}

/// The money is at the bank; nothing for a payout that failed or was cancelled.
pub(crate) fn arrive(state: &mut State, id: &str) {
    let (Some(payout), Some(owner)) = (state.find(id).cloned(), state.owner(id).map(str::to_owned)) else { return };
    if !matches!(text(&payout, "status"), "pending" | "in_transit") {
        return;
    }
    let paid = state.update(id, |payout| {
        payout["status"] = json!("paid");
        payout["trace_id"] = json!({"status": "supported", "value": "SIM0000000000"});
    });
    state.emit(&owner, "payout.paid", &paid, Some(json!({"status": payout["status"]})));
}

/// The bank sends the money back, even after it had arrived. `None` when the payout is over already.
pub(crate) fn fail(state: &mut State, id: &str, code: &str, message: &str) -> Option<Value> {
    let (payout, owner) = (state.find(id)?.clone(), state.owner(id)?.to_owned());
    if matches!(text(&payout, "status"), "failed" | "canceled") {
        return None;
    }
    let transaction = enter(state, &owner, &payout, ("payout_failure", "payout_reversal"), int(&payout, "amount"));
    let failed = state.update(id, |payout| {
        payout["status"] = json!("failed");
        payout["failure_code"] = json!(code);
        payout["failure_message"] = json!(message);
        payout["failure_balance_transaction"] = transaction["id"].clone();
    });
    state.emit(&owner, "payout.failed", &failed, Some(json!({"status": payout["status"]})));
    Some(failed)
}

fn cancel(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let payout = call.get("payout")?.clone();
    if payout["status"] != "pending" || payout["automatic"] == true {
        return Err(ApiError::plain("Payouts can be cancelled only while they are pending and not automatic."));
    }
    let transaction = enter(call.state, &call.owner, &payout, ("payout_cancel", "payout_reversal"), int(&payout, "amount"));
    let cancelled = call.state.update(text(&payout, "id"), |payout| {
        payout["status"] = json!("canceled");
        payout["failure_balance_transaction"] = transaction["id"].clone();
    });
    call.state.emit(&call.owner, "payout.canceled", &cancelled, Some(json!({"status": "pending"})));
    Ok(cancelled)
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.get("payout").cloned()
}

fn list_all(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (created, arrives) = (call.params.range("created")?, call.params.range("arrival_date")?);
    let rows = call.state.all(&call.owner, "payout").filter(|row| {
        created.holds(&row["created"])
            && arrives.holds(&row["arrival_date"])
            && list::matches(&call.params, &["destination", "status"], row)
    });
    list::page(call.state, &call.params, "/v1/payouts", rows)
}

fn update(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let before = call.get("payout")?.clone();
    let metadata = call.params.metadata(&before["metadata"])?;
    Ok(call.state.update(text(&before, "id"), |payout| payout["metadata"] = metadata))
}
