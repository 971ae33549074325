//! What a co-op's name, slug, country and time zone may be.

use chrono_tz::Tz;

use crate::IdentityError;

/// Characters of a co-op's name on paper.
pub(super) const LONGEST_NAME: usize = 100;
/// Characters of a slug; the database allows no more either.
pub(super) const LONGEST_SLUG: usize = 63;

/// ISO 3166-1 alpha-2, as officially assigned.
const COUNTRIES: &str = "\
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG \
CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL \
GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA \
LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP \
NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV \
SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

pub(super) fn name(text: &str) -> Result<&str, IdentityError> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(IdentityError::CoopName(LONGEST_NAME));
    }
    Ok(name)
}

pub(super) fn slug(text: &str) -> Result<&str, IdentityError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (2..=LONGEST_SLUG).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with('-') {
        Ok(text)
    } else {
        Err(IdentityError::Slug { slug: text.to_owned(), longest: LONGEST_SLUG })
    }
}

pub(super) fn country(text: &str) -> Result<String, IdentityError> {
    let code = text.trim().to_ascii_uppercase();
    if code.len() == 2 && COUNTRIES.split(' ').any(|country| country == code) {
        Ok(code)
    } else {
        Err(IdentityError::Country(text.to_owned()))
    }
}

pub(super) fn time_zone(text: &str) -> Result<Tz, IdentityError> {
    text.trim().parse().map_err(|_| IdentityError::TimeZone(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_those_of_iso_3166() {
        assert_eq!(COUNTRIES.split(' ').count(), 249);
        assert_eq!(country(" nl ").unwrap(), "NL");
        for wrong in ["", "N", "NLD", "XX", "UK", "N L", "A "] {
            assert!(country(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_slug_is_what_stands_in_an_address() {
        assert_eq!(slug("harbour-makers-2").unwrap(), "harbour-makers-2");
        for wrong in ["", "x", "-x", "Harbour", "a b", "ä-b", "a_b", &"x".repeat(64)] {
            assert!(slug(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_name_has_letters_on_one_line() {
        assert_eq!(name("  Harbour Makers ").unwrap(), "Harbour Makers");
        for wrong in ["", "   ", "a\nb", &"x".repeat(101)] {
            assert!(name(wrong).is_err(), "{wrong:?}");
        }
    }
}
