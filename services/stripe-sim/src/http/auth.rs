//! Who asks: a test key, and perhaps a connected account on whose behalf.

use actix_web::http::header::{self, HeaderMap};
use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{error::ApiError, state::State};

/// The account that the request is about.
pub(crate) fn account(state: &State, headers: &HeaderMap) -> Result<String, ApiError> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = given.and_then(key).ok_or_else(|| {
        ApiError::unauthorized(
            "You did not provide an API key. Send a test key as 'Authorization: Bearer sk_test_…' or as basic auth's user.",
        )
    })?;
    if key.starts_with("sk_live_") || key.starts_with("rk_live_") {
        return Err(ApiError::unauthorized("This is a stand-in, not Stripe: never send it a live key. Roll that key now."));
    }
    if !key.starts_with("sk_test_") && !key.starts_with("rk_test_") {
        return Err(ApiError::unauthorized("Invalid API Key provided: a test key begins with sk_test_."));
    }
    let Some(account) = headers.get("Stripe-Account").and_then(|value| value.to_str().ok()) else {
        return Ok(state.platform.clone());
    };
    let open = state.get(&state.platform, "account", account, None).is_ok_and(|found| found["_deauthorized"] != true);
    if open || account == state.platform { Ok(account.to_owned()) } else { Err(ApiError::no_access(account)) }
}

fn key(authorization: &str) -> Option<String> {
    let (scheme, value) = authorization.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64_STANDARD.decode(value.trim()).ok()?).ok()?;
    Some(text.split(':').next().unwrap_or_default().to_owned())
}
