//! A lot.

use chrono::{DateTime, Utc};
use kernel::{LocationId, LotId, MovementId, PartyId, PersonId, VariantId};

use crate::TermsId;

/// A lot to be handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewLot {
    /// Its number: handing it in again with it is the same lot.
    pub id: LotId,
    /// The number of the movement that receives it.
    pub movement: MovementId,
    /// Of which variant.
    pub variant: VariantId,
    /// Whose it is.
    pub owner: PartyId,
    /// Under which terms; what the split agreements say when there are none.
    pub terms: Option<TermsId>,
    /// How many units.
    pub quantity: i32,
    /// Where they lie.
    pub location: LocationId,
}

/// A quantity of one variant that one party owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Its number.
    pub id: LotId,
    /// Of which variant.
    pub variant: VariantId,
    /// Whose it is, for good.
    pub owner: PartyId,
    /// The terms that it came in under.
    pub terms: Option<TermsId>,
    /// Units that were handed in.
    pub quantity: i32,
    /// When.
    pub received_at: DateTime<Utc>,
    /// When it is not sold any more.
    pub expires_at: Option<DateTime<Utc>>,
    /// When what is left of it is returned, donated or pooled.
    pub ends_at: Option<DateTime<Utc>>,
    /// When, by whom and why it was recalled. What is left of a recalled lot goes back to its owner.
    pub recalled: Option<(DateTime<Utc>, Option<PersonId>, Option<String>)>,
    /// When it had ended and nothing of it was left.
    pub closed_at: Option<DateTime<Utc>>,
    /// The lot that it was pooled from.
    pub from: Option<LotId>,
}

/// What became of the units of a lot: received + taken back + counted = on hand + under way + sold + returned + lost + donated + pooled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LotSums {
    /// Handed in.
    pub received: i64,
    /// Sold, and not taken back.
    pub sold: i64,
    /// Gone back to the owner.
    pub returned: i64,
    /// Broken, stolen, or missing on arrival.
    pub lost: i64,
    /// Given away.
    pub donated: i64,
    /// Become the pool's.
    pub pooled: i64,
    /// Found at stock counts; missing ones with a minus.
    pub counted: i64,
    /// Sent from a location and not arrived at another yet.
    pub under_way: i64,
    /// Lying somewhere.
    pub on_hand: i64,
}
