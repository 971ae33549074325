//! What a co-op lets strangers find.

use db::{Sqlstate, column, sqlstate, statement};
use kernel::{Actor, Code, CoopId, LocationId, PartyId, Permission, Refusal};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::{Catalogue, CatalogueError, words};

/// Places that a co-op lists at most.
pub const MAX_LISTED: usize = 200;
/// The longest text about a co-op, in characters.
const LONGEST: usize = 500;

/// Whether strangers find a co-op, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Whether it is found at all.
    pub listed: bool,
    /// What it says of itself; may be empty.
    pub about: String,
    /// Where its goods are found.
    pub places: Vec<ListedPlace>,
}

/// A location that strangers may know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedPlace {
    /// Which.
    pub location: LocationId,
    /// Whose goods are found there; `None`: every maker's.
    pub maker: Option<PartyId>,
}

const SET: &str = "
insert into coop_listing as known (coop_id, listed, about, changed_at) values ($1, $2, $3, $4)
on conflict (coop_id) do update set listed = excluded.listed, about = excluded.about, changed_at = excluded.changed_at
    where (known.listed, known.about) is distinct from (excluded.listed, excluded.about)";
/// What is listed otherwise, or no more, goes.
const DROP: &str = "
delete from listed_place where coop_id = $1 and not exists (
    select from unnest($2::uuid[], $3::int8[]) as wanted (location_id, party_id)
    where wanted.location_id = listed_place.location_id and nullif(wanted.party_id, 0) is not distinct from listed_place.party_id)";
const ADD: &str = "
insert into listed_place (coop_id, location_id, party_id)
select $1, location_id, nullif(party_id, 0) from unnest($2::uuid[], $3::int8[]) as wanted (location_id, party_id)
on conflict (coop_id, location_id) do nothing";
const LISTING: &str = "select listed, about from coop_listing where coop_id = $1";
const PLACES: &str = "select location_id, party_id from listed_place where coop_id = $1 order by location_id";

#[derive(FromQueryResult)]
struct Row {
    location_id: Uuid,
    party_id: Option<i64>,
}

impl Catalogue {
    /// What the co-op lets strangers find.
    pub async fn listing(&self, actor: &Actor) -> Result<Listing, CatalogueError> {
        actor.require(Permission::CoopManage)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let found = read(&tx, actor.coop).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Says what strangers find from now on; the same again changes nothing.
    pub async fn list(&self, actor: &Actor, wish: &Listing) -> Result<Listing, CatalogueError> {
        actor.require(Permission::CoopManage)?;
        let about = words::paragraphs(&wish.about, LONGEST)
            .ok_or_else(|| Refusal::new(Code::InvalidInput, format!("a co-op says {LONGEST} characters of itself at most")))?;
        let mut locations: Vec<Uuid> = wish.places.iter().map(|place| place.location.0).collect();
        locations.sort_unstable();
        locations.dedup();
        if locations.len() != wish.places.len() || locations.len() > MAX_LISTED {
            return Err(Refusal::new(Code::InvalidInput, format!("list {MAX_LISTED} places at most, each once")).into());
        }
        let (ids, makers) =
            (column(&wish.places, |place| place.location.0), column(&wish.places, |place| place.maker.map_or(0, |maker| maker.0)));
        let coop = actor.coop;
        let tx = db::begin(&self.db, coop).await?;
        tx.execute_raw(statement(SET, [coop.0.into(), wish.listed.into(), about.into(), self.now().into()])).await?;
        tx.execute_raw(statement(DROP, [coop.0.into(), ids.clone(), makers.clone()])).await?;
        tx.execute_raw(statement(ADD, [coop.0.into(), ids, makers])).await.map_err(unknown)?;
        let listing = read(&tx, coop).await?;
        tx.commit().await?;
        Ok(listing)
    }
}

async fn read(db: &impl ConnectionTrait, coop: CoopId) -> Result<Listing, DbErr> {
    let Some(row) = db.query_one_raw(statement(LISTING, [coop.0.into()])).await? else { return Ok(Listing::default()) };
    let rows = Row::find_by_statement(statement(PLACES, [coop.0.into()])).all(db).await?;
    let place = |row: Row| ListedPlace { location: LocationId(row.location_id), maker: row.party_id.map(PartyId) };
    Ok(Listing { listed: row.try_get("", "listed")?, about: row.try_get("", "about")?, places: rows.into_iter().map(place).collect() })
}

fn unknown(error: DbErr) -> CatalogueError {
    match sqlstate(&error) {
        Some(Sqlstate::ConstraintViolation) => {
            Refusal::new(Code::NotFound, "the co-op has no such location or maker; list those that it has").into()
        }
        _ => error.into(),
    }
}
