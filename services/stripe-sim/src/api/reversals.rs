//! Reversals of transfers, as far as the connected account's balance reaches.

use serde_json::{Value, json};

use super::{
    Call, Route,
    balance::{self, Entry},
    events, get, post,
};
use crate::{
    error::ApiError,
    list,
    state::{State, int, text},
};

pub(super) const ROUTES: &[Route] = &[
    post("/v1/transfers/{id}/reversals", &["amount", "description", "metadata", "refund_application_fee"], create),
    get("/v1/transfers/{id}/reversals", &["limit", "starting_after", "ending_before"], list_all),
    get("/v1/transfers/{id}/reversals/{id}", &[], retrieve),
];

/// A transfer shows its latest reversals only, as every list inside an object.
const SHOWN: usize = 10;

fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let transfer = call.get("transfer")?.clone();
    let metadata = call.params.metadata(&json!({}))?;
    let left = int(&transfer, "amount") - int(&transfer, "amount_reversed");
    let amount = call.params.amount("amount")?.unwrap_or(left);
    if amount > left || left == 0 {
        let message = format!("Reversal amount ({amount}) is greater than the unreversed amount on the transfer ({left}).");
        return Err(ApiError::plain(&message).on("amount"));
    }
    let destination = text(&transfer, "destination").to_owned();
    let payment = call.state.find(text(&transfer, "destination_payment")).cloned().unwrap_or_default();
    let (taken, currency) = taken_back(call.state, &transfer, &payment, amount);
    if call.state.funds(&destination).total(&currency) < taken {
        let message = format!("Insufficient funds in account {destination} to reverse this transfer.");
        return Err(ApiError::refused("balance_insufficient", &message));
    }
    let refund = give_back(call.state, &payment, amount, (taken, &currency));
    let id = call.state.new_id("trr");
    let available_on = call.state.find(text(&transfer, "balance_transaction")).map_or(0, |entered| int(entered, "available_on"));
    let entry = Entry {
        kind: "transfer_refund",
        category: "transfer_reversal",
        amount,
        currency: text(&transfer, "currency"),
        fee: (0, ""),
        available_on: available_on.max(call.state.now()),
        source: &id,
        description: call.params.json_or("description", &Value::Null),
        rate: None,
    };
    let transaction = balance::enter(call.state, &call.owner, &entry);
    let reversal = json!({
        "id": id,
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": transaction["id"],
        "created": call.state.now(),
        "currency": transfer["currency"],
        "destination_payment_refund": refund["id"],
        "metadata": metadata,
        "source_refund": null,
        "transfer": transfer["id"],
    });
    call.state.put(&call.owner, &reversal);
    let reversed = call.state.update(text(&transfer, "id"), |transfer| {
        transfer["amount_reversed"] = json!(int(transfer, "amount_reversed") + amount);
        transfer["reversed"] = json!(transfer["amount_reversed"] == transfer["amount"]);
        show(&mut transfer["reversals"], &reversal);
    });
    call.state.emit(&call.owner, "transfer.reversed", &reversed, Some(events::previous(&transfer, &reversed)));
    Ok(reversal)
}

fn show(list: &mut Value, reversal: &Value) {
    let Some(data) = list["data"].as_array_mut() else { return };
    data.insert(0, reversal.clone());
    let more = data.len() > SHOWN;
    data.truncate(SHOWN);
    if more {
        list["has_more"] = json!(true);
    }
}

/// What the reversal takes from the connected account, in its own currency: by the running total, so that it ends at the whole.
fn taken_back(state: &State, transfer: &Value, payment: &Value, amount: i64) -> (i64, String) {
    let destination = text(transfer, "destination");
    let before = int(payment, "amount_refunded");
    let (after, currency, _) = balance::settled(state, destination, text(transfer, "currency"), before + amount);
    let (before, ..) = balance::settled(state, destination, text(transfer, "currency"), before);
    (after - before, currency)
}

/// The refund of the payment at the connected account.
fn give_back(state: &mut State, payment: &Value, amount: i64, (taken, currency): (i64, &str)) -> Value {
    let account = state.owner(text(payment, "id")).unwrap_or_default().to_owned();
    let available_on = state.find(text(payment, "balance_transaction")).map_or(0, |entered| int(entered, "available_on"));
    let id = state.new_id("pyr");
    let entry = Entry {
        kind: "payment_refund",
        category: "refund",
        amount: -taken,
        currency,
        fee: (0, ""),
        available_on: available_on.max(state.now()),
        source: &id,
        description: json!("REFUND FOR PAYMENT"),
        rate: None,
    };
    let transaction = balance::enter(state, &account, &entry);
    let refund = json!({
        "id": id, "object": "refund", "amount": amount, "balance_transaction": transaction["id"], "charge": payment["id"],
        "created": state.now(), "currency": payment["currency"], "customer": null, "customer_account": null, "metadata": {},
        "payment_intent": null, "payment_method": null, "reason": null, "receipt_number": null, "source_transfer_reversal": null,
        "status": "succeeded", "transfer_reversal": null,
    });
    state.put(&account, &refund);
    state.update(text(payment, "id"), |payment| {
        let refunded = int(payment, "amount_refunded") + amount;
        payment["amount_refunded"] = json!(refunded);
        payment["refunded"] = json!(refunded == int(payment, "amount"));
    });
    refund
}

fn list_all(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let transfer = text(call.get("transfer")?, "id").to_owned();
    let rows = call.state.all(&call.owner, "transfer_reversal").filter(|row| row["transfer"] == *transfer);
    list::page(call.state, &call.params, &format!("/v1/transfers/{transfer}/reversals"), rows)
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.ids.get(1).map_or("", String::as_str);
    let reversal = call.state.get(&call.owner, "transfer_reversal", id, None)?;
    if reversal["transfer"] == call.id() { Ok(reversal.clone()) } else { Err(ApiError::missing("transfer_reversal", id, None)) }
}
