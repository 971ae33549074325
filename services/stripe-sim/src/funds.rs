//! The money of an account: sums of its balance transactions, kept as they are made.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::state::{int, text};

/// Net sums by currency (lower case).
#[derive(Clone, Debug, Default)]
pub(crate) struct Funds(BTreeMap<String, BTreeMap<i64, i64>>);

impl Funds {
    /// Counts a balance transaction, once.
    pub(crate) fn add(&mut self, transaction: &Value) {
        let by_day = self.0.entry(text(transaction, "currency").to_owned()).or_default();
        *by_day.entry(int(transaction, "available_on")).or_default() += int(transaction, "net");
    }

    pub(crate) fn currencies(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What is available at `now`.
    pub(crate) fn available(&self, currency: &str, now: i64) -> i64 {
        self.0.get(currency).map_or(0, |by_day| by_day.range(..=now).map(|(_, net)| net).sum())
    }

    /// Available or not.
    pub(crate) fn total(&self, currency: &str) -> i64 {
        self.0.get(currency).map_or(0, |by_day| by_day.values().sum())
    }
}
