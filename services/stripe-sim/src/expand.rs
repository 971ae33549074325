//! `expand[]`: ids in an answer replaced by the objects they name.

use serde_json::Value;

use crate::{error::ApiError, state::State};

/// Stripe's own limit on the depth of a path.
const MAX_DEPTH: usize = 4;

/// Expands each path, such as `latest_charge.balance_transaction` or, in a list, `data.customer`.
pub(crate) fn expand(state: &State, answer: &mut Value, paths: &[String]) -> Result<(), ApiError> {
    for path in paths {
        let parts: Vec<&str> = path.split('.').collect();
        if parts.len() > MAX_DEPTH {
            return Err(ApiError::invalid("parameter_invalid", "expand", &format!("You cannot expand more than 4 levels: {path}")));
        }
        let mut reached = false;
        walk(state, answer, &parts, &mut reached);
        if !reached {
            let message = format!("This property cannot be expanded ({path}).");
            return Err(ApiError::invalid("parameter_invalid", "expand", &message));
        }
    }
    Ok(())
}

fn walk(state: &State, value: &mut Value, parts: &[&str], reached: &mut bool) {
    if let Value::Array(items) = value {
        *reached |= items.is_empty();
        return items.iter_mut().for_each(|item| walk(state, item, parts, reached));
    }
    if let Some(object) = value.as_str().and_then(|id| state.find(id)) {
        *value = state.render(object);
    }
    let Some((first, rest)) = parts.split_first() else {
        *reached = true;
        return;
    };
    match value.get_mut(*first) {
        Some(Value::Null) => *reached = true,
        Some(inner) => walk(state, inner, rest, reached),
        None => {}
    }
}
