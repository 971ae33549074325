//! The accounting period: a calendar month in the co-op's time zone.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeZone, Utc};

/// A calendar month such as `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    year: i32,
    month: u32,
}

/// The text is not a month.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a month; write it as 2026-11")]
pub struct UnknownMonth(pub String);

impl Month {
    /// The month in which `at` falls in `zone`.
    pub fn of<Z: TimeZone>(at: DateTime<Utc>, zone: &Z) -> Self {
        let local = at.with_timezone(zone);
        Self { year: local.year(), month: local.month() }
    }

    /// Its first day.
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year, self.month, 1).expect("a Month holds a year and month that exist")
    }

    /// The month after.
    pub fn next(self) -> Self {
        Self::from(self.first_day().checked_add_months(Months::new(1)).expect("a month has a next one before the year 262142"))
    }

    /// The month before.
    pub fn previous(self) -> Self {
        Self::from(self.first_day().checked_sub_months(Months::new(1)).expect("a month has one before it after the year -262143"))
    }

    /// The instant at which it begins in `zone`; the first that exists where a clock change skips midnight.
    pub fn starts_at<Z: TimeZone>(self, zone: &Z) -> DateTime<Utc> {
        let midnight = self.first_day().and_hms_opt(0, 0, 0).expect("every day has a midnight");
        (0..24)
            .find_map(|hour| zone.from_local_datetime(&(midnight + chrono::TimeDelta::hours(hour))).earliest())
            .expect("no clock change skips a whole day")
            .with_timezone(&Utc)
    }
}

impl From<NaiveDate> for Month {
    fn from(day: NaiveDate) -> Self {
        Self { year: day.year(), month: day.month() }
    }
}

impl FromStr for Month {
    type Err = UnknownMonth;

    fn from_str(text: &str) -> Result<Self, UnknownMonth> {
        NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").map(Self::from).map_err(|_| UnknownMonth(text.to_owned()))
    }
}

impl TryFrom<String> for Month {
    type Error = UnknownMonth;

    fn try_from(text: String) -> Result<Self, UnknownMonth> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_knows_its_neighbours_and_its_start() {
        let month: Month = "2026-12".parse().unwrap();
        assert_eq!(month.next().to_string(), "2027-01");
        assert_eq!(month.previous().to_string(), "2026-11");
        assert_eq!(month.starts_at(&Utc).to_rfc3339(), "2026-12-01T00:00:00+00:00");
        assert!("2026-13".parse::<Month>().is_err());
    }
}
