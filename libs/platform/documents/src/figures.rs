//! Amounts and months as they stand on paper: digits in groups of three, a true minus sign, a point before the decimals.

use chrono::Datelike;
use kernel::{Currency, Money, Month};

/// Between groups of three digits: narrow and never the end of a row of text (ISO 80000-1).
const GROUP: char = '\u{202f}';

const MINUS: char = '\u{2212}';

/// `−1 234.50`, without the currency.
pub(crate) fn amount(minor: i64, currency: Currency) -> String {
    let plain = Money::new(minor, currency).shown().to_string();
    let (negative, digits) = plain.strip_prefix('-').map_or((false, plain.as_str()), |digits| (true, digits));
    let whole = digits.find('.').unwrap_or(digits.len());
    let mut text = String::with_capacity(plain.len() + 12);
    if negative {
        text.push(MINUS);
    }
    for (place, digit) in digits.char_indices() {
        if place > 0 && place < whole && (whole - place).is_multiple_of(3) {
            text.push(GROUP);
        }
        text.push(digit);
    }
    text
}

/// One more term of a sum: ` + 12.00` or ` − 12.00`.
pub(crate) fn term(minor: i64, currency: Currency) -> String {
    let text = amount(minor, currency);
    text.strip_prefix(MINUS).map_or_else(|| format!(" + {text}"), |size| format!(" {MINUS} {size}"))
}

/// `November 2026`.
pub(crate) fn month(month: Month) -> String {
    let first = month.first_day();
    let name = chrono::Month::try_from(u8::try_from(first.month()).unwrap_or_default()).map_or("", |month| month.name());
    format!("{name} {}", first.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups_of_three_in_every_currency() {
        let shown = |minor, code: &str| amount(minor, code.parse().unwrap()).replace(GROUP, "_").replace(MINUS, "-");
        assert_eq!(shown(0, "EUR"), "0.00");
        assert_eq!(shown(99_999, "EUR"), "999.99");
        assert_eq!(shown(123_456_789, "EUR"), "1_234_567.89");
        assert_eq!(shown(-100_000, "EUR"), "-1_000.00");
        assert_eq!(shown(1_234_567, "JPY"), "1_234_567");
        assert_eq!(shown(-1_234_567, "BHD"), "-1_234.567");
        assert_eq!(shown(i64::MIN, "EUR"), "-92_233_720_368_547_758.08");
    }

    #[test]
    fn a_sum_shows_a_negative_term_as_taken_away() {
        let currency = "EUR".parse().unwrap();
        assert_eq!(term(250, currency), " + 2.50");
        assert_eq!(term(-250, currency), " − 2.50");
    }

    #[test]
    fn a_month_is_written_out() {
        assert_eq!(month("2026-02".parse().unwrap()), "February 2026");
    }
}
