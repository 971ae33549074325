//! Lists as Relay connections with keyset cursors: a cursor holds the key of its row, so rows that come or go elsewhere
//! move nothing.

use async_graphql::{
    OutputType,
    connection::{Connection, Edge, EmptyFields},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Code;
use serde::{Serialize, de::DeserializeOwned};

use super::{Answer, at};

/// Rows of a page that nobody measured.
const DEFAULT_PAGE: usize = 20;
/// The most rows of a page.
const MAX_PAGE: usize = 100;
/// The longest cursor that is looked at, in bytes.
const MAX_CURSOR_BYTES: usize = 512;

/// Which page is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page<K> {
    /// How many rows.
    pub(crate) first: usize,
    /// The key of the row before them.
    pub(crate) after: Option<K>,
}

impl<K: DeserializeOwned> Page<K> {
    /// Reads the arguments of a connection. `list` names the list, so that a cursor of another is noticed.
    pub(crate) fn of(list: &str, first: Option<i32>, after: Option<&str>) -> Answer<Self> {
        let first = match first {
            None => DEFAULT_PAGE,
            Some(first) => usize::try_from(first)
                .ok()
                .filter(|first| (1..=MAX_PAGE).contains(first))
                .ok_or_else(|| at(&["first"], Code::InvalidInput, format!("first is 1 to {MAX_PAGE}")))?,
        };
        let read = |after: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(after).ok().filter(|bytes| bytes.len() <= MAX_CURSOR_BYTES)?;
            let (name, key): (String, K) = serde_json::from_slice(&bytes).ok()?;
            (name == list).then_some(key)
        };
        let after = match after {
            None => None,
            Some(after) => Some(read(after).ok_or_else(|| at(&["after"], Code::InvalidInput, "after is no cursor of this list"))?),
        };
        Ok(Self { first, after })
    }

    /// How many rows to read: one more tells whether there are further ones.
    pub(crate) fn limit(&self) -> i64 {
        i64::try_from(self.first + 1).expect("a page is small")
    }

    /// The page of these rows, which were read up to [`Page::limit`].
    pub(crate) fn connection<T: OutputType, R>(
        &self,
        list: &str,
        mut rows: Vec<R>,
        key: impl Fn(&R) -> K,
        mut node: impl FnMut(R) -> T,
    ) -> Connection<String, T>
    where
        K: Serialize,
    {
        let more = rows.len() > self.first;
        rows.truncate(self.first);
        let mut connection = Connection::new(self.after.is_some(), more);
        connection.edges.extend(rows.into_iter().map(|row| Edge::with_additional_fields(cursor(list, &key(&row)), node(row), EmptyFields)));
        connection
    }
}

/// What a page weighs: its rows times what a row weighs.
pub(crate) fn page_cost(first: Option<i32>, row: usize) -> usize {
    let rows = first.and_then(|first| usize::try_from(first).ok()).unwrap_or(DEFAULT_PAGE).min(MAX_PAGE);
    1 + rows * row
}

/// The cursor of a row.
fn cursor(list: &str, key: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&(list, key)).expect("a key is made of numbers and texts"))
}
