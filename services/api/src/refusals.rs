//! Counting what is refused: in memory at once, in the database about once a second.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};

/// Why a delivery was not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    TooLarge,
    NoSignature,
    BadSignature,
    Stale,
    NotText,
    NotAnEvent,
    CutOff,
}

impl Refused {
    const ALL: [Self; 7] =
        [Self::TooLarge, Self::NoSignature, Self::BadSignature, Self::Stale, Self::NotText, Self::NotAnEvent, Self::CutOff];

    /// Its name in the counter and in answers.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::NoSignature => "no_signature",
            Self::BadSignature => "bad_signature",
            Self::Stale => "stale_signature",
            Self::NotText => "not_utf8",
            Self::NotAnEvent => "not_an_event",
            Self::CutOff => "body_cut_off",
        }
    }
}

/// What was refused since the last flush. Whoever hammers the door costs an addition.
#[derive(Debug, Default)]
pub(crate) struct Refusals([AtomicU64; Refused::ALL.len()]);

impl Refusals {
    pub(crate) fn count(&self, refused: Refused) {
        self.0[refused as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Writes the counts down in one statement; what cannot be written is kept for the next time.
    pub(crate) async fn flush(&self, db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
        let taken: Vec<(Refused, i64)> = Refused::ALL
            .into_iter()
            .map(|refused| (refused, self.0[refused as usize].swap(0, Ordering::Relaxed).cast_signed()))
            .filter(|(_, count)| *count > 0)
            .collect();
        if taken.is_empty() {
            return Ok(());
        }
        let counts: Vec<(&str, i64)> = taken.iter().map(|(refused, count)| (refused.name(), *count)).collect();
        let written = settlement::count_refusals(db, &counts, now.date_naive()).await;
        if written.is_err() {
            for (refused, count) in taken {
                self.0[refused as usize].fetch_add(count.cast_unsigned(), Ordering::Relaxed);
            }
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_place_of_its_own() {
        for (place, refused) in Refused::ALL.into_iter().enumerate() {
            assert_eq!(refused as usize, place, "{}", refused.name());
        }
    }
}
