//! Values on their way into set-based statements and out of their rows. PostgreSQL's enumerations travel as words, its JSON
//! as text: the driver knows neither our enumerations nor a type for documents inside arrays.

use std::{fmt::Display, str::FromStr};

use sea_orm::{DbErr, QueryResult, Value};
use serde::{Serialize, de::DeserializeOwned};

/// One column of a batch, as an array for `unnest`. Arrays hold no absent values: pass `''`, `0` or `-1` and `nullif`.
pub fn column<T, R>(rows: &[R], of: impl Fn(&R) -> T) -> Value
where
    Vec<T>: Into<Value>,
{
    rows.iter().map(of).collect::<Vec<T>>().into()
}

/// The word that an enumeration is written as.
pub fn word_of(value: impl Serialize) -> Result<String, DbErr> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(other) => Err(DbErr::Json(format!("{other} is no word"))),
        Err(error) => Err(DbErr::Json(error.to_string())),
    }
}

/// A column that holds JSON, selected as text.
pub fn json<T: DeserializeOwned>(row: &QueryResult, column: &str) -> Result<T, DbErr> {
    from_json(column, &row.try_get::<String>("", column)?)
}

/// The same for a column that may be null.
pub fn json_or_null<T: DeserializeOwned>(row: &QueryResult, column: &str) -> Result<Option<T>, DbErr> {
    row.try_get::<Option<String>>("", column)?.map(|text| from_json(column, &text)).transpose()
}

/// A column that holds something with a text form of its own, such as a currency.
pub fn parsed<T: FromStr<Err: Display>>(row: &QueryResult, column: &str) -> Result<T, DbErr> {
    row.try_get::<String>("", column)?.parse().map_err(|error: T::Err| DbErr::Type(format!("{column}: {error}")))
}

fn from_json<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, DbErr> {
    serde_json::from_str(text).map_err(|error| DbErr::Json(format!("{column}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Light {
        DarkGreen,
        Mixed(u8),
    }

    #[test]
    fn only_what_is_written_as_a_word_is_one() {
        assert_eq!(word_of(Light::DarkGreen).unwrap(), "dark_green");
        assert!(word_of(Light::Mixed(3)).unwrap_err().to_string().contains("is no word"));
    }

    #[test]
    fn json_that_is_not_as_expected_is_named_by_its_column() {
        let wrong = from_json::<Vec<u8>>("body", "{}").unwrap_err().to_string();
        assert!(wrong.contains("body: "), "{wrong}");
    }
}
