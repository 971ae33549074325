//! When something was sold, as people and programs write it.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

/// Nothing that is imported was sold before this year; an earlier one is a typing mistake.
const FIRST_YEAR: i32 = 1990;
/// Clocks of tills run ahead; by more than this, a date is a typing mistake.
const AHEAD: TimeDelta = TimeDelta::days(1);

const FORMATS: [&str; 4] = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"];

/// Reads a moment; on failure, what is wrong and what would be right.
pub(crate) fn parse(text: &str, zone: Tz, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let at = match DateTime::parse_from_rfc3339(text) {
        Ok(at) => at.with_timezone(&Utc),
        Err(_) => local(text, zone)?,
    };
    let first = Utc.with_ymd_and_hms(FIRST_YEAR, 1, 1, 0, 0, 0).single().expect("a new year's day exists");
    if at < first {
        return Err(format!("sold_at {text:?} lies before {FIRST_YEAR}; correct the year"));
    }
    if at > now + AHEAD {
        return Err(format!("sold_at {text:?} lies in the future; correct the date"));
    }
    Ok(at)
}

fn local(text: &str, zone: Tz) -> Result<DateTime<Utc>, String> {
    let noon = NaiveTime::from_hms_opt(12, 0, 0).expect("noon exists");
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(noon));
    let written = FORMATS.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok()).or_else(day);
    let written = written.ok_or_else(|| {
        format!("sold_at {text:?} is not a date and time; write it as 2026-11-02 14:30 (in {zone}) or 2026-11-02T14:30:00+01:00")
    })?;
    let at = zone.from_local_datetime(&written).earliest();
    at.map(|at| at.with_timezone(&Utc)).ok_or_else(|| format!("sold_at {text:?} does not exist in {zone}: the clocks skip that hour"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let now = Utc.with_ymd_and_hms(2026, 11, 30, 0, 0, 0).unwrap();
        parse(text, chrono_tz::Europe::Amsterdam, now).map(|at| at.to_rfc3339())
    }

    #[test]
    fn moments_are_read_in_the_co_ops_time_zone_unless_they_name_another() {
        assert_eq!(read("2026-11-02 14:30").unwrap(), "2026-11-02T13:30:00+00:00");
        assert_eq!(read("2026-07-02T14:30:05").unwrap(), "2026-07-02T12:30:05+00:00");
        assert_eq!(read("2026-11-02T14:30:00-05:00").unwrap(), "2026-11-02T19:30:00+00:00");
        assert_eq!(read("2026-11-02").unwrap(), "2026-11-02T11:00:00+00:00");
    }

    #[test]
    fn a_moment_that_cannot_be_is_refused_with_the_cure() {
        for (text, told) in [
            ("02/11/2026", "write it as"),
            ("2026-02-30 10:00", "write it as"),
            ("1026-11-02 10:00", "correct the year"),
            ("2027-01-02 10:00", "in the future"),
            ("2026-03-29 02:30", "skip that hour"),
            ("", "write it as"),
        ] {
            assert!(read(text).unwrap_err().contains(told), "{text}");
        }
    }
}
