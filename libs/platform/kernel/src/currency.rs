//! The currencies Guildhall keeps books in, with the three numbers that differ between them.
//!
//! `exponent` is ISO 4217's. `stripe_exponent` is how Stripe scales amounts in its API: zero-decimal currencies have 0,
//! ISK and UGX are sent with two decimals although they have none. `payout_quantum` is the smallest step of an amount
//! that can be paid out, in Stripe's minor units: the last digit of three-decimal currencies is always 0, and
//! ISK, UGX, HUF and TWD leave in whole units only. Source: docs.stripe.com/currencies.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An ISO 4217 currency, three upper-case letters. Parsed from any case; only those of [`CURRENCIES`] exist.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(&'static Row);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Row {
    code: &'static str,
    exponent: u8,
    stripe_exponent: u8,
    payout_quantum: i64,
}

const fn row(code: &'static str, exponent: u8, stripe_exponent: u8, payout_quantum: i64) -> Row {
    Row { code, exponent, stripe_exponent, payout_quantum }
}

static ROWS: [Row; 26] = [
    row("AUD", 2, 2, 1),
    row("BHD", 3, 3, 10),
    row("BRL", 2, 2, 1),
    row("CAD", 2, 2, 1),
    row("CHF", 2, 2, 1),
    row("CZK", 2, 2, 1),
    row("DKK", 2, 2, 1),
    row("EUR", 2, 2, 1),
    row("GBP", 2, 2, 1),
    row("HUF", 2, 2, 100),
    row("ISK", 0, 2, 100),
    row("JOD", 3, 3, 10),
    row("JPY", 0, 0, 1),
    row("KRW", 0, 0, 1),
    row("KWD", 3, 3, 10),
    row("MXN", 2, 2, 1),
    row("NOK", 2, 2, 1),
    row("NZD", 2, 2, 1),
    row("OMR", 3, 3, 10),
    row("PLN", 2, 2, 1),
    row("SEK", 2, 2, 1),
    row("SGD", 2, 2, 1),
    row("TND", 3, 3, 10),
    row("TWD", 2, 2, 100),
    row("UGX", 0, 2, 100),
    row("USD", 2, 2, 1),
];

/// Every currency, by code. The `currency` table in the database holds the same rows; a test compares them.
pub static CURRENCIES: [Currency; ROWS.len()] = {
    let mut all = [Currency(&ROWS[0]); ROWS.len()];
    let mut i = 0;
    while i < ROWS.len() {
        all[i] = Currency(&ROWS[i]);
        i += 1;
    }
    all
};

/// The text is not the code of a currency that Guildhall knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a currency that Guildhall keeps books in; use an ISO 4217 code such as EUR or JPY")]
pub struct UnknownCurrency(pub String);

impl Currency {
    /// The upper-case ISO code.
    pub const fn code(self) -> &'static str {
        self.0.code
    }

    /// Decimals people write: 2 for EUR, 0 for JPY, 3 for BHD.
    pub const fn exponent(self) -> u8 {
        self.0.exponent
    }

    /// Decimals Stripe's API uses. The books are kept in these minor units, so that no amount is ever rescaled.
    pub const fn stripe_exponent(self) -> u8 {
        self.0.stripe_exponent
    }

    /// The smallest step of a payout, in minor units: 1 for EUR, 10 for BHD, 100 for HUF.
    pub const fn payout_quantum(self) -> i64 {
        self.0.payout_quantum
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        CURRENCIES
            .iter()
            .find(|currency| currency.code().eq_ignore_ascii_case(text))
            .copied()
            .ok_or_else(|| UnknownCurrency(text.to_owned()))
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;

    fn try_from(text: String) -> Result<Self, UnknownCurrency> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl schemars::JsonSchema for Currency {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "ISO 4217 code",
            "enum": CURRENCIES.iter().map(|currency| currency.code()).collect::<Vec<_>>(),
        })
    }
}
