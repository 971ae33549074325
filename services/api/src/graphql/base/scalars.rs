//! Values as the graph writes them.

use std::str::FromStr;

use async_graphql::{InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::Datelike as _;
use kernel::{Currency, Month};

/// A whole number of up to 64 bits, written as text of decimal digits: a JSON number would lose its last digits in many
/// programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BigInt(pub(crate) i64);

/// A calendar month in the co-op's time zone, as in `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MonthOf(pub(crate) Month);

/// A currency by its ISO 4217 code, as in `EUR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CurrencyCode(pub(crate) Currency);

/// An amount of money, exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Money(pub(crate) kernel::Money);

fn text<T: InputType, V: FromStr>(value: Value, example: &str, of: fn(V) -> T) -> InputValueResult<T> {
    match value {
        Value::String(text) => {
            text.parse().map(of).map_err(|_| InputValueError::custom(format!("{text:?} will not do; write it as {example}")))
        }
        other => Err(InputValueError::expected_type(other)),
    }
}

/// A whole number of up to 64 bits, written as text of decimal digits: a JSON number would lose its last digits in many
/// programs.
#[Scalar]
impl ScalarType for BigInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => number.as_i64().map(Self).ok_or_else(|| InputValueError::expected_type(value)),
            _ => text(value, "\"731\"", Self),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A calendar month in the co-op's time zone, as in `2026-11`.
#[Scalar(name = "Month")]
impl ScalarType for MonthOf {
    fn parse(value: Value) -> InputValueResult<Self> {
        let read = text(value, "\"2026-11\"", Self)?;
        if (0..=9999).contains(&read.0.first_day().year()) {
            Ok(read)
        } else {
            Err(InputValueError::custom("a month lies in the years 0000 to 9999"))
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A currency by its ISO 4217 code, as in `EUR`.
#[Scalar(name = "Currency")]
impl ScalarType for CurrencyCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value, "\"EUR\"", Self)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.code().to_owned())
    }
}

/// An amount of money, exact.
#[async_graphql::Object]
impl Money {
    /// Whole minor units of the currency: cents of euros, yen, fils. Negative is owed the other way.
    async fn minor(&self) -> BigInt {
        BigInt(self.0.minor)
    }

    /// The currency.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.0.currency)
    }

    /// How a person reads it, without the currency: `12.34`.
    async fn shown(&self) -> String {
        self.0.shown().to_string()
    }
}

impl Money {
    /// An amount of minor units.
    pub(crate) const fn of(minor: i64, currency: Currency) -> Self {
        Self(kernel::Money::new(minor, currency))
    }
}
