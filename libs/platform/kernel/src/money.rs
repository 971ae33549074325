//! Money is a whole number of minor units and a currency. No float ever touches it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Currency;

/// An amount in one currency. `minor` counts Stripe's minor units: cents for EUR, yen for JPY, fils for BHD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Money {
    /// Minor units; negative is owed the other way.
    pub minor: i64,
    /// The currency of `minor`.
    pub currency: Currency,
}

impl Money {
    /// An amount of minor units.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Parses what people write, `1234.5` or `-0.07`, exactly. `None` when it is not a number, has more decimals than the
    /// currency, or does not fit.
    pub fn parse(text: &str, currency: Currency) -> Option<Self> {
        let exponent = usize::from(currency.stripe_exponent());
        let (negative, digits) = match text.trim().strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.trim()),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let kept = fraction.trim_end_matches('0');
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(fraction) || kept.len() > exponent {
            return None;
        }
        let minor: i64 = format!("{whole}{kept:0<exponent$}").parse().ok()?;
        Some(Self::new(if negative { -minor } else { minor }, currency))
    }

    /// How a person reads it without the currency: `12.34`, `-0.07`, `1500`. Decimals that only Stripe counts, as for ISK and
    /// UGX, are shown where they are not zero: a share may come to a part of what people pay with.
    pub const fn shown(self) -> Shown {
        Shown(self)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.shown(), self.currency)
    }
}

/// The digits of a [`Money`], without its currency.
#[derive(Clone, Copy, Debug)]
pub struct Shown(Money);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (counted, written) = (u32::from(self.0.currency.stripe_exponent()), u32::from(self.0.currency.exponent()));
        let (size, spare) = (self.0.minor.unsigned_abs(), 10_u64.pow(counted.saturating_sub(written)));
        let (size, exponent) = if size.is_multiple_of(spare) { (size / spare, written.min(counted)) } else { (size, counted) };
        let scale = 10_u64.pow(exponent);
        let sign = if self.0.minor < 0 { "-" } else { "" };
        let text = if exponent == 0 {
            format!("{sign}{size}")
        } else {
            format!("{sign}{}.{:0width$}", size / scale, size % scale, width = exponent as usize)
        };
        f.pad(&text)
    }
}

/// Shares `total` by `weights`, giving every unit: the floor of each exact share, then one unit each to the largest
/// remainders, ties to the earlier weight (Hamilton's method). Callers sort by a stable key first.
///
/// Returns one share per weight, summing to `total`; `None` when no weight is positive or one is negative.
/// A negative total is shared like the positive one, with the sign turned.
pub fn largest_remainder(total: i64, weights: &[i64]) -> Option<Vec<i64>> {
    let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if sum <= 0 || weights.iter().any(|weight| *weight < 0) {
        return None;
    }
    let size = i128::from(total).abs();
    let mut shares: Vec<i128> = weights.iter().map(|weight| size * i128::from(*weight) / sum).collect();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|i| (std::cmp::Reverse(size * i128::from(weights[*i]) % sum), *i));
    let left = usize::try_from(size - shares.iter().sum::<i128>()).expect("fewer units are left than there are weights");
    for i in by_remainder.into_iter().take(left) {
        shares[i] += 1;
    }
    let sign = i128::from(total.signum());
    Some(shares.into_iter().map(|share| i64::try_from(sign * share).expect("a share is no larger than the total")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eur(minor: i64) -> Money {
        Money::new(minor, "EUR".parse().unwrap())
    }

    #[test]
    fn amounts_read_as_people_write_them() {
        assert_eq!(eur(123_456).to_string(), "1234.56 EUR");
        assert_eq!(eur(-7).to_string(), "-0.07 EUR");
        assert_eq!(Money::new(1500, "JPY".parse().unwrap()).to_string(), "1500 JPY");
        assert_eq!(Money::new(1500, "bhd".parse().unwrap()).to_string(), "1.500 BHD");
    }

    #[test]
    fn decimals_that_only_stripe_counts_are_shown_where_there_are_some() {
        for code in ["ISK", "UGX"] {
            let shown = |minor| Money::new(minor, code.parse().unwrap()).shown().to_string();
            assert_eq!((shown(150_000), shown(-100), shown(0)), ("1500".to_owned(), "-1".to_owned(), "0".to_owned()));
            assert_eq!((shown(150_050), shown(-7)), ("1500.50".to_owned(), "-0.07".to_owned()));
            let money = Money::new(150_050, code.parse().unwrap());
            assert_eq!(Money::parse(&money.shown().to_string(), money.currency), Some(money));
        }
    }

    #[test]
    fn amounts_parse_exactly_or_not_at_all() {
        let currency = "EUR".parse().unwrap();
        assert_eq!(Money::parse("2.5", currency), Some(eur(250)));
        assert_eq!(Money::parse(" -0.070 ", currency), Some(eur(-7)));
        for wrong in ["", ".5", "1e3", "1.005", "1,00", "--1", "99999999999999999999"] {
            assert_eq!(Money::parse(wrong, currency), None, "{wrong}");
        }
    }

    #[test]
    fn a_hundred_cents_shared_by_three_stay_a_hundred() {
        assert_eq!(largest_remainder(100, &[1, 1, 1]), Some(vec![34, 33, 33]));
        assert_eq!(largest_remainder(-100, &[1, 1, 1]), Some(vec![-34, -33, -33]));
        assert_eq!(largest_remainder(7, &[0, 0]), None);
    }
}
