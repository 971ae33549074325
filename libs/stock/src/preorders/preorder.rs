//! Ordering ahead, and serving the line.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use db::{Sqlstate, sqlstate, statement};
use kernel::{Actor, CoopId, ReservationId, VariantId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::round;
use crate::{
    deposits::{self, Deposit, Of},
    promises::{self, Buyer, DepositId, Hold, PreorderId, PromiseError, Promises, RoundId, letter, offer_id, open_to, positive},
};

const MAX_UNITS: i32 = 1_000;

/// How far a preorder has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PreorderState {
    /// In the line.
    Waiting,
    /// Its goods are held and wait for the balance.
    Ready,
    /// Sold.
    Sold,
    /// The balance did not come in time; the goods went to others.
    Lapsed,
    /// Given up.
    Cancelled,
}

/// An order for what is not there yet.
#[derive(Clone, Debug)]
pub struct NewPreorder {
    /// Its number: placing it again with it is the same order.
    pub id: PreorderId,
    /// Of which round.
    pub round: RoundId,
    /// For whom.
    pub buyer: Buyer,
    /// Where the letter goes when it is ready.
    pub email: Option<String>,
    /// How many.
    pub quantity: i32,
}

/// A preorder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preorder {
    /// Its number.
    pub id: PreorderId,
    /// Where it stands in the line.
    pub place: i64,
    /// Of which round.
    pub round: RoundId,
    /// Of what.
    pub variant: VariantId,
    /// For whom.
    pub buyer: Buyer,
    /// How many.
    pub quantity: i32,
    /// How far it has come.
    pub state: PreorderState,
    /// What holds its goods.
    pub reservation: Option<ReservationId>,
    /// Since when it is ordered.
    pub placed_at: DateTime<Utc>,
    /// It is shipped by that day.
    pub ship_by: NaiveDate,
}

/// Which preorders a page holds.
#[derive(Clone, Debug, Default)]
pub struct PreorderFilter {
    /// Those of one round.
    pub round: Option<RoundId>,
    /// Those of one buyer.
    pub buyer: Option<Buyer>,
    /// Those that wait although their day has passed.
    pub late_on: Option<NaiveDate>,
}

#[derive(FromQueryResult)]
struct Row {
    preorder_id: Uuid,
    place: i64,
    round_id: Uuid,
    variant_id: Uuid,
    buyer: String,
    quantity: i32,
    state: String,
    reservation_id: Option<Uuid>,
    placed_at: DateTime<Utc>,
    ship_by: NaiveDate,
}

const READ: &str = "
select preorder.preorder_id, preorder.place, preorder.round_id, preorder.variant_id, preorder.buyer, preorder.quantity,
       coalesce((select reservation.state::text from reservation where reservation.coop_id = preorder.coop_id
           and reservation.reservation_id = preorder.reservation_id), preorder.state::text) as state,
       preorder.reservation_id, preorder.placed_at, preorder_round.ship_by
from preorder join preorder_round on preorder_round.coop_id = preorder.coop_id and preorder_round.round_id = preorder.round_id";

impl TryFrom<Row> for Preorder {
    type Error = PromiseError;

    fn try_from(row: Row) -> Result<Self, PromiseError> {
        let state = match row.state.as_str() {
            "waiting" => PreorderState::Waiting,
            "held" => PreorderState::Ready,
            "confirmed" => PreorderState::Sold,
            "released" | "expired" => PreorderState::Lapsed,
            "cancelled" => PreorderState::Cancelled,
            other => return Err(DbErr::Type(format!("{other} is no state of a preorder")).into()),
        };
        Ok(Self {
            id: PreorderId(row.preorder_id),
            place: row.place,
            round: RoundId(row.round_id),
            variant: VariantId(row.variant_id),
            buyer: row.buyer.parse()?,
            quantity: row.quantity,
            state,
            reservation: row.reservation_id.map(ReservationId),
            placed_at: row.placed_at,
            ship_by: row.ship_by,
        })
    }
}

impl Promises {
    /// Orders ahead, within the cap. The deposit that the round asks for is due at once. Again with the same number: the same.
    #[tracing::instrument(name = "preorders.place", skip_all, fields(coop.id = %actor.coop, round.id = %new.round))]
    pub async fn place_preorder(&self, actor: &Actor, new: NewPreorder) -> Result<Preorder, PromiseError> {
        const INSERT: &str = "
            insert into preorder (coop_id, preorder_id, round_id, variant_id, buyer, email, quantity, placed_at, changed_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $8) on conflict do nothing";
        let (coop, now) = (actor.coop, self.clock.now());
        open_to(&new.buyer, actor, || PromiseError::NoRound(new.round))?;
        positive("the quantity", new.quantity, MAX_UNITS)?;
        if let Some(email) = &new.email {
            Buyer::email(email)?;
        }
        let tx = db::begin(&self.db, coop).await?;
        let round = round::get(&tx, coop, new.round).await?;
        let known = find(&tx, coop, new.id).await?;
        if let Some(known) = known {
            let is_same = (known.round, &known.buyer, known.quantity) == (new.round, &new.buyer, new.quantity);
            return if is_same { Ok(known) } else { Err(PromiseError::Taken) };
        }
        if round.closes_at.is_some_and(|closes_at| now >= closes_at) {
            return Err(PromiseError::Over);
        }
        let values = [
            coop.0.into(),
            new.id.0.into(),
            new.round.0.into(),
            round.variant.0.into(),
            new.buyer.as_str().into(),
            new.email.as_deref().map(str::trim).into(),
            new.quantity.into(),
            now.into(),
        ];
        tx.execute_raw(statement(INSERT, values)).await.map_err(sold_out)?;
        let deposit = Deposit::new(DepositId(new.id.0), round.terms(new.quantity));
        deposits::insert(&tx, coop, Of::Preorder(new.id), &deposit, now).await?;
        let placed = find(&tx, coop, new.id).await?.ok_or(PromiseError::NoPreorder(new.id))?;
        tx.commit().await?;
        Ok(placed)
    }

    /// Gives a preorder up. While it waits the whole deposit goes back; when its goods are held, the rule for not coming counts.
    #[tracing::instrument(name = "preorders.cancel", skip_all, fields(coop.id = %actor.coop, preorder.id = %id))]
    pub async fn cancel_preorder(&self, actor: &Actor, id: PreorderId) -> Result<Preorder, PromiseError> {
        const LOCK: &str = "select preorder_id from preorder where coop_id = $1 and preorder_id = $2 for update";
        const CANCEL: &str = "
            update preorder set state = 'cancelled', reservation_id = null, changed_at = $3 where coop_id = $1 and preorder_id = $2";
        let (coop, now) = (actor.coop, self.clock.now());
        let tx = db::begin(&self.db, coop).await?;
        tx.query_one_raw(statement(LOCK, [coop.0.into(), id.0.into()])).await?;
        let was = find(&tx, coop, id).await?.ok_or(PromiseError::NoPreorder(id))?;
        open_to(&was.buyer, actor, || PromiseError::NoPreorder(id))?;
        match (was.state, was.reservation) {
            (PreorderState::Cancelled, _) => return Ok(was),
            (PreorderState::Sold | PreorderState::Lapsed, _) => return Err(PromiseError::Over),
            (PreorderState::Ready, Some(reservation)) => promises::release(&tx, coop, reservation, now).await?,
            (PreorderState::Waiting | PreorderState::Ready, _) => {}
        }
        tx.execute_raw(statement(CANCEL, [coop.0.into(), id.0.into(), now.into()])).await?;
        deposits::change_of(&tx, coop, &[Of::Preorder(id)], now, Deposit::give_up).await?;
        tx.commit().await?;
        Ok(Preorder { state: PreorderState::Cancelled, reservation: None, ..was })
    }

    /// A preorder, for its buyer and for those who may act for every one.
    pub async fn preorder(&self, actor: &Actor, id: PreorderId) -> Result<Preorder, PromiseError> {
        let tx = db::begin(&self.db, actor.coop).await?;
        let found = find(&tx, actor.coop, id).await?.ok_or(PromiseError::NoPreorder(id))?;
        tx.commit().await?;
        open_to(&found.buyer, actor, || PromiseError::NoPreorder(id))?;
        Ok(found)
    }

    /// The preorders after that place in the line, oldest first.
    pub async fn preorders_page(
        &self,
        coop: CoopId,
        filter: &PreorderFilter,
        limit: i64,
        after: Option<i64>,
    ) -> Result<Vec<Preorder>, PromiseError> {
        let sql = format!(
            "{READ} where preorder.coop_id = $1 and preorder.place > $3 and ($4::uuid is null or preorder.round_id = $4)
               and ($5::text is null or preorder.buyer = $5)
               and ($6::date is null or (preorder.state = 'waiting' and preorder_round.ship_by < $6))
             order by preorder.place limit $2"
        );
        let values = [
            coop.0.into(),
            limit.into(),
            after.unwrap_or(0).into(),
            filter.round.map(|round| round.0).into(),
            filter.buyer.as_ref().map(|buyer| buyer.as_str().to_owned()).into(),
            filter.late_on.into(),
        ];
        let tx = db::begin(&self.db, coop).await?;
        let rows = Row::find_by_statement(statement(&sql, values)).all(&tx).await?;
        tx.commit().await?;
        rows.into_iter().map(Preorder::try_from).collect()
    }
}

#[derive(FromQueryResult)]
struct Next {
    preorder_id: Uuid,
    quantity: i32,
    hold_hours: i32,
    has_email: bool,
}

/// Those of whom something may be served: waiting, and paid for as far as was asked.
const NEXT: &str = "
select preorder.preorder_id, preorder.quantity, preorder_round.hold_hours, preorder.email is not null as has_email
from preorder
join preorder_round on preorder_round.coop_id = preorder.coop_id and preorder_round.round_id = preorder.round_id
join deposit on deposit.coop_id = preorder.coop_id and deposit.preorder_id = preorder.preorder_id and deposit.state = 'paid'
where preorder.coop_id = $1 and preorder.variant_id = $2 and preorder.state = 'waiting'
order by preorder.place limit 1 for update of preorder";

/// Variants of which something is free and somebody waits who may be served, longest first.
pub(crate) async fn lines_waiting(tx: &db::Tx, coop: CoopId, limit: i64) -> Result<Vec<VariantId>, DbErr> {
    const LINES: &str = "
        select preorder.variant_id from preorder
        join deposit on deposit.coop_id = preorder.coop_id and deposit.preorder_id = preorder.preorder_id and deposit.state = 'paid'
        where preorder.coop_id = $1 and preorder.state = 'waiting' and exists (
            select from stock where stock.coop_id = $1 and stock.variant_id = preorder.variant_id and stock.stocked
                and stock.on_hand > stock.reserved + stock.allocated)
        group by 1 order by min(preorder.place) limit $2";
    let rows = tx.query_all_raw(statement(LINES, [coop.0.into(), limit.into()])).await?;
    rows.iter().map(|row| row.try_get("", "variant_id").map(VariantId)).collect()
}

/// Serves the first in the line of a variant: their goods are held, their balance is asked for, their letter is put in.
pub(crate) async fn serve(tx: &db::Tx, coop: CoopId, variant: VariantId, now: DateTime<Utc>) -> Result<promises::Served, PromiseError> {
    const SERVED: &str = "
        update preorder set state = 'reserved', reservation_id = $3, changed_at = $4 where coop_id = $1 and preorder_id = $2";
    let Some(next) = Next::find_by_statement(statement(NEXT, [coop.0.into(), variant.0.into()])).one(tx).await? else {
        return Ok(promises::Served::NobodyWaits);
    };
    let id = PreorderId(next.preorder_id);
    let reservation = offer_id(id.0);
    let until = now + TimeDelta::hours(i64::from(next.hold_hours));
    let lines = [(variant, next.quantity)];
    if !promises::try_hold(tx, coop, &Hold { id: reservation, source: "preorder", lines: &lines, location: None, until, now }).await? {
        return Ok(promises::Served::TooLittle);
    }
    tx.execute_raw(statement(SERVED, [coop.0.into(), id.0.into(), reservation.0.into(), now.into()])).await?;
    deposits::change_of(tx, coop, &[Of::Preorder(id)], now, |deposit| deposit.ask_balance(until)).await?;
    if next.has_email {
        letter(tx, coop, &promises::MailOffer::Preorder(id)).await?;
    }
    Ok(promises::Served::One)
}

async fn find(db: &impl ConnectionTrait, coop: CoopId, id: PreorderId) -> Result<Option<Preorder>, PromiseError> {
    let sql = format!("{READ} where preorder.coop_id = $1 and preorder.preorder_id = $2");
    let row = Row::find_by_statement(statement(&sql, [coop.0.into(), id.0.into()])).one(db).await?;
    row.map(Preorder::try_from).transpose()
}

/// The cap is the only limit that an order can break.
fn sold_out(error: DbErr) -> PromiseError {
    match sqlstate(&error) {
        Some(Sqlstate::ConstraintViolation) => PromiseError::SoldOut,
        _ => error.into(),
    }
}
