//! Events, as they were told.

use serde_json::Value;

use super::{Call, Route, get};
use crate::{error::ApiError, list};

pub(super) const ROUTES: &[Route] = &[
    get("/v1/events", &["limit", "starting_after", "ending_before", "created", "type", "types", "delivery_success"], list_all),
    get("/v1/events/{id}", &[], retrieve),
];

/// The `previous_attributes` of a change: the fields that differ, as they were.
pub(super) fn previous(before: &Value, after: &Value) -> Value {
    let fields = before.as_object().into_iter().flatten();
    fields.filter(|(name, was)| after[name.as_str()] != **was).map(|(name, was)| (name.clone(), was.clone())).collect()
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.get("event").cloned()
}

fn list_all(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let created = call.params.range("created")?;
    let types = call.params.list("types");
    let rows = call.state.all(&call.owner, "event").filter(|row| {
        let kind = row["type"].as_str().unwrap_or_default();
        created.holds(&row["created"])
            && (types.is_empty() || types.iter().any(|wanted| matches(wanted, kind)))
            && call.params.text("type").is_none_or(|wanted| matches(wanted, kind))
    });
    list::page(call.state, &call.params, "/v1/events", rows)
}

/// `charge.*` stands for all types that begin so.
fn matches(wanted: &str, kind: &str) -> bool {
    wanted.strip_suffix('*').map_or(wanted == kind, |family| kind.starts_with(family))
}
