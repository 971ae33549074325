//! Holding.

use chrono::{DateTime, SubsecRound as _, Utc};
use db::{column, statement};
use kernel::{CoopId, VariantId};
use sea_orm::{ConnectionTrait as _, DbErr, Value};
use uuid::Uuid;

use super::{
    Demand, Held, Reservation, ReservationState, Wanted,
    candidates::{Found, Where, candidates, pick},
    read,
};
use crate::{OwnerTerms, Pick, StockError};

/// How often it is picked anew. From the second time on everybody who was too late stands in line, so it takes more than one
/// only where newcomers pass the line several times in a row.
const ATTEMPTS: usize = 8;

const HOLD: &str = "select hold_stock($1, $2, $3, $4::jsonb, $5, $6, $7::uuid[], $8::uuid[], $9::uuid[], $10::uuid[], $11::int4[]) as came";

enum Came {
    Held,
    /// There is a reservation of this number.
    Known,
    /// Somebody was faster.
    Late,
}

/// Holds what is wanted, all of it or nothing, in the transaction of whoever sells. Once in a transaction, and before that touches other
/// stock. Asking again with the same number and for the same gets the same hold.
///
/// # Errors
/// [`StockError::Short`] when too little is free; [`StockError::Taken`] when the number holds something else; [`StockError::Over`] when
/// the hold of that number has ended.
#[tracing::instrument(name = "stock.reserve", skip_all, fields(coop.id = %coop, reservation.id = %demand.id))]
pub async fn reserve(tx: &db::Tx, coop: CoopId, demand: &Demand, now: DateTime<Utc>) -> Result<Reservation, StockError> {
    let now = now.trunc_subsecs(6);
    let wanted = demand.summed(now)?;
    let mut variants: Vec<VariantId> = wanted.iter().map(|line| line.variant).collect();
    variants.dedup(); // in order already
    let at = Where { location: demand.location, through: demand.through.as_ref(), now };
    for attempt in 0..ATTEMPTS {
        if attempt == 1 {
            stand_in_line(tx, coop, &variants).await?;
        }
        let mut found = candidates(tx, coop, &variants, at).await?;
        let picks = match pick(found.policy, std::mem::take(&mut found.candidates), &wanted) {
            Ok(picks) => picks,
            // The units may be held by this very reservation
            Err(short) => return known(tx, coop, (demand, &wanted), now).await?.ok_or(short),
        };
        match hold(tx, coop, (demand, &wanted), now, &picks).await? {
            Came::Held => return Ok(held(demand, now, &picks, &found)),
            Came::Known => return known(tx, coop, (demand, &wanted), now).await?.ok_or(StockError::NoReservation(demand.id)),
            Came::Late => {}
        }
    }
    Err(StockError::Crowded)
}

async fn hold(
    tx: &db::Tx,
    coop: CoopId,
    (demand, wanted): (&Demand, &[Wanted]),
    now: DateTime<Utc>,
    picks: &[(VariantId, Pick)],
) -> Result<Came, StockError> {
    let values: Vec<Value> = vec![
        coop.0.into(),
        demand.id.0.into(),
        demand.source.as_str().into(),
        serde_json::to_string(wanted).map_err(|error| DbErr::Json(error.to_string()))?.into(),
        now.into(),
        demand.until.trunc_subsecs(6).into(),
        column(picks, |(variant, _)| variant.0),
        column(picks, |(_, pick)| pick.lot.0),
        column(picks, |(_, pick)| pick.location.0),
        column(picks, |(_, pick)| pick.allocation.map_or(Uuid::nil(), |allocation| allocation.0)),
        column(picks, |(_, pick)| pick.quantity),
    ];
    let came: Option<String> = match tx.query_one_raw(statement(HOLD, values)).await? {
        Some(row) => row.try_get("", "came")?,
        None => None,
    };
    match came.as_deref() {
        Some("held") => Ok(Came::Held),
        Some("known") => Ok(Came::Known),
        Some("short") => Ok(Came::Late),
        _ => Err(DbErr::Custom("hold_stock answers in three words".to_owned()).into()),
    }
}

/// What was just held. It is known here: whoever reads it again keeps others waiting for the lock meanwhile.
fn held(demand: &Demand, now: DateTime<Utc>, picks: &[(VariantId, Pick)], found: &Found) -> Reservation {
    let line = |(variant, pick): &(VariantId, Pick)| {
        let (terms, due) = found.terms.get(&pick.lot).copied().unwrap_or((None, OwnerTerms::Agreed));
        let Pick { lot, location, allocation, owner, quantity } = *pick;
        Held { variant: *variant, lot, location, allocation, quantity, owner, terms, due }
    };
    Reservation {
        id: demand.id,
        state: ReservationState::Held,
        source: demand.source.clone(),
        held_at: now,
        expires_at: demand.until.trunc_subsecs(6),
        closed_at: None,
        lines: picks.iter().map(line).collect(),
    }
}

/// Whoever was too late waits for those who were before, variant by variant in the order of their numbers. Nothing is locked yet
/// that others wait for.
async fn stand_in_line(tx: &db::Tx, coop: CoopId, variants: &[VariantId]) -> Result<(), StockError> {
    const LINE: &str = "select pg_advisory_xact_lock($1::int4, place) from unnest($2::int4[]) as place";
    let mut places: Vec<i32> = variants.iter().map(|variant| place(*variant)).collect();
    places.sort_unstable();
    places.dedup();
    tx.execute_raw(statement(LINE, [coop.0.into(), places.into()])).await?;
    Ok(())
}

/// The random end of a number. Two variants that share a place share a line, which is no harm.
fn place(variant: VariantId) -> i32 {
    let [.., a, b, c, d] = *variant.0.as_bytes();
    i32::from_be_bytes([a, b, c, d])
}

/// The hold of that number, if there is one: the same, another, or one that is over.
async fn known(
    tx: &db::Tx,
    coop: CoopId,
    (demand, wanted): (&Demand, &[Wanted]),
    now: DateTime<Utc>,
) -> Result<Option<Reservation>, StockError> {
    let Some(asked) = read::demand(tx, coop, demand.id).await? else { return Ok(None) };
    if asked != wanted {
        return Err(StockError::taken("reservation", demand.id));
    }
    let found = read::get(tx, coop, demand.id).await?;
    match found.state {
        ReservationState::Held if found.expires_at <= now => Err(StockError::Over { id: demand.id, state: ReservationState::Expired }),
        ReservationState::Held | ReservationState::Confirmed => Ok(Some(found)),
        state @ (ReservationState::Released | ReservationState::Expired) => Err(StockError::Over { id: demand.id, state }),
    }
}
