//! Everything that statements are made of, in a handful of statements for any number of parties.

mod facts;
mod money;

#[cfg(test)]
pub(crate) use facts::RefundFact;
pub(crate) use facts::{Facts, LineFact, SaleFact, VersionFact, facts, patronage_of, payout_of};
pub(crate) use money::{Movement, Span, moved_parties, movements, owed_before};

use sea_orm::{DbErr, QueryResult};
use serde::de::DeserializeOwned;

/// A column that holds JSON as text.
pub(crate) fn json<T: DeserializeOwned>(row: &QueryResult, column: &str) -> Result<T, DbErr> {
    let text: String = row.try_get("", column)?;
    serde_json::from_str(&text).map_err(|error| DbErr::Json(format!("{column}: {error}")))
}

/// A column that holds something with a text form.
pub(crate) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(row: &QueryResult, column: &str) -> Result<T, DbErr> {
    let text: String = row.try_get("", column)?;
    text.parse().map_err(|error: T::Err| DbErr::Type(format!("{column}: {error}")))
}
