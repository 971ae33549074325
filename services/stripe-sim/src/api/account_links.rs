//! Links by which people onboard. Ours lead to the stand-in itself, which asks nothing and enables the account.

use serde_json::{Value, json};

use super::{Call, Route, accounts, post};
use crate::error::ApiError;

pub(super) const ROUTES: &[Route] =
    &[post("/v1/account_links", &["account!", "type!", "refresh_url", "return_url", "collect", "collection_options"], create)];

/// How long a link lives at Stripe.
const LIFE_SECS: i64 = 300;

fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let account = call.params.need("account")?.to_owned();
    accounts::connected(call.state, &account).ok_or_else(|| ApiError::missing("account", &account, Some("account")))?;
    let kind = call.params.need("type")?;
    if !matches!(kind, "account_onboarding" | "account_update") {
        let message = format!("Invalid type: must be one of account_onboarding or account_update, not {kind}");
        return Err(ApiError::invalid("parameter_invalid_string", "type", &message));
    }
    let back = call.params.need("return_url")?;
    call.params.need("refresh_url")?;
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("return_url", back).finish();
    Ok(json!({
        "object": "account_link",
        "created": call.state.now(),
        "expires_at": call.state.now() + LIFE_SECS,
        "url": format!("{}/_sim/onboarding/{account}?{query}", call.state.base_url),
    }))
}
