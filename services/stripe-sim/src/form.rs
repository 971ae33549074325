//! Stripe's bracket syntax for forms and query strings: `metadata[sale]=7&expand[]=charge&items[0][id]=x`.

use std::collections::BTreeMap;

use serde_json::Value;

/// Keys deeper than this are refused; Stripe's deepest request has six.
const MAX_DEPTH: usize = 10;
/// More pairs than this are refused; fifty metadata keys and every parameter fit well.
const MAX_PAIRS: usize = 2_000;

/// A parameter: a text, or a map or list of parameters (a list is a map with the keys `0`, `1`, …).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Text(String),
    Map(BTreeMap<String, Node>),
}

/// The form contradicts itself, is too deep or too long; the text names the key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) String);

/// Parses `application/x-www-form-urlencoded` text.
pub(crate) fn parse(text: &str) -> Result<BTreeMap<String, Node>, Malformed> {
    let mut root = BTreeMap::new();
    for (count, (key, value)) in url::form_urlencoded::parse(text.as_bytes()).enumerate() {
        let path = split(&key).filter(|path| path.len() <= MAX_DEPTH && count < MAX_PAIRS).ok_or_else(|| Malformed(key.to_string()))?;
        insert(&mut root, &path, value.into_owned()).ok_or_else(|| Malformed(key.to_string()))?;
    }
    Ok(root)
}

/// `a[b][]` becomes `["a", "b", ""]`; `None` when the brackets do not match.
fn split(key: &str) -> Option<Vec<&str>> {
    let Some(open) = key.find('[') else { return (!key.is_empty()).then(|| vec![key]) };
    let inner = key[open..].strip_prefix('[')?.strip_suffix(']')?;
    let mut path = vec![&key[..open]];
    path.extend(inner.split("]["));
    let sound = open > 0 && path.iter().all(|part| !part.contains(['[', ']']));
    sound.then_some(path)
}

fn insert(map: &mut BTreeMap<String, Node>, path: &[&str], value: String) -> Option<()> {
    let (first, rest) = path.split_first()?;
    // An empty part appends: `expand[]=a&expand[]=b`.
    let name = if first.is_empty() { map.len().to_string() } else { (*first).to_owned() };
    if rest.is_empty() {
        map.insert(name, Node::Text(value));
        return Some(());
    }
    match map.entry(name).or_insert_with(|| Node::Map(BTreeMap::new())) {
        Node::Map(inner) => insert(inner, rest, value),
        Node::Text(_) => None,
    }
}

impl Node {
    /// As JSON, with every leaf a text; a map whose keys count from 0 becomes a list.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => Value::String(text.clone()),
            Self::Map(map) if !map.is_empty() && (0..map.len()).all(|i| map.contains_key(&i.to_string())) => {
                (0..map.len()).map(|i| map[&i.to_string()].to_json()).collect()
            }
            Self::Map(map) => map.iter().map(|(name, node)| (name.clone(), node.to_json())).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        Node::Map(parse(text).unwrap()).to_json()
    }

    #[test]
    fn brackets_become_maps_and_lists() {
        assert_eq!(
            json("amount=5&metadata[sale]=a%20b&expand[]=x&expand[]=y&items[1][id]=n&items[0][id]=m"),
            serde_json::json!({"amount": "5", "metadata": {"sale": "a b"}, "expand": ["x", "y"], "items": [{"id": "m"}, {"id": "n"}]})
        );
        assert_eq!(json("metadata="), serde_json::json!({"metadata": ""}));
    }

    #[test]
    fn a_key_that_contradicts_another_or_itself_is_named() {
        for (text, key) in [("a=1&a[b]=2", "a[b]"), ("a[b=1", "a[b"), ("[x]=1", "[x]"), ("a]b[=1", "a]b[")] {
            assert_eq!(parse(text), Err(Malformed(key.to_owned())), "{text}");
        }
        assert!(parse(&format!("a{}=1", "[x]".repeat(50))).is_err());
    }
}
