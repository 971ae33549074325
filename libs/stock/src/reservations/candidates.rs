//! What can be taken just now.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use db::{statement, word_of};
use kernel::{CoopId, LocationId, LotId, PartyId, VariantId};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

use super::demand::due;
use super::{Through, Wanted};
use crate::{AllocationId, Candidate, Consumption, OwnerTerms, Pick, StockError, TermsId, consume, movements::word};

#[derive(FromQueryResult)]
struct Row {
    variant_id: Uuid,
    lot_id: Uuid,
    location_id: Uuid,
    allocation_id: Option<Uuid>,
    party_id: i64,
    received_at: DateTime<Utc>,
    turn: i64,
    version_id: Option<i64>,
    owner_share: Option<i32>,
    owner_price: Option<i64>,
    currency: Option<String>,
    policy: Option<String>,
    free: i32,
}

/// Lots that are recalled or expired are not sold, nor is anything at a location that is archived. $3: the location, $4: now.
/// Each is looked up by its key: the planner knows nothing of an array's length, and might read all the stock of the co-op.
const LYING: &str = "
from unnest($2::uuid[]) as wanted (variant_id)
cross join lateral (
    select * from stock where stock.coop_id = $1 and stock.variant_id = wanted.variant_id and stock.stocked
        and ($3::uuid is null or stock.location_id = $3) offset 0) stock
cross join lateral (
    select party_id, received_at, version_id from lot where lot.coop_id = $1 and lot.lot_id = stock.lot_id
        and lot.recalled_at is null and (lot.expires_at is null or lot.expires_at > $4) offset 0) lot
cross join lateral (
    select 1 as is_open from location where location.coop_id = $1 and location.location_id = stock.location_id
        and location.archived_at is null offset 0) location
left join lateral (
    select owner_share, owner_price, currency from consignment_version
    where consignment_version.coop_id = $1 and consignment_version.version_id = lot.version_id offset 0) version on true";
const FREE: &str = "
select stock.variant_id, stock.lot_id, stock.location_id, null::uuid as allocation_id, lot.party_id, lot.received_at, stock.turn,
       lot.version_id, version.owner_share, version.owner_price, version.currency::text as currency,
       (select consume::text from stock_policy where stock_policy.coop_id = $1) as policy,
       stock.on_hand - stock.reserved - stock.allocated as free";
const ASIDE: &str = "
select stock.variant_id, stock.lot_id, stock.location_id, aside.allocation_id, lot.party_id, lot.received_at, stock.turn,
       lot.version_id, version.owner_share, version.owner_price, version.currency::text as currency,
       (select consume::text from stock_policy where stock_policy.coop_id = $1) as policy,
       aside.quantity - aside.taken as free";
const FOR_PURPOSE: &str = "
cross join lateral (
    select * from stock_allocation where stock_allocation.coop_id = $1 and stock_allocation.lot_id = stock.lot_id
        and stock_allocation.location_id = stock.location_id and stock_allocation.purpose = $5::allocation_purpose
        and ($6 = '' or stock_allocation.name = $6) and stock_allocation.quantity > stock_allocation.taken offset 0) aside";

/// Where and through what a hold may take units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Where<'a> {
    pub(super) location: Option<LocationId>,
    pub(super) through: Option<&'a Through>,
    pub(super) now: DateTime<Utc>,
}

/// What is there, and by which rule it is taken.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) policy: Consumption,
    pub(super) candidates: BTreeMap<VariantId, Vec<Candidate>>,
    /// The terms of the lots, and what is due to their owners by them.
    pub(super) terms: BTreeMap<LotId, (Option<TermsId>, OwnerTerms)>,
}

/// What is there of each variant, also where nothing of it is free: whose turn it is shows there, too. One statement.
pub(super) async fn candidates(
    db: &impl ConnectionTrait,
    coop: CoopId,
    variants: &[VariantId],
    at: Where<'_>,
) -> Result<Found, StockError> {
    let ids: Vec<Uuid> = variants.iter().map(|variant| variant.0).collect();
    let mut values: Vec<Value> = vec![coop.0.into(), ids.into(), at.location.map(|location| location.0).into(), at.now.into()];
    let sql = match at.through {
        None => format!("{FREE}{LYING}"),
        Some(through) => {
            values.push(word_of(through.purpose)?.into());
            values.push(through.name.clone().unwrap_or_default().into());
            format!("{FREE}{LYING} union all {ASIDE}{LYING}{FOR_PURPOSE}")
        }
    };
    let mut found = Found::default();
    for row in Row::find_by_statement(statement(&sql, values)).all(db).await? {
        if let Some(policy) = row.policy {
            found.policy = word(policy)?;
        }
        let terms = (row.version_id.map(TermsId), due(row.owner_share, row.owner_price, row.currency)?);
        found.terms.insert(LotId(row.lot_id), terms);
        found.candidates.entry(VariantId(row.variant_id)).or_default().push(Candidate {
            lot: LotId(row.lot_id),
            location: LocationId(row.location_id),
            allocation: row.allocation_id.map(AllocationId),
            owner: PartyId(row.party_id),
            received_at: row.received_at,
            turn: row.turn,
            free: row.free,
        });
    }
    Ok(found)
}

/// How many units of each variant could be held now, from one location or from all of them. Those of which there is nothing are left out.
pub async fn available(
    db: &impl ConnectionTrait,
    coop: CoopId,
    variants: &[VariantId],
    (location, now): (Option<LocationId>, DateTime<Utc>),
) -> Result<BTreeMap<VariantId, i64>, StockError> {
    let found = candidates(db, coop, variants, Where { location, through: None, now }).await?;
    let sum = |candidates: Vec<Candidate>| candidates.iter().map(|candidate| i64::from(candidate.free)).sum();
    Ok(found.candidates.into_iter().map(|(variant, candidates)| (variant, sum(candidates))).collect())
}

/// Picks everything that is wanted. Lines of a certain lot go first: the others can do with any.
pub(super) fn pick(
    policy: Consumption,
    mut candidates: BTreeMap<VariantId, Vec<Candidate>>,
    wanted: &[Wanted],
) -> Result<Vec<(VariantId, Pick)>, StockError> {
    let mut picked = Vec::new();
    let (of_lots, of_any): (Vec<Wanted>, Vec<Wanted>) = wanted.iter().partition(|line| line.lot.is_some());
    for line in of_lots.into_iter().chain(of_any) {
        let there = candidates.entry(line.variant).or_default();
        let open: Vec<Candidate> = there.iter().filter(|candidate| line.lot.is_none_or(|lot| candidate.lot == lot)).copied().collect();
        let Some(picks) = consume(policy, &open, line.quantity) else {
            let free = open.iter().map(|candidate| i64::from(candidate.free)).sum();
            return Err(StockError::Short { variant: line.variant, wanted: line.quantity.into(), free });
        };
        for pick in picks {
            let place = |candidate: &&mut Candidate| {
                (candidate.lot, candidate.location, candidate.allocation) == (pick.lot, pick.location, pick.allocation)
            };
            if let Some(candidate) = there.iter_mut().find(place) {
                candidate.free -= pick.quantity;
            }
            picked.push((line.variant, pick));
        }
    }
    Ok(picked)
}
