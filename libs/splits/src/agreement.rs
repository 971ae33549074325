//! An agreement as data: what members vote for, what is stored as a version, what a sale pins.

use kernel::Currency;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Bearer, DiscountBearer, Guarantee, Payee, Step};

/// Who gets what of a sale line. Says nothing about one sale; [`crate::Facts`] do.
///
/// As JSON: `{"name": "Winter market", "steps": [{"step": "percent", "to": "venue", "of": "gross", "rate": "12 %"},
/// {"step": "owners", "share": "rest"}]}`. Unknown fields are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// What people call it.
    pub name: String,
    /// The currency of its amounts; needed when there are any. Sales in another currency are refused then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Who carries discounts; nobody in particular when absent: shares are of what was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<DiscountBearer>,
    /// Who pays when a step asks for more than is left. When absent, a step takes at most what is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortfall: Option<Payee>,
    /// Who carries the processor's fee when a sale is refunded and the fee is not; the payees in proportion when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_fee: Option<Bearer>,
    /// Minimum earnings, topped up when a month or an event is closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guarantees: Vec<Guarantee>,
}

impl Agreement {
    /// An agreement of these steps, without amounts and policies.
    pub fn new(name: impl Into<String>, steps: Vec<Step>) -> Self {
        Self { name: name.into(), currency: None, steps, discount: None, shortfall: None, lost_fee: None, guarantees: Vec::new() }
    }
}

/// The JSON schema of an [`Agreement`], for editors and for the API's documentation.
pub fn json_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Agreement).to_value();
    schema.sort_all_objects(); // else the order of keys would depend on which other crates are in the build
    schema
}
