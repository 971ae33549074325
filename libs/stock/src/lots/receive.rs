//! Handing lots in.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound as _, Utc};
use db::{column, statement};
use kernel::{Actor, CoopId, LocationId, LotId, Permission, VariantId};
use sea_orm::{ConnectionTrait as _, Value};
use uuid::Uuid;

use super::{Lot, NewLot, Terms, known, terms_versions};
use crate::{Movement, MovementKind, Stock, StockError, TermsId, locations, record, words};

/// Lots that are handed in with one call.
pub const MAX_LOTS_AT_ONCE: usize = 1_000;

const INSERT: &str = "
insert into lot (coop_id, lot_id, variant_id, party_id, version_id, quantity, received_at, expires_at, ends_at, from_lot_id)
select $1, lot_id, variant_id, party_id, nullif(version_id, 0), quantity, $2, nullif(expires_at, $2), nullif(ends_at, $2),
       nullif(from_lot_id, $11)
from unnest($3::uuid[], $4::uuid[], $5::int8[], $6::int8[], $7::int4[], $8::timestamptz[], $9::timestamptz[], $10::uuid[])
    as new (lot_id, variant_id, party_id, version_id, quantity, expires_at, ends_at, from_lot_id)
on conflict (coop_id, lot_id) do nothing";

impl Stock {
    /// Hands lots in: all of them, or none. The same lots again are the same lots.
    #[tracing::instrument(name = "stock.receive", skip_all, fields(coop.id = %actor.coop, lots = new.len()))]
    pub async fn receive(&self, actor: &Actor, new: &[NewLot]) -> Result<Vec<Lot>, StockError> {
        actor.require(Permission::StockWrite)?;
        let by_id: BTreeMap<LotId, &NewLot> = new.iter().map(|lot| (lot.id, lot)).collect();
        if new.is_empty() || new.len() > MAX_LOTS_AT_ONCE || by_id.len() < new.len() {
            return Err(StockError::Invalid(format!("hand in 1 to {MAX_LOTS_AT_ONCE} lots at once, each with a number of its own")));
        }
        for lot in new {
            words::units(lot.quantity)?;
        }
        let at = self.clock.now().trunc_subsecs(6);
        let coop = actor.coop;
        let tx = db::begin(&self.db, coop).await?;
        let places: Vec<LocationId> = new.iter().map(|lot| lot.location).collect();
        locations::open(&tx, coop, &places).await?;
        variants(&tx, coop, new).await?;
        owners(&tx, coop, new).await?;
        insert(&tx, coop, at, &lines(&tx, coop, at, new).await?).await?;
        let received =
            |lot: &NewLot| Movement { id: lot.movement, ..Movement::new(MovementKind::Received, (lot.id, lot.location), lot.quantity, at) };
        record(&tx, coop, &new.iter().map(received).collect::<Vec<_>>()).await?;
        let ids: Vec<LotId> = new.iter().map(|lot| lot.id).collect();
        let lots = known(&tx, coop, &ids).await?;
        let is_same = |lot: &&Lot| {
            let asked = by_id[&lot.id];
            (lot.variant, lot.owner, lot.terms, lot.quantity) == (asked.variant, asked.owner, asked.terms, asked.quantity)
        };
        if let Some(other) = lots.iter().find(|lot| !is_same(lot)) {
            return Err(StockError::taken("lot", other.id));
        }
        tx.commit().await?;
        Ok(lots)
    }
}

/// A row of a lot that is to be.
pub(super) struct Line {
    pub(super) lot: LotId,
    pub(super) variant: VariantId,
    pub(super) owner: i64,
    pub(super) terms: Option<TermsId>,
    pub(super) quantity: i32,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) ends_at: Option<DateTime<Utc>>,
    pub(super) from: Option<LotId>,
}

async fn lines(tx: &db::Tx, coop: CoopId, at: DateTime<Utc>, new: &[NewLot]) -> Result<Vec<Line>, StockError> {
    let mut ids: Vec<TermsId> = new.iter().filter_map(|lot| lot.terms).collect();
    ids.sort_unstable();
    ids.dedup();
    let versions: BTreeMap<TermsId, Terms> =
        terms_versions(tx, coop, &ids).await?.into_iter().map(|version| (version.id, version.terms)).collect();
    let line = |lot: &NewLot| {
        let terms = lot.terms.map(|id| versions.get(&id).ok_or(StockError::NoTerms(id))).transpose()?;
        Ok(Line {
            lot: lot.id,
            variant: lot.variant,
            owner: lot.owner.0,
            terms: lot.terms,
            quantity: lot.quantity,
            expires_at: terms.and_then(|terms| terms.expires_at(at)),
            ends_at: terms.and_then(|terms| terms.ends_at(at)),
            from: None,
        })
    };
    new.iter().map(line).collect()
}

/// Refuses the first variant that the co-op does not have.
async fn variants(tx: &db::Tx, coop: CoopId, new: &[NewLot]) -> Result<(), StockError> {
    const MISSING: &str = "
        select wanted.variant_id from unnest($2::uuid[]) as wanted (variant_id)
        where not exists (select from variant where variant.coop_id = $1 and variant.variant_id = wanted.variant_id) limit 1";
    match tx.query_one_raw(statement(MISSING, [coop.0.into(), column(new, |lot| lot.variant.0)])).await? {
        Some(row) => Err(StockError::NoVariant(VariantId(row.try_get("", "variant_id")?))),
        None => Ok(()),
    }
}

/// Refuses the first lot whose owner is no party of the co-op.
async fn owners(tx: &db::Tx, coop: CoopId, new: &[NewLot]) -> Result<(), StockError> {
    const MISSING: &str = "
        select wanted.lot_id from unnest($2::uuid[], $3::int8[]) as wanted (lot_id, party_id)
        where not exists (select from party where party.coop_id = $1 and party.party_id = wanted.party_id) limit 1";
    let values = [coop.0.into(), column(new, |lot| lot.id.0), column(new, |lot| lot.owner.0)];
    match tx.query_one_raw(statement(MISSING, values)).await? {
        Some(row) => Err(StockError::NoOwner(LotId(row.try_get("", "lot_id")?))),
        None => Ok(()),
    }
}

/// Writes lots that are not there yet.
pub(super) async fn insert(tx: &db::Tx, coop: CoopId, at: DateTime<Utc>, lines: &[Line]) -> Result<(), StockError> {
    if lines.is_empty() {
        return Ok(());
    }
    // Arrays hold no absent values; nothing ends in the moment in which it comes in
    let far = |moment: Option<DateTime<Utc>>| moment.unwrap_or(at);
    let values: Vec<Value> = vec![
        coop.0.into(),
        at.into(),
        column(lines, |line| line.lot.0),
        column(lines, |line| line.variant.0),
        column(lines, |line| line.owner),
        column(lines, |line| line.terms.map_or(0, |terms| terms.0)),
        column(lines, |line| line.quantity),
        column(lines, |line| far(line.expires_at)),
        column(lines, |line| far(line.ends_at)),
        column(lines, |line| line.from.map_or(Uuid::nil(), |from| from.0)),
        Uuid::nil().into(),
    ];
    tx.execute_raw(statement(INSERT, values)).await?;
    Ok(())
}
