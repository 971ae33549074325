//! Making, changing and reading places.

use chrono::{DateTime, Utc};
use db::{Sqlstate, sqlstate, statement, word_of};
use kernel::{Actor, CoopId, LocationId, Permission};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{Location, LocationChange, LocationKind, NewLocation, Spot};
use crate::{Stock, StockError, movements::word, words};

/// How many places a co-op may have: enough for every stall of a season.
pub const MAX_LOCATIONS: u64 = 1_000;

#[derive(FromQueryResult)]
struct Row {
    location_id: Uuid,
    kind: String,
    name: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
    archived_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Location {
    type Error = StockError;

    fn try_from(row: Row) -> Result<Self, StockError> {
        let kind: LocationKind = word(row.kind)?;
        let spot = row.latitude.zip(row.longitude).map(|(latitude, longitude)| Spot::try_new(latitude, longitude)).transpose()?;
        Ok(Self { id: LocationId(row.location_id), kind, name: row.name, spot, archived_at: row.archived_at })
    }
}

const OF_COOP: &str = "
select location_id, kind::text as kind, name, latitude, longitude, archived_at from location
where coop_id = $1 order by location_id";
const OF_IDS: &str = "
select location_id, kind::text as kind, name, latitude, longitude, archived_at from location
where coop_id = $1 and location_id = any ($2)";

/// Every place of a co-op, in the order in which they were made.
pub async fn locations(db: &impl ConnectionTrait, coop: CoopId) -> Result<Vec<Location>, StockError> {
    let rows = Row::find_by_statement(statement(OF_COOP, [coop.0.into()])).all(db).await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The places of these numbers; those that are not there are left out.
pub async fn locations_of(db: &impl ConnectionTrait, coop: CoopId, ids: &[LocationId]) -> Result<Vec<Location>, StockError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = Row::find_by_statement(statement(OF_IDS, [coop.0.into(), ids.into()])).all(db).await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Refuses the first of these places that is not there, or takes nothing in any more.
pub(crate) async fn open(db: &impl ConnectionTrait, coop: CoopId, ids: &[LocationId]) -> Result<(), StockError> {
    let known = locations_of(db, coop, ids).await?;
    let is_open = |id: &&LocationId| known.iter().any(|location| location.id == **id && location.archived_at.is_none());
    ids.iter().find(|id| !is_open(id)).map_or(Ok(()), |id| Err(StockError::NoLocation(*id)))
}

async fn get(db: &impl ConnectionTrait, coop: CoopId, id: LocationId) -> Result<Location, StockError> {
    locations_of(db, coop, &[id]).await?.pop().ok_or(StockError::NoLocation(id))
}

impl Stock {
    /// Makes a place. Again with the same number: the same place.
    #[tracing::instrument(name = "stock.create_location", skip_all, fields(coop.id = %actor.coop, location.id = %new.id))]
    pub async fn create_location(&self, actor: &Actor, new: NewLocation) -> Result<Location, StockError> {
        const INSERT: &str = "
            insert into location (coop_id, location_id, kind, name, latitude, longitude)
            select $1, $2, $3::location_kind, $4, $5, $6 where (select count(*) from location where coop_id = $1) < $7
            on conflict (coop_id, location_id) do nothing";
        actor.require(Permission::StockWrite)?;
        let name = words::name("a location", &new.name)?;
        let values = [
            actor.coop.0.into(),
            new.id.0.into(),
            word_of(new.kind)?.into(),
            name.clone().into(),
            new.spot.map(Spot::latitude).into(),
            new.spot.map(Spot::longitude).into(),
            i64::try_from(MAX_LOCATIONS).expect("it is small").into(),
        ];
        let tx = db::begin(&self.db, actor.coop).await?;
        tx.execute_raw(statement(INSERT, values)).await.map_err(|error| taken(error, &name))?;
        let made = get(&tx, actor.coop, new.id).await.map_err(|error| match error {
            StockError::NoLocation(_) => StockError::TooMany { what: "locations", most: MAX_LOCATIONS },
            other => other,
        })?;
        tx.commit().await?;
        let is_same = (made.kind, &made.name, made.spot) == (new.kind, &name, new.spot);
        if is_same { Ok(made) } else { Err(StockError::taken("location", new.id)) }
    }

    /// Changes a place, archives it, or takes it into use again. Nothing may lie at one that is archived.
    #[tracing::instrument(name = "stock.change_location", skip_all, fields(coop.id = %actor.coop, location.id = %id))]
    pub async fn change_location(&self, actor: &Actor, id: LocationId, change: LocationChange) -> Result<Location, StockError> {
        const CHANGE: &str = "
            update location set name = coalesce($3, name), latitude = coalesce($4, latitude), longitude = coalesce($5, longitude),
                archived_at = case $6 when 'archive' then coalesce(archived_at, $7) when 'open' then null else archived_at end
            where coop_id = $1 and location_id = $2";
        const LIES: &str = "
            select exists (select from stock where coop_id = $1 and location_id = $2 and stocked)
                or exists (select from stock_transfer where coop_id = $1 and to_id = $2 and received_at is null) as lies";
        actor.require(Permission::StockWrite)?;
        let name = change.name.as_deref().map(|name| words::name("a location", name)).transpose()?;
        let archiving = match change.archived {
            Some(true) => "archive",
            Some(false) => "open",
            None => "",
        };
        let values = [
            actor.coop.0.into(),
            id.0.into(),
            name.clone().into(),
            change.spot.map(Spot::latitude).into(),
            change.spot.map(Spot::longitude).into(),
            archiving.into(),
            self.clock.now().into(),
        ];
        let tx = db::begin(&self.db, actor.coop).await?;
        let changed = tx.execute_raw(statement(CHANGE, values)).await;
        changed.map_err(|error| taken(error, name.as_deref().unwrap_or_default()))?;
        let location = get(&tx, actor.coop, id).await?;
        if location.archived_at.is_some() {
            let row = tx.query_one_raw(statement(LIES, [actor.coop.0.into(), id.0.into()])).await?;
            if row.map_or(Ok(false), |row| row.try_get("", "lies"))? {
                return Err(StockError::LocationInUse(id));
            }
        }
        tx.commit().await?;
        Ok(location)
    }
}

fn taken(error: DbErr, name: &str) -> StockError {
    match sqlstate(&error) {
        Some(Sqlstate::UniqueViolation) => StockError::LocationTaken(name.to_owned()),
        _ => error.into(),
    }
}
