//! The balance and its transactions.

use serde_json::{Value, json};

use super::{Call, Route, get};
use crate::{
    due::Due,
    error::ApiError,
    list,
    money::Rate,
    state::{State, text},
};

pub(super) const ROUTES: &[Route] = &[
    get("/v1/balance", &[], balance),
    get(
        "/v1/balance_transactions",
        &["limit", "starting_after", "ending_before", "created", "currency", "payout", "source", "type"],
        list_all,
    ),
    get("/v1/balance_transactions/{id}", &[], retrieve),
];

/// A balance transaction to be.
pub(crate) struct Entry<'a> {
    /// `type`.
    pub(crate) kind: &'a str,
    /// `reporting_category`.
    pub(crate) category: &'a str,
    pub(crate) amount: i64,
    pub(crate) currency: &'a str,
    /// What Stripe takes, and what for; negative gives back.
    pub(crate) fee: (i64, &'a str),
    pub(crate) available_on: i64,
    pub(crate) source: &'a str,
    pub(crate) description: Value,
    pub(crate) rate: Option<Rate>,
}

/// An amount as it arrives in the owner's balance: converted unless the balance keeps that currency.
pub(crate) fn settled(state: &State, owner: &str, currency: &str, amount: i64) -> (i64, String, Option<Rate>) {
    let Ok(from) = currency.parse() else { return (amount, currency.to_owned(), None) };
    let kept = if owner == state.platform {
        if state.config.also_keeps.contains(&from) { from } else { state.config.currency }
    } else {
        state.find(owner).and_then(|account| text(account, "default_currency").parse().ok()).unwrap_or(state.config.currency)
    };
    if kept == from {
        return (amount, currency.to_owned(), None);
    }
    let rate = Rate::between(&state.config, from, kept);
    (rate.convert(amount), kept.code().to_ascii_lowercase(), Some(rate))
}

/// Makes a balance transaction and answers it.
pub(crate) fn enter(state: &mut State, owner: &str, entry: &Entry<'_>) -> Value {
    let (fee, fee_for) = entry.fee;
    let details = if fee == 0 {
        json!([])
    } else {
        json!([{"amount": fee, "application": null, "currency": entry.currency, "description": fee_for, "type": "stripe_fee"}])
    };
    let transaction = json!({
        "id": state.new_id("txn"),
        "object": "balance_transaction",
        "amount": entry.amount,
        "available_on": entry.available_on,
        "balance_type": "payments",
        "created": state.now(),
        "currency": entry.currency,
        "description": entry.description,
        "exchange_rate": entry.rate.map(Rate::shown),
        "fee": fee,
        "fee_details": details,
        "net": entry.amount - fee,
        "reporting_category": entry.category,
        "source": entry.source,
        "status": if entry.available_on <= state.now() { "available" } else { "pending" },
        "type": entry.kind,
    });
    state.put(owner, &transaction);
    if entry.available_on > state.now() {
        state.schedule(entry.available_on, Due::Available { account: owner.to_owned() });
    }
    transaction
}

/// Money has become available.
pub(crate) fn announce_available(state: &mut State, owner: &str) {
    let balance = shown(state, owner);
    state.emit(owner, "balance.available", &balance, None);
}

fn shown(state: &State, owner: &str) -> Value {
    let funds = state.funds(owner);
    let mut currencies: Vec<&str> = funds.currencies().collect();
    let own = if owner == state.platform {
        state.config.currency.code().to_ascii_lowercase()
    } else {
        state.find(owner).map(|account| text(account, "default_currency").to_owned()).unwrap_or_default()
    };
    if currencies.is_empty() {
        currencies.push(&own);
    }
    let sums = |of: &dyn Fn(&str) -> i64| -> Value {
        currencies
            .iter()
            .map(|currency| json!({"amount": of(currency), "currency": currency, "source_types": {"card": of(currency)}}))
            .collect()
    };
    let available = |currency: &str| funds.available(currency, state.now());
    json!({
        "object": "balance",
        "available": sums(&available),
        "livemode": false,
        "pending": sums(&|currency| funds.total(currency) - available(currency)),
    })
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has the same signature")]
fn balance(call: &mut Call<'_>) -> Result<Value, ApiError> {
    Ok(shown(call.state, &call.owner))
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.get("balance_transaction").cloned()
}

fn list_all(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let created = call.params.range("created")?;
    let payout = call.params.text("payout");
    if let Some(payout) = payout
        && call.state.get(&call.owner, "payout", payout, Some("payout"))?["automatic"] != true
    {
        return Err(ApiError::plain("Balance transaction history can only be filtered on automatic payouts, not manual."));
    }
    let rows = call.state.all(&call.owner, "balance_transaction").filter(|row| {
        created.holds(&row["created"])
            && list::matches(&call.params, &["currency", "source", "type"], row)
            && payout.is_none_or(|payout| row["_payout"] == payout || row["source"] == payout)
    });
    list::page(call.state, &call.params, "/v1/balance_transactions", rows)
}
