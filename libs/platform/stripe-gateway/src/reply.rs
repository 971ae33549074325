//! What an answer of Stripe's means.

use std::time::Duration;

use hyper::HeaderMap;
use serde::Deserialize;

use crate::{Doubt, GatewayError, http::Reply};

/// The longest sentence of an error that is kept.
const MAX_MESSAGE_CHARS: usize = 500;

impl Reply {
    /// Nothing for a success, otherwise what went wrong.
    pub(crate) fn failure(&self) -> Option<GatewayError> {
        if (200..300).contains(&self.status) {
            return None;
        }
        let error = serde_json::from_slice::<ErrorBody>(&self.body).map(|body| body.error).unwrap_or_default();
        Some(match (self.status, error.kind.as_deref(), error.code.as_deref()) {
            (429, ..) | (400..500, _, Some("lock_timeout")) => GatewayError::RateLimited { retry_after: self.retry_after() },
            (409, _, Some("idempotency_key_in_use")) => GatewayError::Unknown(Doubt::KeyInUse),
            (400..500, Some("idempotency_error"), _) => GatewayError::Idempotency { message: error.sentence() },
            // 424 means that something behind Stripe failed: how far it got is not told.
            (400..424 | 425..500, ..) => GatewayError::Refused {
                status: self.status,
                message: error.sentence(),
                code: error.code.or(error.decline_code),
                param: error.param,
                request_id: self.request_id(),
            },
            _ => GatewayError::Unknown(Doubt::Status { status: self.status, request_id: self.request_id() }),
        })
    }

    /// Whether the same request may be sent again at once: only where Stripe did nothing, or is still doing it, and does not forbid it.
    pub(crate) fn invites_retry(&self, failure: &GatewayError) -> bool {
        matches!(failure, GatewayError::RateLimited { .. } | GatewayError::Unknown(Doubt::KeyInUse))
            && text(&self.headers, "stripe-should-retry") != Some("false")
    }

    /// Stripe's name for the request.
    pub(crate) fn request_id(&self) -> Option<String> {
        text(&self.headers, "request-id").map(str::to_owned)
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        text(&self.headers, "retry-after")?.parse().ok().map(Duration::from_secs)
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Default, Deserialize)]
struct ErrorDetail {
    #[serde(rename = "type")]
    kind: Option<String>,
    code: Option<String>,
    decline_code: Option<String>,
    message: Option<String>,
    param: Option<String>,
}

impl ErrorDetail {
    fn sentence(&self) -> String {
        self.message.as_deref().unwrap_or("no reason given").chars().take(MAX_MESSAGE_CHARS).collect()
    }
}
