//! Lists as Stripe pages them: newest first, by cursor, at most a hundred at a time.

use serde_json::{Value, json};

use crate::{
    error::ApiError,
    params::Params,
    state::{State, text},
};

const MOST: i64 = 100;
const USUAL: i64 = 10;

/// One page of `rows`, which come oldest first and are already filtered.
pub(crate) fn page<'a>(
    state: &'a State,
    params: &Params,
    url: &str,
    rows: impl DoubleEndedIterator<Item = &'a Value>,
) -> Result<Value, ApiError> {
    let limit = params.int("limit")?.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(ApiError::invalid("parameter_invalid_integer", "limit", "This value must be between 1 and 100."));
    }
    let limit = usize::try_from(limit).unwrap_or(1);
    for cursor in ["starting_after", "ending_before"] {
        if let Some(id) = params.text(cursor).filter(|id| state.find(id).is_none()) {
            return Err(ApiError::missing("object", id, Some(cursor)));
        }
    }
    let past = |cursor: Option<&'a str>| {
        let mut reached = cursor.is_none();
        move |row: &&'a Value| {
            let here = reached;
            reached = here || cursor == row["id"].as_str();
            here
        }
    };
    let mut found: Vec<&Value> = match (known(state, params, "starting_after"), known(state, params, "ending_before")) {
        (None, Some(cursor)) => rows.filter(past(Some(cursor))).take(limit + 1).collect(),
        (cursor, _) => rows.rev().filter(past(cursor)).take(limit + 1).collect(),
    };
    let has_more = found.len() > limit;
    found.truncate(limit);
    if params.has("ending_before") && !params.has("starting_after") {
        found.reverse();
    }
    let data: Vec<Value> = found.into_iter().map(|row| state.render(row)).collect();
    Ok(json!({"object": "list", "url": url, "has_more": has_more, "data": data}))
}

/// The cursor's id, as text that lives as long as the state's rows.
fn known<'a>(state: &'a State, params: &Params, cursor: &str) -> Option<&'a str> {
    params.text(cursor).and_then(|id| state.find(id)).map(|row| text(row, "id"))
}

/// Keeps the rows whose text fields equal the parameters of the same names that are given.
pub(crate) fn matches(params: &Params, fields: &[&str], row: &Value) -> bool {
    fields.iter().all(|field| params.text(field).is_none_or(|wanted| row[*field] == wanted))
}
