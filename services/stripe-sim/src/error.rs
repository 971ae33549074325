//! Two kinds of trouble: the stand-in cannot run ([`SimError`]), or a request is answered with an error in Stripe's shape.

use serde_json::{Value, json};

/// Why the stand-in cannot start or stop.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The address is taken, or this machine does not have it.
    #[error("the Stripe stand-in cannot listen on {address}")]
    Listen {
        /// What was asked for.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The journal cannot be read or written.
    #[error("the Stripe stand-in cannot use its journal {path}")]
    Journal {
        /// The file.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line of the journal, other than a torn last one, is not a journal line.
    #[error("line {line} of the journal {path} cannot be read; remove the file to start afresh")]
    Corrupt {
        /// The file.
        path: std::path::PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The command line or the configuration makes no sense.
    #[error("{0}")]
    Config(String),
}

/// An answer other than 200, in Stripe's shape.
#[derive(Debug)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    /// True when work began, so that an idempotency key keeps this answer.
    pub(crate) kept: bool,
    body: Box<Value>,
}

impl ApiError {
    fn new(status: u16, kind: &str, code: Option<&str>, message: &str) -> Self {
        let mut error = json!({"type": kind, "message": message});
        if let Some(code) = code {
            error["code"] = json!(code);
            error["doc_url"] = json!(format!("https://docs.stripe.com/error-codes#{}", code.replace('_', "-")));
        }
        Self { status, kept: true, body: Box::new(error) }
    }

    /// The request itself is wrong: nothing began, nothing is kept for its idempotency key.
    pub(crate) fn invalid(code: &str, param: &str, message: &str) -> Self {
        Self { kept: false, ..Self::refused(code, message) }.on(param)
    }

    /// The request is well formed and its effect is refused, for a reason that has no code at Stripe.
    pub(crate) fn plain(message: &str) -> Self {
        Self::new(400, "invalid_request_error", None, message)
    }

    /// The request is well formed and its effect is refused.
    pub(crate) fn refused(code: &str, message: &str) -> Self {
        Self::new(400, "invalid_request_error", Some(code), message)
    }

    /// No such object, in a URL (404) or in a parameter (400).
    pub(crate) fn missing(noun: &str, id: &str, param: Option<&str>) -> Self {
        let status = if param.is_some() { 400 } else { 404 };
        let error = Self::new(status, "invalid_request_error", Some("resource_missing"), &format!("No such {noun}: '{id}'"));
        error.on(param.unwrap_or("id"))
    }

    pub(crate) fn unauthorized(message: &str) -> Self {
        Self { kept: false, ..Self::new(401, "invalid_request_error", None, message) }
    }

    pub(crate) fn no_access(account: &str) -> Self {
        let message = format!(
            "The provided key does not have access to account '{account}' (or that account does not exist). Application access may have been revoked."
        );
        Self { kept: false, ..Self::new(403, "invalid_request_error", Some("account_invalid"), &message) }
    }

    pub(crate) fn unknown_url(method: &str, path: &str) -> Self {
        let message = format!("Unrecognized request URL ({method}: {path}). The stand-in knows only what Guildhall uses of Stripe.");
        Self { kept: false, ..Self::new(404, "invalid_request_error", None, &message) }
    }

    pub(crate) fn too_many(code: &str) -> Self {
        let message = match code {
            "lock_timeout" => {
                "This object cannot be accessed right now because another API request or Stripe process is currently accessing it."
            }
            _ => "Request rate limit exceeded.",
        };
        Self { kept: false, ..Self::new(429, "invalid_request_error", Some(code), message) }
    }

    pub(crate) fn internal() -> Self {
        Self::new(500, "api_error", None, "An unknown error occurred")
    }

    pub(crate) fn insufficient_balance() -> Self {
        let message = "You have insufficient available funds in your Stripe account. Use the test payment method pm_card_bypassPending \
                       to add funds that are available at once.";
        Self::refused("balance_insufficient", message)
    }

    pub(crate) fn idempotency(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. \
             Try using a key other than '{key}' if you meant to execute a different request."
        );
        Self { kept: false, ..Self::new(400, "idempotency_error", None, &message) }
    }

    pub(crate) fn card(code: &str, decline_code: Option<&str>, message: &str) -> Self {
        let mut error = Self::new(402, "card_error", Some(code), message);
        if let Some(decline_code) = decline_code {
            error.body["decline_code"] = json!(decline_code);
        }
        error
    }

    /// Names the parameter.
    pub(crate) fn on(mut self, param: &str) -> Self {
        self.body["param"] = json!(param);
        self
    }

    /// Adds a field, such as the payment intent that a card error is about.
    pub(crate) fn with(mut self, field: &str, value: Value) -> Self {
        self.body[field] = value;
        self
    }

    /// The inner object, as `last_payment_error` shows it.
    pub(crate) fn inner(&self) -> &Value {
        &self.body
    }

    /// `{"error": {…}}`
    pub(crate) fn body(&self, request_id: &str) -> Value {
        let mut error = (*self.body).clone();
        error["request_log_url"] = json!(format!("https://dashboard.stripe.com/test/logs/{request_id}"));
        json!({ "error": error })
    }
}
