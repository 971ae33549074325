//! Connected accounts: made, onboarded, restricted, let go.

use serde_json::{Value, json};

use super::{Call, Route, events, get, post};
use crate::{
    error::ApiError,
    list,
    state::{State, text},
};

const FIELDS: &[&str] = &[
    "type",
    "country",
    "email",
    "business_type",
    "business_profile",
    "capabilities",
    "controller",
    "default_currency",
    "external_account",
    "individual",
    "company",
    "metadata",
    "settings",
    "tos_acceptance",
];

pub(super) const ROUTES: &[Route] = &[
    get("/v1/account", &[], own),
    post("/v1/accounts", FIELDS, create),
    get("/v1/accounts", &["limit", "starting_after", "ending_before", "created"], list_all),
    get("/v1/accounts/{id}", &[], retrieve),
    post("/v1/accounts/{id}", FIELDS, update),
];

/// What an account still has to tell before it can be paid.
const DUE: [&str; 3] = ["business_profile.url", "external_account", "tos_acceptance.date"];

/// The platform's own account.
pub(crate) fn platform(state: &mut State) {
    if state.find(&state.platform).is_some() {
        return;
    }
    let (id, country, currency) = (state.platform.clone(), state.config.country.clone(), state.config.currency.code().to_ascii_lowercase());
    let mut account = blank(state, &id, "standard", &country, &currency);
    enable(&mut account);
    state.put(&id, &account);
}

pub(super) fn takes_transfers(account: &Value) -> bool {
    account["capabilities"]["transfers"] == "active"
}

fn no_requirements() -> Value {
    json!({
        "alternatives": [], "current_deadline": null, "currently_due": [], "disabled_reason": null, "errors": [], "eventually_due": [],
        "past_due": [], "pending_verification": [],
    })
}

fn blank(state: &State, id: &str, kind: &str, country: &str, currency: &str) -> Value {
    let mut requirements = no_requirements();
    requirements["currently_due"] = json!(DUE);
    requirements["eventually_due"] = json!(DUE);
    requirements["past_due"] = json!(DUE);
    requirements["disabled_reason"] = json!("requirements.past_due");
    json!({
        "id": id,
        "object": "account",
        "business_profile": {
            "annual_revenue": null, "estimated_worker_count": null, "mcc": null, "minority_owned_business_designation": null,
            "name": null, "product_description": null, "specified_commercial_transactions_act_url": null, "support_address": null,
            "support_email": null, "support_phone": null, "support_url": null, "url": null,
        },
        "business_type": null,
        "capabilities": {"card_payments": "inactive", "transfers": "inactive"},
        "charges_enabled": false,
        "controller": {"is_controller": true, "type": "application"},
        "country": country,
        "created": state.now(),
        "default_currency": currency,
        "details_submitted": false,
        "email": null,
        "external_accounts": {"object": "list", "data": [], "has_more": false, "url": format!("/v1/accounts/{id}/external_accounts")},
        "future_requirements": no_requirements(),
        "metadata": {},
        "payouts_enabled": false,
        "requirements": requirements,
        "settings": settings(),
        "tos_acceptance": {"date": null},
        "type": kind,
    })
}

fn settings() -> Value {
    json!({
        "branding": {"icon": null, "logo": null, "primary_color": null, "secondary_color": null},
        "card_payments": {
            "decline_on": {"avs_failure": false, "cvc_failure": false}, "statement_descriptor_prefix": null,
            "statement_descriptor_prefix_kana": null, "statement_descriptor_prefix_kanji": null,
        },
        "dashboard": {"display_name": null, "timezone": "Etc/UTC"},
        "payments": {
            "statement_descriptor": null, "statement_descriptor_kana": null, "statement_descriptor_kanji": null,
            "statement_descriptor_prefix_kana": null, "statement_descriptor_prefix_kanji": null,
        },
        "payouts": {
            "debit_negative_balances": false, "schedule": {"delay_days": 2, "interval": "manual"}, "statement_descriptor": null,
        },
    })
}

/// Nothing is due any more: the account may charge and be paid.
fn enable(account: &mut Value) {
    for field in ["charges_enabled", "payouts_enabled", "details_submitted"] {
        account[field] = json!(true);
    }
    account["requirements"] = no_requirements();
    if let Some(capabilities) = account["capabilities"].as_object_mut() {
        capabilities.values_mut().for_each(|status| *status = json!("active"));
    }
}

fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let platform = call.state.platform.clone();
    let country = call.params.text("country").unwrap_or(&call.state.config.country).to_ascii_uppercase();
    let currency = match call.params.text("default_currency") {
        Some(text) => {
            let unknown = |_| ApiError::invalid("parameter_invalid_string", "default_currency", &format!("Invalid currency: {text}"));
            text.parse::<kernel::Currency>().map_err(unknown)?
        }
        None => home_currency(&country).and_then(|code| code.parse().ok()).unwrap_or(call.state.config.currency),
    };
    let kind = call.params.text("type").unwrap_or(if call.params.has("controller") { "none" } else { "standard" }).to_owned();
    let id = call.state.new_id("acct").chars().take(21).collect::<String>();
    let mut account = blank(call.state, &id, &kind, &country, &currency.code().to_ascii_lowercase());
    fill(call, &mut account)?;
    if call.state.config.onboard_at_once {
        enable(&mut account);
    }
    call.state.put(&platform, &account);
    call.state.emit(&id, "account.application.authorized", &application(), None);
    call.state.emit(&id, "account.updated", &account, Some(json!({})));
    Ok(account)
}

fn home_currency(country: &str) -> Option<&'static str> {
    Some(match country {
        "AT" | "BE" | "DE" | "ES" | "FI" | "FR" | "GR" | "IE" | "IT" | "LU" | "NL" | "PT" => "EUR",
        "AU" => "AUD",
        "BR" => "BRL",
        "CA" => "CAD",
        "CH" => "CHF",
        "CZ" => "CZK",
        "DK" => "DKK",
        "GB" => "GBP",
        "HU" => "HUF",
        "JP" => "JPY",
        "MX" => "MXN",
        "NO" => "NOK",
        "NZ" => "NZD",
        "PL" => "PLN",
        "SE" => "SEK",
        "SG" => "SGD",
        "US" => "USD",
        _ => return None,
    })
}

fn fill(call: &Call<'_>, account: &mut Value) -> Result<(), ApiError> {
    account["metadata"] = call.params.metadata(&account["metadata"])?;
    for field in ["email", "business_type"] {
        account[field] = call.params.json_or(field, &account[field]);
    }
    for section in ["business_profile"] {
        if let Value::Object(given) = call.params.json_or(section, &Value::Null) {
            given.into_iter().for_each(|(name, value)| account[section][name] = value);
        }
    }
    if let Some(interval) = call.params.text_at(&["settings", "payouts", "schedule", "interval"]) {
        account["settings"]["payouts"]["schedule"]["interval"] = json!(interval);
    }
    if call.params.has("tos_acceptance") && call.params.has("external_account") {
        account["tos_acceptance"]["date"] = json!(call.state.now());
        enable(account);
    }
    Ok(())
}

fn application() -> Value {
    json!({"id": "ca_guildhallplatform", "object": "application", "name": "Guildhall"})
}

/// The account that the URL names: one of the platform's, or the caller itself.
fn named(call: &Call<'_>) -> Result<Value, ApiError> {
    let id = call.id();
    if id == call.owner {
        return call.state.find(id).cloned().ok_or_else(|| ApiError::no_access(id));
    }
    let found = call.state.get(&call.owner, "account", id, None).ok().filter(|account| account["_deauthorized"] != true);
    found.cloned().ok_or_else(|| ApiError::no_access(id))
}

fn own(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.state.find(&call.owner).cloned().ok_or_else(|| ApiError::no_access(&call.owner))
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    named(call)
}

fn list_all(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let created = call.params.range("created")?;
    let rows = call.state.all(&call.owner, "account");
    let rows = rows.filter(|row| created.holds(&row["created"]) && row["_deauthorized"] != true && row["id"] != call.owner.as_str());
    list::page(call.state, &call.params, "/v1/accounts", rows)
}

fn update(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let before = named(call)?;
    let mut account = before.clone();
    fill(call, &mut account)?;
    Ok(keep(call.state, &before, &account))
}

fn keep(state: &mut State, before: &Value, account: &Value) -> Value {
    let id = text(account, "id").to_owned();
    let kept = state.update(&id, |kept| *kept = account.clone());
    state.emit(&id, "account.updated", &kept, Some(events::previous(before, &kept)));
    kept
}

/// A connected account that is still connected.
pub(crate) fn connected(state: &State, id: &str) -> Option<Value> {
    let account = state.get(&state.platform, "account", id, None).ok()?;
    (account["_deauthorized"] != true).then(|| account.clone())
}

/// The person has told all that was due.
pub(crate) fn onboard(state: &mut State, before: &Value) -> Value {
    let mut account = before.clone();
    enable(&mut account);
    keep(state, before, &account)
}

/// Payouts stop until `due` is told.
pub(crate) fn restrict(state: &mut State, before: &Value, due: &[String], reason: &str) -> Value {
    let mut account = before.clone();
    account["payouts_enabled"] = json!(false);
    account["capabilities"]["transfers"] = json!("inactive");
    for list in ["currently_due", "eventually_due", "past_due"] {
        account["requirements"][list] = json!(due);
    }
    account["requirements"]["disabled_reason"] = json!(reason);
    keep(state, before, &account)
}

/// The person takes the platform's access away.
pub(crate) fn deauthorize(state: &mut State, account: &Value) {
    let id = text(account, "id").to_owned();
    state.emit(&id, "account.application.deauthorized", &application(), None);
    state.update(&id, |account| account["_deauthorized"] = json!(true));
}
