//! Rounds of preorders.

use chrono::{DateTime, NaiveDate, SubsecRound as _, Utc};
use db::statement;
use kernel::{Actor, CoopId, Currency, Permission, VariantId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::{
    deposits::{ALL_BPS, Terms},
    drops::{below_taken, no_such_thing},
    promises::{PromiseError, Promises, RoundId, positive},
};

const MAX_UNITS: i32 = 1_000_000;
const MAX_MINOR: i64 = 1_000_000_000_000;
const MAX_HOLD_HOURS: i32 = 8_760;

/// A round to be opened. Amounts are minor units of `currency`.
#[derive(Clone, Debug)]
pub struct NewRound {
    /// Its number: opening it again with it is the same round.
    pub id: RoundId,
    /// Of what.
    pub variant: VariantId,
    /// It is shipped by that day.
    pub ship_by: NaiveDate,
    /// When it closes; `None`: when the cap is reached.
    pub closes_at: Option<DateTime<Utc>>,
    /// Units in all.
    pub quantity: i32,
    /// What is paid in.
    pub currency: Currency,
    /// For one unit, tax inside.
    pub price: i64,
    /// Of it, at once.
    pub deposit: i64,
    /// How much of the deposit is kept when the buyer does not come, in ten-thousandths.
    pub forfeit_bps: i32,
    /// How long the goods wait for the balance.
    pub hold_hours: i32,
}

/// What of a round is to be different.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChangeRound {
    /// It is shipped by that day.
    pub ship_by: Option<NaiveDate>,
    /// When it closes.
    pub closes_at: Option<DateTime<Utc>>,
    /// Units in all.
    pub quantity: Option<i32>,
}

/// A round of preorders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Its number.
    pub id: RoundId,
    /// Of what.
    pub variant: VariantId,
    /// It is shipped by that day.
    pub ship_by: NaiveDate,
    /// When it closes; `None`: when the cap is reached.
    pub closes_at: Option<DateTime<Utc>>,
    /// Units in all.
    pub quantity: i32,
    /// Units that are ordered.
    pub taken: i32,
    /// What is paid in.
    pub currency: Currency,
    /// For one unit, tax inside.
    pub price: i64,
    /// Of it, at once.
    pub deposit: i64,
    /// How much of the deposit is kept when the buyer does not come, in ten-thousandths.
    pub forfeit_bps: i32,
    /// How long the goods wait for the balance.
    pub hold_hours: i32,
}

#[derive(FromQueryResult)]
struct Row {
    round_id: Uuid,
    variant_id: Uuid,
    ship_by: NaiveDate,
    closes_at: Option<DateTime<Utc>>,
    quantity: i32,
    taken: i32,
    currency: String,
    price: i64,
    deposit: i64,
    forfeit_bps: i32,
    hold_hours: i32,
}

const READ: &str = "
select round_id, variant_id, ship_by, closes_at, quantity, taken, currency, price, deposit, forfeit_bps, hold_hours from preorder_round";

impl TryFrom<Row> for Round {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        Ok(Self {
            id: RoundId(row.round_id),
            variant: VariantId(row.variant_id),
            ship_by: row.ship_by,
            closes_at: row.closes_at,
            quantity: row.quantity,
            taken: row.taken,
            currency: row.currency.parse().map_err(|_| DbErr::Type(format!("{} is no currency", row.currency)))?,
            price: row.price,
            deposit: row.deposit,
            forfeit_bps: row.forfeit_bps,
            hold_hours: row.hold_hours,
        })
    }
}

impl Round {
    /// What so many units cost, and what of it is paid at once.
    pub fn terms(&self, quantity: i32) -> Terms {
        let of = |minor: i64| minor.saturating_mul(i64::from(quantity));
        Terms { currency: self.currency, total: of(self.price), deposit: of(self.deposit), forfeit_bps: self.forfeit_bps }
    }
}

impl NewRound {
    fn checked(self) -> Result<Round, PromiseError> {
        positive("the quantity", self.quantity, MAX_UNITS)?;
        positive("the hours of a hold", self.hold_hours, MAX_HOLD_HOURS)?;
        let is_sound = (0..=MAX_MINOR).contains(&self.price) && (0..=self.price).contains(&self.deposit);
        if !is_sound || !(0..=ALL_BPS).contains(&self.forfeit_bps) {
            let sentence = format!("a deposit is at most the price, and 0 to {ALL_BPS} ten-thousandths of it are forfeited");
            return Err(PromiseError::Invalid(sentence));
        }
        let Self { id, variant, ship_by, closes_at, quantity, currency, price, deposit, forfeit_bps, hold_hours } = self;
        let closes_at = closes_at.map(|at| at.trunc_subsecs(6));
        Ok(Round { id, variant, ship_by, closes_at, quantity, taken: 0, currency, price, deposit, forfeit_bps, hold_hours })
    }
}

impl Promises {
    /// Opens a round; no stock is needed. Again with the same number: the same round.
    #[tracing::instrument(name = "preorders.open", skip_all, fields(coop.id = %actor.coop, round.id = %new.id))]
    pub async fn open_round(&self, actor: &Actor, new: NewRound) -> Result<Round, PromiseError> {
        const INSERT: &str = "
            insert into preorder_round (coop_id, round_id, variant_id, ship_by, closes_at, quantity, currency, price, deposit, forfeit_bps,
                hold_hours, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing";
        actor.require(Permission::StockWrite)?;
        let wanted = new.checked()?;
        let values = [
            actor.coop.0.into(),
            wanted.id.0.into(),
            wanted.variant.0.into(),
            wanted.ship_by.into(),
            wanted.closes_at.into(),
            wanted.quantity.into(),
            wanted.currency.code().into(),
            wanted.price.into(),
            wanted.deposit.into(),
            wanted.forfeit_bps.into(),
            wanted.hold_hours.into(),
            self.clock.now().into(),
        ];
        let tx = db::begin(&self.db, actor.coop).await?;
        tx.execute_raw(statement(INSERT, values)).await.map_err(no_such_thing)?;
        let made = get(&tx, actor.coop, wanted.id).await?;
        tx.commit().await?;
        if wanted == (Round { taken: 0, ..made.clone() }) { Ok(made) } else { Err(PromiseError::Taken) }
    }

    /// Changes the day, the end or the cap, which never goes below what is ordered. What was agreed with those who ordered stays.
    #[tracing::instrument(name = "preorders.change", skip_all, fields(coop.id = %actor.coop, round.id = %id))]
    pub async fn change_round(&self, actor: &Actor, id: RoundId, change: ChangeRound) -> Result<Round, PromiseError> {
        const CHANGE: &str = "
            update preorder_round set ship_by = coalesce($3, ship_by), closes_at = coalesce($4, closes_at), quantity = coalesce($5, quantity)
            where coop_id = $1 and round_id = $2";
        actor.require(Permission::StockWrite)?;
        change.quantity.map_or(Ok(1), |quantity| positive("the quantity", quantity, MAX_UNITS))?;
        let values = [actor.coop.0.into(), id.0.into(), change.ship_by.into(), change.closes_at.into(), change.quantity.into()];
        let tx = db::begin(&self.db, actor.coop).await?;
        tx.execute_raw(statement(CHANGE, values)).await.map_err(below_taken)?;
        let changed = get(&tx, actor.coop, id).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// A round.
    pub async fn round(&self, coop: CoopId, id: RoundId) -> Result<Round, PromiseError> {
        let tx = db::begin(&self.db, coop).await?;
        let found = get(&tx, coop, id).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// The rounds after that one, by the day that they ship, latest first.
    pub async fn rounds_page(&self, coop: CoopId, limit: i64, after: Option<(NaiveDate, RoundId)>) -> Result<Vec<Round>, PromiseError> {
        let sql = format!(
            "{READ} where coop_id = $1 and ($3::date is null or (ship_by, round_id) < ($3, $4)) order by ship_by desc, round_id desc limit $2"
        );
        let (day, id) = after.map_or((None, None), |(day, id)| (Some(day), Some(id.0)));
        let values = [coop.0.into(), limit.into(), day.into(), id.into()];
        let tx = db::begin(&self.db, coop).await?;
        let rows = Row::find_by_statement(statement(&sql, values)).all(&tx).await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(Round::try_from).collect::<Result<_, _>>()?)
    }
}

/// The round.
pub(super) async fn get(db: &impl ConnectionTrait, coop: CoopId, id: RoundId) -> Result<Round, PromiseError> {
    let sql = format!("{READ} where coop_id = $1 and round_id = $2");
    let row = Row::find_by_statement(statement(&sql, [coop.0.into(), id.0.into()])).one(db).await?;
    Ok(row.ok_or(PromiseError::NoRound(id))?.try_into()?)
}
