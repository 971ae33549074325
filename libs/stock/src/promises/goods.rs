//! Goods behind a promise, held by the stock's reservations.

use chrono::{DateTime, Utc};
use kernel::{CoopId, LocationId, ReservationId, VariantId};

use super::PromiseError;
use crate::{Demand, StockError, Wanted};

/// What is to be held for a promise.
pub(crate) struct Hold<'a> {
    /// The number of the reservation.
    pub(crate) id: ReservationId,
    /// Which promise holds it, in a word.
    pub(crate) source: &'static str,
    /// What, and how many: all of it or nothing.
    pub(crate) lines: &'a [(VariantId, i32)],
    /// From this location alone.
    pub(crate) location: Option<LocationId>,
    /// How long.
    pub(crate) until: DateTime<Utc>,
    pub(crate) now: DateTime<Utc>,
}

/// Holds it. Before anything else of the transaction touches goods or counters.
pub(crate) async fn hold(tx: &db::Tx, coop: CoopId, hold: &Hold<'_>) -> Result<(), PromiseError> {
    let wanted = hold.lines.iter().map(|(variant, quantity)| Wanted { variant: *variant, lot: None, quantity: *quantity }).collect();
    let Hold { id, source, location, until, now, .. } = *hold;
    let demand = Demand { id, source: source.to_owned(), wanted, location, through: None, until };
    crate::reserve(tx, coop, &demand, now).await?;
    Ok(())
}

/// The same; `false` when too little is free.
pub(crate) async fn try_hold(tx: &db::Tx, coop: CoopId, wanted: &Hold<'_>) -> Result<bool, PromiseError> {
    match hold(tx, coop, wanted).await {
        Ok(()) => Ok(true),
        Err(PromiseError::Stock(StockError::Short { .. })) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Sells what is held, if it is held still.
pub(crate) async fn confirm(tx: &db::Tx, coop: CoopId, id: ReservationId, now: DateTime<Utc>) -> Result<(), PromiseError> {
    crate::confirm(tx, coop, id, now).await?;
    Ok(())
}

/// Lets go of what is held.
pub(crate) async fn release(tx: &db::Tx, coop: CoopId, id: ReservationId, now: DateTime<Utc>) -> Result<(), PromiseError> {
    crate::release(tx, coop, id, now).await?;
    Ok(())
}
