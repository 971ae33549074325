//! Asking for deposits and noting what was paid.

use chrono::{DateTime, SubsecRound as _, Utc};
use db::statement;
use kernel::{Actor, CoopId, Permission, ReservationId};
use sea_orm::{ConnectionTrait as _, DbErr};
use uuid::Uuid;

use super::{ALL_BPS, Deposit, Of, Terms, insert, of_many, repo, save};
use crate::promises::{self, DepositId, PromiseError, Promises};

/// More than this is not paid for anything here.
const MAX_MINOR: i64 = 1_000_000_000_000;

/// Which part was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Part {
    /// What is paid at once.
    Deposit,
    /// The rest: what it is for is sold with it.
    Balance,
}

impl Promises {
    /// Asks for a deposit on a place or on goods that are held; a preorder has its own from its round. Again: the same.
    #[tracing::instrument(name = "deposits.ask", skip_all, fields(coop.id = %actor.coop))]
    pub async fn ask_deposit(&self, actor: &Actor, of: Of, terms: Terms) -> Result<Deposit, PromiseError> {
        actor.require(Permission::StockWrite)?;
        let is_sound = (0..=MAX_MINOR).contains(&terms.total) && (0..=terms.total).contains(&terms.deposit);
        if !is_sound || !(0..=ALL_BPS).contains(&terms.forfeit_bps) {
            let sentence = format!("a deposit is at most the total, and 0 to {ALL_BPS} ten-thousandths of it are forfeited");
            return Err(PromiseError::Invalid(sentence));
        }
        let tx = db::begin(&self.db, actor.coop).await?;
        insert(&tx, actor.coop, of, &Deposit::new(DepositId(of.key()), terms), self.clock.now()).await?;
        let known = of_many(&tx, actor.coop, &[of]).await?.pop();
        tx.commit().await?;
        match known {
            Some((_, deposit)) if deposit.terms == terms => Ok(deposit),
            _ => Err(PromiseError::Taken),
        }
    }

    /// Notes that a part was paid; the money itself moved at the checkout. With the balance, what was held for it is sold.
    /// Again: the same.
    #[tracing::instrument(name = "deposits.record", skip_all, fields(coop.id = %actor.coop, deposit.id = %id))]
    pub async fn record_payment(&self, actor: &Actor, id: DepositId, part: Part) -> Result<Deposit, PromiseError> {
        actor.require(Permission::StockWrite)?;
        let now = self.clock.now();
        let tx = db::begin(&self.db, actor.coop).await?;
        let of = repo::find(&tx, actor.coop, id).await?.ok_or(PromiseError::NoDeposit(id))?;
        let reservation = lock_thing(&tx, actor.coop, of).await?;
        let was = repo::lock(&tx, actor.coop, id).await?.ok_or(PromiseError::NoDeposit(id))?;
        let becomes = match part {
            Part::Deposit => was.pay()?,
            Part::Balance => was.settle()?,
        };
        if becomes == was {
            return Ok(was);
        }
        if let (Part::Balance, Some(reservation)) = (part, reservation) {
            promises::confirm(&tx, actor.coop, reservation, now).await?;
        }
        save(&tx, actor.coop, &[becomes], now).await?;
        tx.commit().await?;
        Ok(becomes)
    }

    /// What is ready, on a day: the balance of a place or of goods that are held is asked for by then.
    pub async fn ask_balance(&self, actor: &Actor, id: DepositId, by: DateTime<Utc>) -> Result<Deposit, PromiseError> {
        actor.require(Permission::StockWrite)?;
        let now = self.clock.now();
        if by <= now {
            return Err(PromiseError::Invalid("a balance is asked for by a day to come".to_owned()));
        }
        let tx = db::begin(&self.db, actor.coop).await?;
        let of = repo::find(&tx, actor.coop, id).await?.ok_or(PromiseError::NoDeposit(id))?;
        if let Of::Preorder(_) = of {
            return Err(PromiseError::Invalid("the balance of a preorder is asked for when its goods are there".to_owned()));
        }
        lock_thing(&tx, actor.coop, of).await?;
        let was = repo::lock(&tx, actor.coop, id).await?.ok_or(PromiseError::NoDeposit(id))?;
        let becomes = was.ask_balance(by.trunc_subsecs(6))?;
        save(&tx, actor.coop, &[becomes], now).await?;
        tx.commit().await?;
        Ok(becomes)
    }

    /// The deposits of these things.
    pub async fn deposits_of(&self, coop: CoopId, things: &[Of]) -> Result<Vec<(Of, Deposit)>, PromiseError> {
        let tx = db::begin(&self.db, coop).await?;
        let found = of_many(&tx, coop, things).await?;
        tx.commit().await?;
        Ok(found)
    }
}

/// Locks what a deposit is of, as everybody does who changes one or the other, and says what holds its goods.
async fn lock_thing(tx: &db::Tx, coop: CoopId, of: Of) -> Result<Option<ReservationId>, DbErr> {
    const PREORDER: &str = "select reservation_id from preorder where coop_id = $1 and preorder_id = $2 for update";
    const RSVP: &str = "select null::uuid as reservation_id from rsvp where coop_id = $1 and rsvp_id = $2 for update";
    let sql = match of {
        Of::Reservation(reservation) => return Ok(Some(reservation)),
        Of::Preorder(_) => PREORDER,
        Of::Rsvp(_) => RSVP,
    };
    let row = tx.query_one_raw(statement(sql, [coop.0.into(), of.key().into()])).await?;
    Ok(row.map_or(Ok(None), |row| row.try_get::<Option<Uuid>>("", "reservation_id"))?.map(ReservationId))
}
