//! Fees and exchange, in whole minor units.

use kernel::Currency;

use crate::config::{Fee, SimConfig};

/// Millionths of a euro for one major unit: round numbers near 2026's, for play only.
const RATES: [(&str, i64); 26] = [
    ("AUD", 600_000),
    ("BHD", 2_450_000),
    ("BRL", 165_000),
    ("CAD", 670_000),
    ("CHF", 1_050_000),
    ("CZK", 40_000),
    ("DKK", 134_000),
    ("EUR", 1_000_000),
    ("GBP", 1_150_000),
    ("HUF", 2_500),
    ("ISK", 6_900),
    ("JOD", 1_300_000),
    ("JPY", 6_100),
    ("KRW", 660),
    ("KWD", 3_000_000),
    ("MXN", 47_000),
    ("NOK", 86_000),
    ("NZD", 540_000),
    ("OMR", 2_400_000),
    ("PLN", 235_000),
    ("SEK", 88_000),
    ("SGD", 690_000),
    ("TND", 300_000),
    ("TWD", 28_000),
    ("UGX", 250),
    ("USD", 920_000),
];

/// `exchange_rate` has ten decimals at most, so that it and the amounts agree.
const RATE_SCALE: i128 = 10_000_000_000;

/// One major unit of a currency in another, times [`RATE_SCALE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    scaled: i128,
    from: Currency,
    into: Currency,
}

impl Rate {
    pub(crate) fn between(config: &SimConfig, from: Currency, into: Currency) -> Self {
        let worth = |currency: Currency| {
            let built_in = RATES.iter().find(|(code, _)| *code == currency.code()).map_or(1, |(_, worth)| *worth);
            i128::from(config.rates.get(currency.code()).copied().unwrap_or(built_in)).max(1)
        };
        Self { scaled: half_up(worth(from) * RATE_SCALE, worth(into)), from, into }
    }

    /// Minor units of one into minor units of the other, rounded half away from zero.
    pub(crate) fn convert(self, minor: i64) -> i64 {
        let shift = |currency: Currency| 10_i128.pow(u32::from(currency.stripe_exponent()));
        let size = half_up(i128::from(minor.unsigned_abs()) * self.scaled * shift(self.into), RATE_SCALE * shift(self.from));
        i64::try_from(size).unwrap_or(i64::MAX) * minor.signum()
    }

    /// As `exchange_rate` shows it. Only shown, never computed with.
    pub(crate) fn shown(self) -> serde_json::Value {
        #[expect(clippy::cast_precision_loss, reason = "Stripe shows the rate as a JSON number; amounts never come from it")]
        let rate = self.scaled as f64 / RATE_SCALE as f64;
        serde_json::json!(rate)
    }
}

impl Fee {
    /// The fee on an amount of the balance's minor units.
    pub(crate) fn on(self, amount: i64) -> i64 {
        let share = half_up(i128::from(amount) * i128::from(self.basis_points), 10_000);
        i64::try_from(share).unwrap_or(i64::MAX).saturating_add(self.fixed)
    }
}

/// Division of a number that is not negative, rounded half up.
const fn half_up(number: i128, by: i128) -> i128 {
    (number * 2 + by) / (by * 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(from: &str, into: &str) -> Rate {
        Rate::between(&SimConfig::default(), from.parse().unwrap(), into.parse().unwrap())
    }

    #[test]
    fn the_fee_is_rounded_half_up() {
        let fee = Fee { basis_points: 150, fixed: 25 };
        // 1.5 % of 1.00, 0.33, 0.34 and 10.00
        assert_eq!([100, 33, 34, 1_000].map(|amount| fee.on(amount)), [27, 25, 26, 40]);
    }

    #[test]
    fn amounts_cross_currencies_with_other_exponents() {
        assert_eq!(rate("USD", "EUR").convert(1_000), 920);
        assert_eq!(rate("JPY", "EUR").convert(1_000), 610);
        assert_eq!(rate("BHD", "EUR").convert(1_000), 245);
        assert_eq!(rate("EUR", "JPY").convert(610), 1_000);
        assert_eq!(rate("USD", "EUR").convert(-1_000), -920);
        assert_eq!(rate("EUR", "EUR").convert(7), 7);
    }
}
