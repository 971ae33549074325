//! Transfers from the platform to its connected accounts.

use serde_json::{Value, json};

use super::{
    Call, Route, accounts,
    balance::{self, Entry},
    charges, events, get, post,
};
use crate::{
    error::ApiError,
    list,
    state::{State, int, text},
};

const CREATE: &[&str] =
    &["amount!", "currency!", "destination!", "description", "metadata", "source_transaction", "source_type", "transfer_group"];

pub(super) const ROUTES: &[Route] = &[
    post("/v1/transfers", CREATE, create),
    get("/v1/transfers", &["limit", "starting_after", "ending_before", "created", "destination", "transfer_group"], list_all),
    get("/v1/transfers/{id}", &[], retrieve),
    post("/v1/transfers/{id}", &["description", "metadata"], update),
];

fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (amount, currency) = (call.params.need_amount("amount")?, call.params.currency()?);
    let currency = currency.code().to_ascii_lowercase();
    let metadata = call.params.metadata(&json!({}))?;
    let destination = call.params.need("destination")?.to_owned();
    let account = call.state.get(&call.state.platform, "account", &destination, None).ok().filter(|found| found["_deauthorized"] != true);
    let account = account.ok_or_else(|| ApiError::missing("destination", &destination, Some("destination")))?;
    if !accounts::takes_transfers(account) {
        let message = "Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments";
        return Err(ApiError::refused("insufficient_capabilities_for_transfer", message));
    }
    let source = call.params.text("source_transaction").map(str::to_owned);
    let available_on = match &source {
        Some(source) => check_source(call, source, amount, &currency)?,
        None if call.state.available(&call.owner, &currency) < amount => return Err(ApiError::insufficient_balance()),
        None => call.state.now(),
    };
    let group = group(call, source.as_deref());
    let transfer_id = call.state.new_id("tr");
    let payment = receive(call.state, &destination, &transfer_id, (amount, &currency, available_on));
    let transfer = json!({
        "id": transfer_id,
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "balance_transaction": null,
        "created": call.state.now(),
        "currency": currency,
        "description": call.params.json_or("description", &Value::Null),
        "destination": destination,
        "destination_payment": payment["id"],
        "livemode": false,
        "metadata": metadata,
        "reversals": {"object": "list", "data": [], "has_more": false, "url": format!("/v1/transfers/{transfer_id}/reversals")},
        "reversed": false,
        "source_transaction": source,
        "source_type": call.params.text("source_type").unwrap_or("card"),
        "transfer_group": group,
    });
    call.state.put(&call.owner, &transfer);
    let entry = Entry {
        kind: "transfer",
        category: "transfer",
        amount: -amount,
        currency: &currency,
        fee: (0, ""),
        available_on,
        source: &transfer_id,
        description: transfer["description"].clone(),
        rate: None,
    };
    let transaction = balance::enter(call.state, &call.owner, &entry);
    let transfer = call.state.update(&transfer_id, |transfer| transfer["balance_transaction"] = transaction["id"].clone());
    call.state.emit(&call.owner, "transfer.created", &transfer, None);
    call.state.emit(&destination, "charge.succeeded", &payment, None);
    Ok(transfer)
}

/// A charge pays a transfer as far as it reaches; answers when its money is available.
fn check_source(call: &mut Call<'_>, source: &str, amount: i64, currency: &str) -> Result<i64, ApiError> {
    call.state.get(&call.owner, "charge", source, Some("source_transaction"))?;
    charges::settle(call.state, source);
    let charge = call.state.get(&call.owner, "charge", source, Some("source_transaction"))?;
    let uncaptured = || ApiError::plain("The source charge has not been captured.").on("source_transaction");
    let transaction = call.state.find(text(charge, "balance_transaction")).ok_or_else(uncaptured)?;
    if text(transaction, "currency") != currency {
        let message = format!(
            "The currency of source_transaction's balance transaction ({}) must be the same as the transfer currency ({currency})",
            text(transaction, "currency")
        );
        return Err(ApiError::plain(&message).on("currency"));
    }
    let sent: i64 = call
        .state
        .all(&call.owner, "transfer")
        .filter(|transfer| transfer["source_transaction"] == source)
        .map(|transfer| int(transfer, "amount") - int(transfer, "amount_reversed"))
        .sum();
    if sent + amount > int(transaction, "amount") {
        let message = format!(
            "Transfers using this transaction as a source must not exceed the source amount of {} (there are already transfers amounting to {sent}).",
            int(transaction, "amount")
        );
        return Err(ApiError::plain(&message).on("amount"));
    }
    Ok(int(transaction, "available_on").max(call.state.now()))
}

/// The transfer group: the one given, or the charge's, or a new one that both then have.
fn group(call: &mut Call<'_>, source: Option<&str>) -> Value {
    let given = call.params.json_or("transfer_group", &Value::Null);
    let Some(charge) = source.and_then(|source| call.state.find(source)).filter(|_| given.is_null()).cloned() else { return given };
    if !charge["transfer_group"].is_null() {
        return charge["transfer_group"].clone();
    }
    let group = json!(format!("group_{}", text(&charge, "id")));
    call.state.update(text(&charge, "id"), |charge| charge["transfer_group"] = group.clone());
    group
}

/// The payment by which a transfer arrives at the connected account.
fn receive(state: &mut State, account: &str, transfer: &str, (amount, currency, available_on): (i64, &str, i64)) -> Value {
    let mut payment = charges::blank(state, "py", amount, currency);
    payment["source_transfer"] = json!(transfer);
    payment["payment_method_details"] = json!({"stripe_account": {}, "type": "stripe_account"});
    let id = text(&payment, "id").to_owned();
    let (amount, currency, rate) = balance::settled(state, account, currency, amount);
    let entry = Entry {
        kind: "payment",
        category: "charge",
        amount,
        currency: &currency,
        fee: (0, ""),
        available_on,
        source: &id,
        description: Value::Null,
        rate,
    };
    let transaction = balance::enter(state, account, &entry);
    payment["balance_transaction"] = transaction["id"].clone();
    state.put(account, &payment);
    payment
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.get("transfer").cloned()
}

fn list_all(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let created = call.params.range("created")?;
    let rows = call.state.all(&call.owner, "transfer");
    let rows = rows.filter(|row| created.holds(&row["created"]) && list::matches(&call.params, &["destination", "transfer_group"], row));
    list::page(call.state, &call.params, "/v1/transfers", rows)
}

fn update(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let before = call.get("transfer")?.clone();
    let metadata = call.params.metadata(&before["metadata"])?;
    let description = call.params.json_or("description", &before["description"]);
    let transfer = call.state.update(text(&before, "id"), |transfer| {
        transfer["metadata"] = metadata;
        transfer["description"] = description;
    });
    call.state.emit(&call.owner, "transfer.updated", &transfer, Some(events::previous(&before, &transfer)));
    Ok(transfer)
}
