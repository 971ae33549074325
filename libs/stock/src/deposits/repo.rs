//! Deposits in the database, many at a time.

use chrono::{DateTime, Utc};
use db::{column, parsed, statement};
use kernel::{CoopId, ReservationId};
use sea_orm::{ActiveEnum as _, ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use super::{Deposit, NotNow, Terms};
use crate::{
    drops::no_such_thing,
    promises::{DepositId, PreorderId, PromiseError, RsvpId},
};

/// What a deposit is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub enum Of {
    /// A preorder.
    Preorder(PreorderId),
    /// A place.
    Rsvp(RsvpId),
    /// Goods that are held.
    Reservation(ReservationId),
}

impl Of {
    pub(crate) const fn key(self) -> Uuid {
        match self {
            Self::Preorder(id) => id.0,
            Self::Rsvp(id) => id.0,
            Self::Reservation(id) => id.0,
        }
    }
}

const READ: &str = "
select deposit_id, preorder_id, rsvp_id, reservation_id, currency, total, deposit, forfeit_bps, state, balance_due_at, kept, back
from deposit";

fn read(row: &QueryResult) -> Result<(Of, Deposit), DbErr> {
    let preorder = row.try_get::<Option<Uuid>>("", "preorder_id")?.map(|id| Of::Preorder(PreorderId(id)));
    let rsvp = row.try_get::<Option<Uuid>>("", "rsvp_id")?.map(|id| Of::Rsvp(RsvpId(id)));
    let reservation = row.try_get::<Option<Uuid>>("", "reservation_id")?.map(|id| Of::Reservation(ReservationId(id)));
    let of = preorder.or(rsvp).or(reservation).ok_or_else(|| DbErr::Type("a deposit of nothing".to_owned()))?;
    let terms = Terms {
        currency: parsed(row, "currency")?,
        total: row.try_get("", "total")?,
        deposit: row.try_get("", "deposit")?,
        forfeit_bps: row.try_get("", "forfeit_bps")?,
    };
    let deposit = Deposit {
        id: DepositId(row.try_get("", "deposit_id")?),
        terms,
        state: row.try_get("", "state")?,
        balance_due_at: row.try_get("", "balance_due_at")?,
        kept: row.try_get("", "kept")?,
        back: row.try_get("", "back")?,
    };
    Ok((of, deposit))
}

/// Writes a new one. `false`: there is one of that already.
pub(crate) async fn insert(tx: &db::Tx, coop: CoopId, of: Of, new: &Deposit, now: DateTime<Utc>) -> Result<bool, PromiseError> {
    const INSERT: &str = "
        insert into deposit (coop_id, deposit_id, preorder_id, rsvp_id, reservation_id, currency, total, deposit, forfeit_bps, state, changed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::deposit_state, $11) on conflict do nothing";
    let of = match of {
        Of::Preorder(id) => [Some(id.0), None, None],
        Of::Rsvp(id) => [None, Some(id.0), None],
        Of::Reservation(id) => [None, None, Some(id.0)],
    };
    let values = [
        coop.0.into(),
        new.id.0.into(),
        of[0].into(),
        of[1].into(),
        of[2].into(),
        new.terms.currency.code().into(),
        new.terms.total.into(),
        new.terms.deposit.into(),
        new.terms.forfeit_bps.into(),
        new.state.to_value().into(),
        now.into(),
    ];
    Ok(tx.execute_raw(statement(INSERT, values)).await.map_err(no_such_thing)?.rows_affected() > 0)
}

/// What the deposit of that number is of.
pub(super) async fn find(db: &impl ConnectionTrait, coop: CoopId, id: DepositId) -> Result<Option<Of>, DbErr> {
    let sql = format!("{READ} where coop_id = $1 and deposit_id = $2");
    let row = db.query_one_raw(statement(&sql, [coop.0.into(), id.0.into()])).await?;
    row.map(|row| read(&row).map(|(of, _)| of)).transpose()
}

/// The deposit of that number, locked.
pub(super) async fn lock(tx: &db::Tx, coop: CoopId, id: DepositId) -> Result<Option<Deposit>, DbErr> {
    let sql = format!("{READ} where coop_id = $1 and deposit_id = $2 for update");
    let row = tx.query_one_raw(statement(&sql, [coop.0.into(), id.0.into()])).await?;
    row.map(|row| read(&row).map(|(_, deposit)| deposit)).transpose()
}

/// The deposits of these things; those without are left out.
pub async fn of_many(db: &impl ConnectionTrait, coop: CoopId, things: &[Of]) -> Result<Vec<(Of, Deposit)>, DbErr> {
    let sql = format!(
        "{READ} where coop_id = $1 and (preorder_id = any ($2) or rsvp_id = any ($2) or reservation_id = any ($2)) order by deposit_id"
    );
    let rows = db.query_all_raw(statement(&sql, [coop.0.into(), column(things, |of| of.key())])).await?;
    rows.iter().map(read).collect()
}

/// Those whose balance was not paid in time, locked, of whom nobody else is changing.
pub(crate) async fn overdue(tx: &db::Tx, coop: CoopId, now: DateTime<Utc>, limit: i64) -> Result<Vec<Deposit>, DbErr> {
    let sql = format!(
        "{READ} where coop_id = $1 and state = 'ready' and balance_due_at <= $2 order by balance_due_at limit $3 for update skip locked"
    );
    let rows = tx.query_all_raw(statement(&sql, [coop.0.into(), now.into(), limit.into()])).await?;
    rows.iter().map(|row| read(row).map(|(_, deposit)| deposit)).collect()
}

/// Writes what they have become.
pub(crate) async fn save(tx: &db::Tx, coop: CoopId, deposits: &[Deposit], now: DateTime<Utc>) -> Result<(), DbErr> {
    // Arrays hold no absent values: the epoch is nobody's day of payment
    const SAVE: &str = "
        update deposit set state = becomes.state::deposit_state, balance_due_at = nullif(becomes.due, to_timestamp(0)), kept = becomes.kept,
            back = becomes.back, changed_at = $2
        from unnest($3::uuid[], $4::text[], $5::timestamptz[], $6::int8[], $7::int8[]) as becomes (deposit_id, state, due, kept, back)
        where deposit.coop_id = $1 and deposit.deposit_id = becomes.deposit_id";
    if deposits.is_empty() {
        return Ok(());
    }
    let values = [
        coop.0.into(),
        now.into(),
        column(deposits, |deposit| deposit.id.0),
        column(deposits, |deposit| deposit.state.to_value()),
        column(deposits, |deposit| deposit.balance_due_at.unwrap_or_default()),
        column(deposits, |deposit| deposit.kept),
        column(deposits, |deposit| deposit.back),
    ];
    tx.execute_raw(statement(SAVE, values)).await?;
    Ok(())
}

/// Changes the deposits of these things, where there are some. The things are locked by the caller, and their deposits with them.
pub(crate) async fn change_of(
    tx: &db::Tx,
    coop: CoopId,
    things: &[Of],
    now: DateTime<Utc>,
    change: impl Fn(Deposit) -> Result<Deposit, NotNow>,
) -> Result<(), PromiseError> {
    let sql = format!(
        "{READ} where coop_id = $1 and (preorder_id = any ($2) or rsvp_id = any ($2) or reservation_id = any ($2)) order by deposit_id for update"
    );
    let rows = tx.query_all_raw(statement(&sql, [coop.0.into(), column(things, |of| of.key())])).await?;
    let deposits = rows.iter().map(|row| read(row).map(|(_, deposit)| deposit)).collect::<Result<Vec<_>, _>>()?;
    let becomes = deposits.into_iter().map(change).collect::<Result<Vec<_>, _>>()?;
    Ok(save(tx, coop, &becomes, now).await?)
}
