//! Who comes.

use chrono::{DateTime, Utc};
use db::{Sqlstate, sqlstate, statement};
use kernel::{Actor, CoopId, Permission};
use sea_orm::{ActiveEnum as _, ConnectionTrait, DbErr, DeriveActiveEnum, EnumIter, FromQueryResult};
use uuid::Uuid;

use super::slot;
use crate::{
    deposits::{self, Of},
    promises::{Buyer, PromiseError, Promises, RsvpId, SlotId, name, open_to},
};

/// What became of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "rsvp_state")]
pub enum RsvpState {
    /// They want to come.
    #[sea_orm(string_value = "going")]
    Going,
    /// They do not; the place is free.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
    /// They came.
    #[sea_orm(string_value = "came")]
    Came,
    /// They did not come and did not cancel.
    #[sea_orm(string_value = "no_show")]
    NoShow,
}

/// Somebody who wants to come.
#[derive(Clone, Debug)]
pub struct NewRsvp {
    /// The number of their place.
    pub id: RsvpId,
    /// To what.
    pub slot: SlotId,
    /// Who.
    pub buyer: Buyer,
    /// How they are called at the door.
    pub name: String,
}

/// Somebody's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rsvp {
    /// Its number.
    pub id: RsvpId,
    /// In what.
    pub slot: SlotId,
    /// Whose.
    pub buyer: Buyer,
    /// How they are called at the door.
    pub name: String,
    /// What became of it.
    pub state: RsvpState,
    /// Since when they have it.
    pub replied_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Row {
    rsvp_id: Uuid,
    slot_id: Uuid,
    buyer: String,
    name: String,
    state: RsvpState,
    replied_at: DateTime<Utc>,
}

const READ: &str = "select rsvp_id, slot_id, buyer, name, state, replied_at from rsvp";

impl TryFrom<Row> for Rsvp {
    type Error = PromiseError;

    fn try_from(row: Row) -> Result<Self, PromiseError> {
        Ok(Self {
            id: RsvpId(row.rsvp_id),
            slot: SlotId(row.slot_id),
            buyer: row.buyer.parse()?,
            name: row.name,
            state: row.state,
            replied_at: row.replied_at,
        })
    }
}

impl Promises {
    /// Takes a place. Who has one already keeps that one.
    #[tracing::instrument(name = "slots.rsvp", skip_all, fields(coop.id = %actor.coop, slot.id = %new.slot))]
    pub async fn rsvp(&self, actor: &Actor, new: NewRsvp) -> Result<Rsvp, PromiseError> {
        const INSERT: &str = "
            insert into rsvp (coop_id, rsvp_id, slot_id, buyer, name, replied_at, changed_at) values ($1, $2, $3, $4, $5, $6, $6)
            on conflict do nothing";
        let (coop, now) = (actor.coop, self.clock.now());
        open_to(&new.buyer, actor, || PromiseError::NoSlot(new.slot))?;
        let name = name(&new.name)?;
        let tx = db::begin(&self.db, coop).await?;
        let slot = slot::get(&tx, coop, new.slot).await?;
        if now >= slot.ends_at {
            return Err(PromiseError::Over);
        }
        let values = [coop.0.into(), new.id.0.into(), new.slot.0.into(), new.buyer.as_str().into(), name.into(), now.into()];
        let inserted = tx.execute_raw(statement(INSERT, values)).await.map_err(full)?.rows_affected();
        let sql = format!("{READ} where coop_id = $1 and slot_id = $2 and buyer = $3 and state <> 'cancelled'");
        let values = [coop.0.into(), new.slot.0.into(), new.buyer.as_str().into()];
        let place = Row::find_by_statement(statement(&sql, values)).one(&tx).await?;
        tx.commit().await?;
        match place {
            Some(place) => place.try_into(),
            // The number is that of a place that was cancelled, or of somebody else's
            None if inserted == 0 => Err(PromiseError::Taken),
            None => Err(PromiseError::Full),
        }
    }

    /// Gives a place back. Who had none any more: the same.
    #[tracing::instrument(name = "slots.cancel", skip_all, fields(coop.id = %actor.coop, rsvp.id = %id))]
    pub async fn cancel_rsvp(&self, actor: &Actor, id: RsvpId) -> Result<Rsvp, PromiseError> {
        let now = self.clock.now();
        let tx = db::begin(&self.db, actor.coop).await?;
        let was = lock(&tx, actor.coop, id).await?;
        open_to(&was.buyer, actor, || PromiseError::NoRsvp(id))?;
        match was.state {
            RsvpState::Cancelled => return Ok(was),
            RsvpState::Going if now < slot::get(&tx, actor.coop, was.slot).await?.starts_at => {}
            RsvpState::Going | RsvpState::Came | RsvpState::NoShow => return Err(PromiseError::Over),
        }
        set(&tx, actor.coop, (id, RsvpState::Cancelled), now).await?;
        deposits::change_of(&tx, actor.coop, &[Of::Rsvp(id)], now, deposits::Deposit::give_up).await?;
        tx.commit().await?;
        Ok(Rsvp { state: RsvpState::Cancelled, ..was })
    }

    /// Notes who came, once it has begun. Who did not come forfeits what their deposit says.
    #[tracing::instrument(name = "slots.mark", skip_all, fields(coop.id = %actor.coop, rsvp.id = %id))]
    pub async fn mark_rsvp(&self, actor: &Actor, id: RsvpId, came: bool) -> Result<Rsvp, PromiseError> {
        actor.require(Permission::StockWrite)?;
        let now = self.clock.now();
        let state = if came { RsvpState::Came } else { RsvpState::NoShow };
        let tx = db::begin(&self.db, actor.coop).await?;
        let was = lock(&tx, actor.coop, id).await?;
        if was.state == state {
            return Ok(was);
        }
        let slot = slot::get(&tx, actor.coop, was.slot).await?;
        if now < slot.starts_at {
            return Err(PromiseError::OpensAt(slot.starts_at));
        }
        if was.state != RsvpState::Going {
            return Err(PromiseError::Over);
        }
        set(&tx, actor.coop, (id, state), now).await?;
        if !came {
            deposits::change_of(&tx, actor.coop, &[Of::Rsvp(id)], now, deposits::Deposit::no_show).await?;
        }
        tx.commit().await?;
        Ok(Rsvp { state, ..was })
    }

    /// The places of a slot after that one, oldest first.
    pub async fn rsvps_page(&self, coop: CoopId, slot: SlotId, limit: i64, after: Option<RsvpId>) -> Result<Vec<Rsvp>, PromiseError> {
        let sql = format!("{READ} where coop_id = $1 and slot_id = $2 and ($4::uuid is null or rsvp_id > $4) order by rsvp_id limit $3");
        let values = [coop.0.into(), slot.0.into(), limit.into(), after.map(|id| id.0).into()];
        let tx = db::begin(&self.db, coop).await?;
        let rows = Row::find_by_statement(statement(&sql, values)).all(&tx).await?;
        tx.commit().await?;
        rows.into_iter().map(Rsvp::try_from).collect()
    }
}

async fn lock(tx: &db::Tx, coop: CoopId, id: RsvpId) -> Result<Rsvp, PromiseError> {
    let sql = format!("{READ} where coop_id = $1 and rsvp_id = $2 for update");
    let row = Row::find_by_statement(statement(&sql, [coop.0.into(), id.0.into()])).one(tx).await?;
    row.ok_or(PromiseError::NoRsvp(id))?.try_into()
}

async fn set(tx: &db::Tx, coop: CoopId, (id, state): (RsvpId, RsvpState), now: DateTime<Utc>) -> Result<(), DbErr> {
    const SET: &str = "update rsvp set state = $3::rsvp_state, changed_at = $4 where coop_id = $1 and rsvp_id = $2";
    tx.execute_raw(statement(SET, [coop.0.into(), id.0.into(), state.to_value().into(), now.into()])).await?;
    Ok(())
}

/// The only limit that an answer can break.
fn full(error: DbErr) -> PromiseError {
    match sqlstate(&error) {
        Some(Sqlstate::ConstraintViolation) => PromiseError::Full,
        _ => error.into(),
    }
}
