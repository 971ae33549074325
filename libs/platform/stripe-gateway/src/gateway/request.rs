//! From a builder's finished request to bytes for the wire.

use std::collections::HashMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http_body_util::Full;
use hyper::{
    Request,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT},
};
use stripe_client_core::{RequestBuilder, StripeMethod, VERSION};
use stripe_types::{Currency, RangeBoundsTs, RangeQueryTs};

use super::GatewayConfig;
use crate::{GatewayError, IdempotencyKey, objects::Metadata};

const OUR_NAME: &str = concat!("guildhall/", env!("CARGO_PKG_VERSION"));

/// Longer than any id of Stripe's.
const MAX_ID_LEN: usize = 255;

/// A request that can be sent several times, each time the same to the byte.
pub(super) struct Prepared(Request<Full<Bytes>>);

impl Prepared {
    pub(super) fn new(
        config: &GatewayConfig,
        request: RequestBuilder,
        account: Option<&str>,
        key: Option<&IdempotencyKey>,
    ) -> Result<Self, GatewayError> {
        let mut uri = format!("{}/v1{}", config.base_url.as_str().trim_end_matches('/'), request.path);
        if let Some(query) = request.query.filter(|query| !query.is_empty()) {
            uri.push('?');
            uri.push_str(&query);
        }
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", config.api_key.expose()))
            .map_err(|_| GatewayError::Invalid("the API key holds characters that no header can carry".to_owned()))?;
        bearer.set_sensitive(true);
        let mut builder = Request::builder()
            .method(match request.method {
                StripeMethod::Get => "GET",
                StripeMethod::Post => "POST",
                StripeMethod::Delete => "DELETE",
            })
            .uri(uri)
            .header(AUTHORIZATION, bearer)
            .header(USER_AGENT, OUR_NAME)
            .header("stripe-version", VERSION.as_str());
        if let Some(account) = account {
            builder = builder.header("stripe-account", account);
        }
        if let Some(key) = key {
            builder = builder.header("idempotency-key", key.as_str());
        }
        if request.body.is_some() {
            builder = builder.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let body = Full::new(request.body.map(|form| Bytes::from(in_order(&form))).unwrap_or_default());
        builder.body(body).map(Self).map_err(|error| GatewayError::Invalid(error.to_string()))
    }

    pub(super) fn request(&self) -> Request<Full<Bytes>> {
        self.0.clone()
    }
}

/// The form with its pairs sorted. The builders keep metadata in hash maps, whose order differs from run to run; the same ask should be the same bytes
/// in a repetition after a crash too. They write an empty map as `metadata=`, which to Stripe means "forget all keys": it is left out.
fn in_order(form: &str) -> String {
    let mut pairs: Vec<&str> = form.split('&').filter(|pair| *pair != "metadata=").collect();
    pairs.sort_unstable();
    pairs.join("&")
}

/// The metadata in the kind of map that the builders take.
pub(super) fn hash_map(metadata: &Metadata) -> HashMap<String, String> {
    metadata.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// A range of times in the form that the builders take; none for all times.
pub(super) fn created(from: Option<DateTime<Utc>>, before: Option<DateTime<Utc>>) -> Option<RangeQueryTs> {
    if from.is_none() && before.is_none() {
        return None;
    }
    let secs = |at: DateTime<Utc>| at.timestamp();
    Some(RangeQueryTs::Bounds(RangeBoundsTs { gte: from.map(secs), lt: before.map(secs), ..Default::default() }))
}

/// An id that is safe as a part of a path: letters, digits and underscores.
pub(super) fn id(text: &str) -> Result<&str, GatewayError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if text.is_empty() || text.len() > MAX_ID_LEN || !text.bytes().all(fits) {
        return Err(GatewayError::Invalid(format!("{text:?} is not an id of Stripe's")));
    }
    Ok(text)
}

/// A currency as Stripe writes it: three letters, sent in lower case.
pub(super) fn currency(text: &str) -> Result<Currency, GatewayError> {
    if text.len() != 3 || !text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(GatewayError::Invalid(format!("{text:?} is not a currency")));
    }
    let Ok(currency) = text.to_ascii_lowercase().parse();
    Ok(currency)
}

#[cfg(test)]
mod tests {
    use super::{currency, id, in_order};

    #[test]
    fn an_id_cannot_leave_its_place_in_the_path() {
        assert!(id("tr_1Pgc7BB7WZ01zgkWVJfE40RX").is_ok());
        for bad in ["", "tr_1/reversals", "../accounts", "tr_1?expand[]=x", "tr 1", "tr_ü"] {
            assert!(id(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn currencies_are_sent_in_lower_case() {
        assert_eq!(currency("EUR").unwrap().to_string(), "eur");
        assert!(currency("euro").is_err());
    }

    #[test]
    fn the_same_pairs_give_the_same_bytes() {
        assert_eq!(in_order("metadata[b]=2&amount=5&metadata[a]=1"), in_order("amount=5&metadata[a]=1&metadata[b]=2"));
    }
}
