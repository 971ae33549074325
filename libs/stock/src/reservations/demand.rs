//! What is asked for, and what is held.

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Currency, LocationId, LotId, Money, PartyId, ReservationId, VariantId};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};

use crate::{AllocationId, MAX_UNITS, Millionths, OwnerTerms, Purpose, StockError, TermsId};

/// Lines of one demand.
pub const MAX_LINES: usize = 200;
/// The longest hold: preorders and deposits wait long, but not for ever.
const MAX_HOLD: TimeDelta = TimeDelta::days(366);
const LONGEST_SOURCE: usize = 60;

/// What somebody wants held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The number of the reservation: asking again with it is the same hold.
    pub id: ReservationId,
    /// What holds it, in a word: `checkout`, `waitlist`, `pickup`.
    pub source: String,
    /// What, and how many. All of it or nothing.
    pub wanted: Vec<Wanted>,
    /// From this location alone.
    pub location: Option<LocationId>,
    /// What is set aside for this goes first, and what is free after it.
    pub through: Option<Through>,
    /// How long it is held.
    pub until: DateTime<Utc>,
}

/// One line of a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Wanted {
    /// Of which variant.
    pub variant: VariantId,
    /// Of this lot alone: its label was scanned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lot: Option<LotId>,
    /// How many.
    pub quantity: i32,
}

/// For what a sale may take units that are set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Through {
    /// Set aside for this.
    pub purpose: Purpose,
    /// For the one of this name; for any when there is none.
    pub name: Option<String>,
}

impl Demand {
    /// What is wanted of each variant and lot, added up; or why it cannot be asked for.
    pub(crate) fn summed(&self, now: DateTime<Utc>) -> Result<Vec<Wanted>, StockError> {
        let invalid = |sentence: String| Err(StockError::Invalid(sentence));
        if self.wanted.is_empty() || self.wanted.len() > MAX_LINES {
            return invalid(format!("reserve 1 to {MAX_LINES} lines at once"));
        }
        if !(1..=LONGEST_SOURCE).contains(&self.source.len()) || self.source.chars().any(char::is_control) {
            return invalid(format!("the source of a reservation has 1 to {LONGEST_SOURCE} letters"));
        }
        if self.until <= now || self.until > now + MAX_HOLD {
            return invalid(format!("a reservation ends after now, and within {} days", MAX_HOLD.num_days()));
        }
        let mut sums: BTreeMap<(VariantId, Option<LotId>), i64> = BTreeMap::new();
        for line in &self.wanted {
            if line.quantity <= 0 {
                return invalid(format!("{} of variant {} cannot be reserved", line.quantity, line.variant));
            }
            *sums.entry((line.variant, line.lot)).or_default() += i64::from(line.quantity);
        }
        let line = |((variant, lot), sum): ((VariantId, Option<LotId>), i64)| match i32::try_from(sum) {
            Ok(quantity) if quantity <= MAX_UNITS => Ok(Wanted { variant, lot, quantity }),
            _ => Err(StockError::Invalid(format!("at most {MAX_UNITS} units of a variant are reserved at once"))),
        };
        sums.into_iter().map(line).collect()
    }
}

/// How far a hold has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReservationState {
    /// Its units are nobody else's until it ends.
    Held,
    /// Its units were sold.
    Confirmed,
    /// It was let go.
    Released,
    /// It ran out.
    Expired,
}

impl fmt::Display for ReservationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Held => "held",
            Self::Confirmed => "confirmed",
            Self::Released => "released",
            Self::Expired => "expired",
        })
    }
}

/// A hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Its number.
    pub id: ReservationId,
    /// How far it has come. Held, but past its end: it can never be sold, and is free again in a moment.
    pub state: ReservationState,
    /// What holds it.
    pub source: String,
    /// Since when.
    pub held_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// When it was sold, let go or freed.
    pub closed_at: Option<DateTime<Utc>>,
    /// The units.
    pub lines: Vec<Held>,
}

/// Units that are held, or were. What their owner is due when they are sold is said by the terms of their lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Of which variant.
    pub variant: VariantId,
    /// Of which lot.
    pub lot: LotId,
    /// Where.
    pub location: LocationId,
    /// Out of this allocation.
    pub allocation: Option<AllocationId>,
    /// How many.
    pub quantity: i32,
    /// Whose they are.
    pub owner: PartyId,
    /// The terms that the lot came in under.
    pub terms: Option<TermsId>,
    /// What the owner gets by them.
    pub due: OwnerTerms,
}

/// What the columns of a version say of the owner.
pub(super) fn due(share: Option<i32>, price: Option<i64>, currency: Option<String>) -> Result<OwnerTerms, DbErr> {
    let currency: Option<Currency> = currency.map(|code| code.parse()).transpose().map_err(|error| DbErr::Type(format!("{error}")))?;
    let price = price.zip(currency).map(|(minor, currency)| Money::new(minor, currency));
    let share = share.and_then(|share| u32::try_from(share).ok()).and_then(Millionths::try_new);
    Ok(share.map_or_else(|| price.map_or(OwnerTerms::Agreed, OwnerTerms::Price), OwnerTerms::Share))
}
