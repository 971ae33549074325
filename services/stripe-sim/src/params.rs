//! What a request asks, read with Stripe's own complaints about what is missing, unknown or no number.

use std::collections::BTreeMap;

use kernel::Currency;
use serde_json::{Map, Value, json};

use crate::{error::ApiError, form::Node};

/// Stripe's bounds on metadata.
const MAX_METADATA_KEYS: usize = 50;
const MAX_METADATA_KEY: usize = 40;
const MAX_METADATA_VALUE: usize = 500;
/// Stripe's largest amount has eight digits in most currencies and twelve in some.
const MAX_AMOUNT: i64 = 999_999_999_999;

/// The parameters of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Params(pub(crate) BTreeMap<String, Node>);

impl Params {
    /// Refuses what the route does not know and asks for what it needs: a name that ends in `!` is required.
    pub(crate) fn check(&self, accepted: &[&str]) -> Result<(), ApiError> {
        let known = |name: &str| name == "expand" || accepted.iter().any(|accepted| accepted.trim_end_matches('!') == name);
        if let Some(name) = self.0.keys().find(|name| !known(name)) {
            return Err(ApiError::invalid("parameter_unknown", name, &format!("Received unknown parameter: {name}")));
        }
        let required = accepted.iter().filter_map(|name| name.strip_suffix('!'));
        match required.into_iter().find(|name| !self.0.contains_key(*name)) {
            Some(name) => Err(missing(name)),
            None => Ok(()),
        }
    }

    /// A parameter inside others: `at(&["evidence", "uncategorized_text"])`.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Node> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.0.get(*first)?, |node, name| match node {
            Node::Map(map) => map.get(*name),
            Node::Text(_) => None,
        })
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The text of a parameter that is there and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.text_at(&[name])
    }

    pub(crate) fn text_at(&self, path: &[&str]) -> Option<&str> {
        match self.at(path) {
            Some(Node::Text(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    pub(crate) fn need(&self, name: &str) -> Result<&str, ApiError> {
        self.text(name).ok_or_else(|| missing(name))
    }

    pub(crate) fn int(&self, name: &str) -> Result<Option<i64>, ApiError> {
        self.int_at(&[name])
    }

    fn int_at(&self, path: &[&str]) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text_at(path) else { return Ok(None) };
        let wrong = |_| ApiError::invalid("parameter_invalid_integer", &bracketed(path), &format!("Invalid integer: {text}"));
        text.parse().map(Some).map_err(wrong)
    }

    /// A positive amount of minor units.
    pub(crate) fn amount(&self, name: &str) -> Result<Option<i64>, ApiError> {
        match self.int(name)? {
            Some(amount) if amount < 1 => {
                Err(ApiError::invalid("parameter_invalid_integer", name, "This value must be greater than or equal to 1."))
            }
            Some(amount) if amount > MAX_AMOUNT => {
                Err(ApiError::invalid("amount_too_large", name, "Amount must be no more than 999999999999."))
            }
            amount => Ok(amount),
        }
    }

    pub(crate) fn need_amount(&self, name: &str) -> Result<i64, ApiError> {
        self.amount(name)?.ok_or_else(|| missing(name))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(text) => Err(ApiError::invalid("parameter_invalid_boolean", name, &format!("Invalid boolean: {text}"))),
        }
    }

    pub(crate) fn currency(&self) -> Result<Currency, ApiError> {
        let text = self.need("currency")?;
        text.parse().map_err(|_| ApiError::invalid("parameter_invalid_string", "currency", &format!("Invalid currency: {text}")))
    }

    /// The texts of a list parameter, in order.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        match self.0.get(name).map(Node::to_json) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    /// A map or list parameter as JSON, or the value it had.
    pub(crate) fn json_or(&self, name: &str, before: &Value) -> Value {
        match self.0.get(name) {
            None => before.clone(),
            Some(Node::Text(text)) if text.is_empty() => Value::Null,
            Some(node) => node.to_json(),
        }
    }

    /// `before` with the request's metadata laid over it; an empty value takes a key away, an empty map takes all.
    pub(crate) fn metadata(&self, before: &Value) -> Result<Value, ApiError> {
        let mut metadata = before.as_object().cloned().unwrap_or_default();
        match self.0.get("metadata") {
            None => {}
            Some(Node::Text(text)) if text.is_empty() => metadata.clear(),
            Some(Node::Text(_)) => return Err(ApiError::invalid("parameter_invalid_object", "metadata", "Invalid object")),
            Some(Node::Map(pairs)) => lay_over(&mut metadata, pairs)?,
        }
        if metadata.len() > MAX_METADATA_KEYS {
            return Err(ApiError::invalid("metadata_too_many_keys", "metadata", "You can have up to 50 metadata keys."));
        }
        Ok(Value::Object(metadata))
    }

    /// A filter such as `created=5` or `created[gte]=5&created[lt]=9`.
    pub(crate) fn range(&self, name: &str) -> Result<Range, ApiError> {
        if let Some(exact) = self.int(name)? {
            return Ok(Range { from: exact, to: exact });
        }
        let bound = |op: &str| self.int_at(&[name, op]);
        let from = bound("gte")?.or(bound("gt")?.map(|at| at.saturating_add(1))).unwrap_or(i64::MIN);
        let to = bound("lte")?.or(bound("lt")?.map(|at| at.saturating_sub(1))).unwrap_or(i64::MAX);
        Ok(Range { from, to })
    }
}

/// Both ends are inside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    from: i64,
    to: i64,
}

impl Range {
    pub(crate) fn holds(self, value: &Value) -> bool {
        value.as_i64().is_some_and(|value| self.from <= value && value <= self.to)
    }
}

fn lay_over(metadata: &mut Map<String, Value>, pairs: &BTreeMap<String, Node>) -> Result<(), ApiError> {
    for (key, node) in pairs {
        let param = format!("metadata[{key}]");
        let Node::Text(value) = node else {
            return Err(ApiError::invalid("parameter_invalid_string", &param, "Metadata values must be strings."));
        };
        if key.chars().count() > MAX_METADATA_KEY || value.chars().count() > MAX_METADATA_VALUE {
            let message = "Metadata keys can have up to 40 characters and values up to 500.";
            return Err(ApiError::invalid("parameter_invalid_string", &param, message));
        }
        if value.is_empty() {
            metadata.remove(key);
        } else {
            metadata.insert(key.clone(), json!(value));
        }
    }
    Ok(())
}

fn missing(name: &str) -> ApiError {
    ApiError::invalid("parameter_missing", name, &format!("Missing required param: {name}."))
}

fn bracketed(path: &[&str]) -> String {
    let (first, rest) = path.split_first().unwrap_or((&"", &[]));
    rest.iter().fold((*first).to_owned(), |text, part| format!("{text}[{part}]"))
}
