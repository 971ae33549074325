//! Taking part in a drop.

use chrono::{DateTime, TimeDelta, Utc};
use db::statement;
use kernel::{Actor, CoopId, ReservationId, VariantId};
use sea_orm::{ConnectionTrait as _, FromQueryResult};
use uuid::Uuid;

use super::{
    Door, Drop,
    drop::{self},
};
use crate::promises::{self, Buyer, DropId, Hold, PromiseError, Promises};

/// What somebody wants of a drop.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The number of the reservation: claiming again with it is the same claim.
    pub reservation: ReservationId,
    /// Of which drop.
    pub drop: DropId,
    /// For whom.
    pub buyer: Buyer,
    /// What, and how many: all of it or nothing.
    pub lines: Vec<(VariantId, i32)>,
}

/// What somebody has of a drop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The reservation that holds it.
    pub reservation: ReservationId,
    /// Of which drop.
    pub drop: DropId,
    /// For whom.
    pub buyer: Buyer,
    /// Units.
    pub quantity: i32,
    /// How long it is held.
    pub until: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Row {
    drop_id: Uuid,
    buyer: String,
    quantity: i32,
    expires_at: DateTime<Utc>,
    is_over: bool,
}

#[derive(FromQueryResult)]
struct Verdict {
    verdict: String,
}

impl Promises {
    /// Holds goods of a drop for a buyer: all lines or nothing, within both limits. Again with the same reservation: the same.
    #[tracing::instrument(name = "drops.claim", skip_all, fields(coop.id = %actor.coop, drop.id = %claim.drop))]
    pub async fn claim(&self, actor: &Actor, claim: Claim) -> Result<Claimed, PromiseError> {
        const TAKE: &str = "select claim_of_drop($1, $2, $3, $4, $5, $6) as verdict";
        let coop = actor.coop;
        if !claim.buyer.is_open_to(actor) {
            return Err(PromiseError::NoDrop(claim.drop));
        }
        let now = self.clock.now();
        let tx = db::begin(&self.db, coop).await?;
        let quantity = claim.lines.iter().fold(0_i32, |sum, (_, quantity)| sum.saturating_add(*quantity));
        if let Some(known) = known(&tx, coop, claim.reservation, now).await? {
            let is_same = (known.drop, &known.buyer, known.quantity) == (claim.drop, &claim.buyer, quantity);
            return if is_same { Ok(known) } else { Err(PromiseError::Taken) };
        }
        let drop = drop::get(&tx, coop, claim.drop).await?;
        may_enter(&tx, (coop, &drop), &claim, now).await?;
        let until = now + TimeDelta::minutes(i64::from(drop.hold_minutes));
        promises::hold(&tx, coop, &Hold { id: claim.reservation, source: "drop", lines: &claim.lines, location: None, until, now }).await?;
        let values =
            [coop.0.into(), claim.drop.0.into(), claim.reservation.0.into(), claim.buyer.as_str().into(), quantity.into(), now.into()];
        let verdict = Verdict::find_by_statement(statement(TAKE, values)).one(&tx).await?.map(|row| row.verdict);
        match verdict.as_deref() {
            Some("ok") => {}
            Some("limit") => return Err(PromiseError::Limit(drop.per_buyer)),
            _ => return Err(PromiseError::SoldOut),
        }
        tx.commit().await?;
        Ok(Claimed { reservation: claim.reservation, drop: claim.drop, buyer: claim.buyer, quantity, until })
    }
}

/// Whether the drop is open to the buyer, and everything they want is in it.
async fn may_enter(tx: &db::Tx, (coop, drop): (CoopId, &Drop), claim: &Claim, now: DateTime<Utc>) -> Result<(), PromiseError> {
    const LEVEL: &str = "select level from buyer_level where coop_id = $1 and buyer = $2";
    if let Some((stranger, _)) = claim.lines.iter().find(|(variant, _)| !drop.variants.contains(variant)) {
        return Err(PromiseError::NotInDrop(*stranger));
    }
    let row = tx.query_one_raw(statement(LEVEL, [coop.0.into(), claim.buyer.as_str().into()])).await?;
    let level = row.map_or(Ok(0), |row| row.try_get::<i16>("", "level"))?;
    match drop.opening.door(level, now) {
        Door::Open => Ok(()),
        Door::OpensAt(at) => Err(PromiseError::OpensAt(at)),
        Door::Over => Err(PromiseError::Over),
    }
}

async fn known(tx: &db::Tx, coop: CoopId, reservation: ReservationId, now: DateTime<Utc>) -> Result<Option<Claimed>, PromiseError> {
    const KNOWN: &str = "
        select drop_id, buyer, quantity, expires_at,
               reservation.state in ('released', 'expired') or (reservation.state = 'held' and expires_at <= $3) as is_over
        from drop_claim
        join reservation on reservation.coop_id = drop_claim.coop_id and reservation.reservation_id = drop_claim.reservation_id
        where drop_claim.coop_id = $1 and drop_claim.reservation_id = $2";
    let row = Row::find_by_statement(statement(KNOWN, [coop.0.into(), reservation.0.into(), now.into()])).one(tx).await?;
    let read = |row: Row| {
        if row.is_over {
            return Err(PromiseError::Lapsed);
        }
        let (drop, buyer) = (DropId(row.drop_id), row.buyer.parse()?);
        Ok(Claimed { reservation, drop, buyer, quantity: row.quantity, until: row.expires_at })
    };
    row.map(read).transpose()
}
