//! A rate from 0 % to 100 % in whole millionths, written the way people write it.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Parts per million in the whole.
pub(crate) const MILLION: u32 = 1_000_000;

/// A share of a whole, 0 % to 100 %, exact to four decimals of a percent. In JSON a string: `"12 %"`, `"2.75 %"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate(u32);

/// The text is not a rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a rate; write a percentage from 0 % to 100 % with at most four decimals, such as 12 % or 2.75 %")]
pub struct UnknownRate(pub String);

impl Rate {
    /// The whole: 100 %.
    pub const WHOLE: Self = Self(MILLION);

    /// A rate in parts per million; `None` above 1,000,000.
    pub const fn from_ppm(ppm: u32) -> Option<Self> {
        if ppm <= MILLION { Some(Self(ppm)) } else { None }
    }

    /// Parts per million, 0 to 1,000,000.
    pub const fn ppm(self) -> u32 {
        self.0
    }
}

impl FromStr for Rate {
    type Err = UnknownRate;

    fn from_str(text: &str) -> Result<Self, UnknownRate> {
        parse(text).ok_or_else(|| UnknownRate(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Rate> {
    let number = text.trim().strip_suffix('%')?.trim_end();
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str, longest: usize| (1..=longest).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole, 3) || !digits(decimals, 4) {
        return None;
    }
    Rate::from_ppm(format!("{whole}{decimals:0<4}").parse().ok()?)
}

impl TryFrom<String> for Rate {
    type Error = UnknownRate;

    fn try_from(text: String) -> Result<Self, UnknownRate> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_percent(f, u64::from(self.0))
    }
}

/// Writes parts per million as a percentage without trailing zeros; sums of rates may exceed the whole.
pub(crate) fn write_percent(f: &mut impl fmt::Write, ppm: u64) -> fmt::Result {
    let decimals = format!("{:04}", ppm % 10_000);
    match decimals.trim_end_matches('0') {
        "" => write!(f, "{} %", ppm / 10_000),
        shown => write!(f, "{}.{shown} %", ppm / 10_000),
    }
}

impl schemars::JsonSchema for Rate {
    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A percentage from 0 % to 100 % with at most four decimals, such as \"12 %\" or \"2.75 %\"",
            "pattern": r"^\s*[0-9]{1,3}(\.[0-9]{1,4})?\s*%\s*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_read_as_people_write_them() {
        for (text, ppm, shown) in
            [("12 %", 120_000, "12 %"), ("2.75%", 27_500, "2.75 %"), ("100.0 %", MILLION, "100 %"), ("0.0001 %", 1, "0.0001 %")]
        {
            let rate: Rate = text.parse().unwrap();
            assert_eq!((rate.ppm(), rate.to_string().as_str()), (ppm, shown));
        }
    }

    #[test]
    fn what_is_not_a_rate_is_refused() {
        for wrong in ["12", "120 %", "-1 %", "1.00001 %", ".5 %", "1. %", "%", "1e1 %", "१२ %"] {
            assert_eq!(wrong.parse::<Rate>(), Err(UnknownRate(wrong.to_owned())));
        }
    }
}
