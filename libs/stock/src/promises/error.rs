//! What can go wrong with promises of stock.

use chrono::{DateTime, Utc};
use jobs::JobsError;
use kernel::{Code, Currency, Refusal, ReservationId, VariantId};
use mail::MailError;
use sea_orm::DbErr;

use crate::{
    StockError,
    deposits::NotNow,
    promises::{DepositId, DropId, EntryId, PreorderId, RoundId, RsvpId, SlotId},
};

/// Why something was not promised, taken, given back or looked up.
#[derive(Debug, thiserror::Error)]
pub enum PromiseError {
    /// The actor may not.
    #[error(transparent)]
    Refused(Refusal),
    /// The input cannot be used.
    #[error("{0}")]
    Invalid(String),
    /// Not an address.
    #[error("that is no mail address; write it as ana@example.org")]
    NoAddress,
    /// Not a buyer's name.
    #[error("{0:?} names no buyer; write person:<uuid> or email:<SHA-256>")]
    NoBuyer(String),
    /// The co-op has no such drop.
    #[error("there is no drop {0}")]
    NoDrop(DropId),
    /// The co-op has no such slot.
    #[error("there is no slot {0}")]
    NoSlot(SlotId),
    /// The co-op has no such place, or it is somebody else's.
    #[error("there is no place {0}")]
    NoRsvp(RsvpId),
    /// The co-op has no such round.
    #[error("there is no round of preorders {0}")]
    NoRound(RoundId),
    /// The co-op has no such preorder, or it is somebody else's.
    #[error("there is no preorder {0}")]
    NoPreorder(PreorderId),
    /// The co-op has no such entry, or it is somebody else's.
    #[error("there is no entry {0} in a waiting line")]
    NoEntry(EntryId),
    /// The co-op has no such variant or place.
    #[error("there is no such variant or location; look it up in the catalogue and among the locations")]
    NoSuchThing,
    /// It is not made of others.
    #[error("variant {0} is no kit")]
    NoKit(VariantId),
    /// The co-op has no such deposit.
    #[error("there is no deposit {0}")]
    NoDeposit(DepositId),
    /// No such code is waiting, or the reservation is none of a pickup.
    #[error("nothing waits here for that code; look at the letters again, and at the stall it was sent to")]
    NoPickup,
    /// The reservation is none of this kind.
    #[error("there is no such reservation {0}")]
    NoReservation(ReservationId),
    /// The number was used with other contents.
    #[error("this number was used for something else already; make a new one")]
    Taken,
    /// Not open yet.
    #[error("this opens at {}", .0.format("%Y-%m-%d %H:%M UTC"))]
    OpensAt(DateTime<Utc>),
    /// Over.
    #[error("this is over")]
    Over,
    /// The quantity of the drop, or of the round, is given away.
    #[error("all of it is taken; when a hold ends without a sale, some comes back")]
    SoldOut,
    /// The buyer has as much as one may have.
    #[error("one buyer may have {0} of this drop, with what is held and what was bought before")]
    Limit(i32),
    /// The variant is not part of the drop.
    #[error("variant {0} is not part of this drop")]
    NotInDrop(VariantId),
    /// All places are taken.
    #[error("all places are taken; when somebody cancels, one is free")]
    Full,
    /// Less would be left than is taken.
    #[error("more than that is taken already; cancel some first")]
    BelowTaken,
    /// What was held is not held any more.
    #[error("what was held for this is not held any more; the offer went to the next one")]
    Lapsed,
    /// Not all components have a price to share by.
    #[error("not every component of kit {kit} has a price in {currency}; price them, or give the kit fixed weights")]
    NoWeights {
        /// The kit.
        kit: VariantId,
        /// In which there is none.
        currency: Currency,
    },
    /// A deposit cannot become that.
    #[error(transparent)]
    Deposit(#[from] NotNow),
    /// The stock refused, or failed.
    #[error(transparent)]
    Stock(#[from] StockError),
    /// The letter could not be put in.
    #[error(transparent)]
    Jobs(#[from] JobsError),
    /// The letter could not be sent.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The system gave no random numbers.
    #[error("the system gave no random numbers")]
    Random(#[from] getrandom::Error),
    /// The database failed.
    #[error("the promises could not be reached")]
    Db(#[from] DbErr),
}

impl PromiseError {
    /// The refusal to tell the one who asked; `None` for a fault.
    pub fn refusal(&self) -> Option<Refusal> {
        let code = match self {
            Self::Refused(refusal) => return Some(refusal.clone()),
            Self::Invalid(_) | Self::NoAddress | Self::NoBuyer(_) | Self::NotInDrop(_) => Code::InvalidInput,
            Self::NoDrop(_)
            | Self::NoSlot(_)
            | Self::NoRsvp(_)
            | Self::NoRound(_)
            | Self::NoPreorder(_)
            | Self::NoEntry(_)
            | Self::NoSuchThing
            | Self::NoKit(_)
            | Self::NoDeposit(_)
            | Self::NoPickup
            | Self::NoReservation(_) => Code::NotFound,
            Self::Taken => Code::Conflict,
            Self::OpensAt(_)
            | Self::Over
            | Self::SoldOut
            | Self::Limit(_)
            | Self::Full
            | Self::BelowTaken
            | Self::Lapsed
            | Self::NoWeights { .. }
            | Self::Deposit(_) => Code::NotNow,
            Self::Stock(error) => return error.refusal(),
            Self::Jobs(_) | Self::Mail(_) | Self::Random(_) | Self::Db(_) => return None,
        };
        Some(Refusal::new(code, self.to_string()))
    }
}
