//! Stock counts: what somebody found on the shelf is what lies there from now on.

use chrono::{DateTime, SubsecRound as _, Utc};
use db::{column, statement};
use kernel::{Actor, CoopId, LocationId, LotId, Permission, PersonId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Deserialize;
use uuid::Uuid;

use crate::{CountId, MAX_UNITS, Movement, MovementKind, Stock, StockError, locations, lots, record, words};

/// Lots in one count.
const MAX_LINES: usize = 1_000;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCount {
    /// Its number: the same count twice is one.
    pub id: CountId,
    /// Where.
    pub location: LocationId,
    /// Which lots, and how many units of each. Lots that are not named were not counted.
    pub lines: Vec<Counted>,
    /// What there is to say of it.
    pub note: Option<String>,
}

/// How many units of a lot were found.
pub type Counted = (LotId, i32);

/// What was found, beside what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Its number.
    pub id: CountId,
    /// Where.
    pub location: LocationId,
    /// What there is to say of it.
    pub note: Option<String>,
    /// When.
    pub counted_at: DateTime<Utc>,
    /// By whom.
    pub counted_by: Option<PersonId>,
    /// What was found.
    pub lines: Vec<CountLine>,
}

/// How many units of a lot were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct CountLine {
    /// Of which lot.
    pub lot: LotId,
    /// Units that should have been there.
    pub expected: i32,
    /// Units that were there.
    pub counted: i32,
}

#[derive(FromQueryResult)]
struct Row {
    count_id: Uuid,
    location_id: Uuid,
    note: Option<String>,
    counted_at: DateTime<Utc>,
    counted_by: Option<Uuid>,
    lines: String,
}

#[derive(FromQueryResult)]
struct Here {
    lot_id: Uuid,
    on_hand: i32,
}

impl TryFrom<Row> for Count {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        Ok(Self {
            id: CountId(row.count_id),
            location: LocationId(row.location_id),
            note: row.note,
            counted_at: row.counted_at,
            counted_by: row.counted_by.map(PersonId),
            lines: serde_json::from_str(&row.lines).map_err(|error| DbErr::Json(error.to_string()))?,
        })
    }
}

/// Stock counts in the order of their numbers, after that one; of one location, if that is asked.
pub async fn counts_page(
    db: &impl ConnectionTrait,
    coop: CoopId,
    location: Option<LocationId>,
    (limit, after): (i64, Option<CountId>),
) -> Result<Vec<Count>, StockError> {
    const PAGE: &str = "
        select count_id, location_id, note, counted_at, counted_by,
               (select json_agg(json_build_object('lot', lot_id, 'expected', expected, 'counted', counted) order by lot_id)
                from stock_count_line line where line.coop_id = $1 and line.count_id = stock_count.count_id)::text as lines
        from stock_count
        where coop_id = $1 and ($2::uuid is null or location_id = $2) and count_id > $3 order by count_id limit $4";
    let after = after.map_or(Uuid::nil(), |after| after.0);
    let values = [coop.0.into(), location.map(|location| location.0).into(), after.into(), limit.into()];
    let rows = Row::find_by_statement(statement(PAGE, values)).all(db).await?;
    Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
}

async fn find(tx: &db::Tx, coop: CoopId, id: CountId) -> Result<Option<Count>, StockError> {
    const FIND: &str = "
        select count_id, location_id, note, counted_at, counted_by,
               (select json_agg(json_build_object('lot', lot_id, 'expected', expected, 'counted', counted) order by lot_id)
                from stock_count_line line where line.coop_id = $1 and line.count_id = $2)::text as lines
        from stock_count where coop_id = $1 and count_id = $2";
    let row = Row::find_by_statement(statement(FIND, [coop.0.into(), id.0.into()])).one(tx).await?;
    Ok(row.map(Count::try_from).transpose()?)
}

impl Stock {
    /// Writes a stock count down: what is on hand becomes what was found. Fewer than are reserved or set aside is refused: those
    /// who wait for them have to be told first. The same count again changes nothing.
    #[tracing::instrument(name = "stock.count", skip_all, fields(coop.id = %actor.coop, count.id = %new.id))]
    pub async fn count(&self, actor: &Actor, new: &NewCount) -> Result<Count, StockError> {
        actor.require(Permission::StockWrite)?;
        let lines: Vec<Counted> = words::once_each(&new.lines, MAX_LINES)?.into_iter().collect();
        if lines.iter().any(|(_, counted)| !(0..=MAX_UNITS).contains(counted)) {
            return Err(StockError::Invalid(format!("0 to {MAX_UNITS} units are found")));
        }
        let note = words::reason(new.note.as_deref())?;
        let coop = actor.coop;
        let tx = db::begin(&self.db, coop).await?;
        locations::open(&tx, coop, &[new.location]).await?;
        lots::known(&tx, coop, &lines.iter().map(|(lot, _)| *lot).collect::<Vec<_>>()).await?;
        let by = actor.person().ok();
        self.write(&tx, coop, (new, note, by), &lines).await?;
        let count = find(&tx, coop, new.id).await?.ok_or(DbErr::RecordNotInserted)?;
        let known: Vec<Counted> = count.lines.iter().map(|line| (line.lot, line.counted)).collect();
        if (count.location, known) != (new.location, lines) {
            return Err(StockError::taken_count(new.id));
        }
        tx.commit().await?;
        Ok(count)
    }

    async fn write(
        &self,
        tx: &db::Tx,
        coop: CoopId,
        (new, note, by): (&NewCount, Option<String>, Option<PersonId>),
        lines: &[Counted],
    ) -> Result<(), StockError> {
        const COUNT: &str = "
            insert into stock_count (coop_id, count_id, location_id, note, counted_at, counted_by) values ($1, $2, $3, $4, $5, $6)
            on conflict (coop_id, count_id) do nothing";
        const LOCK: &str = "select lot_id, on_hand from lock_stock($1, $3, $2)";
        const LINES: &str = "
            insert into stock_count_line (coop_id, count_id, lot_id, expected, counted)
            select $1, $2, lot_id, expected, counted from unnest($3::uuid[], $4::int4[], $5::int4[]) as line (lot_id, expected, counted)";
        let now = self.clock.now().trunc_subsecs(6);
        let values = [coop.0.into(), new.id.0.into(), new.location.0.into(), note.into(), now.into(), by.map(|by| by.0).into()];
        if tx.execute_raw(statement(COUNT, values)).await?.rows_affected() == 0 {
            return Ok(());
        }
        let values = [coop.0.into(), new.location.0.into(), column(lines, |(lot, _)| lot.0)];
        let here = Here::find_by_statement(statement(LOCK, values)).all(tx).await?;
        let expected = |lot: LotId| here.iter().find(|row| row.lot_id == lot.0).map_or(0, |row| row.on_hand);
        let values = [
            coop.0.into(),
            new.id.0.into(),
            column(lines, |(lot, _)| lot.0),
            column(lines, |(lot, _)| expected(*lot)),
            column(lines, |(_, counted)| *counted),
        ];
        tx.execute_raw(statement(LINES, values)).await?;
        let differs = lines.iter().filter(|(lot, counted)| expected(*lot) != *counted);
        let counted = differs.map(|(lot, counted)| Movement {
            count: Some(new.id),
            ..Movement::new(MovementKind::Counted, (*lot, new.location), counted - expected(*lot), now)
        });
        record(tx, coop, &counted.collect::<Vec<_>>()).await?;
        let found: Vec<LotId> = lines.iter().filter(|(_, counted)| *counted > 0).map(|(lot, _)| *lot).collect();
        lots::reopen(tx, coop, &found).await
    }
}
