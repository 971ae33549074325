//! The listed places around a point.

use db::statement;
use kernel::{Code, CoopId, PartyId, Refusal};
use sea_orm::{DatabaseConnection, DbErr, FromQueryResult, Value};

/// Places that are looked at: the nearest ones.
pub const MAX_PLACES: i32 = 50;
/// How far people go, in metres.
const FARTHEST: f64 = 200_000.0;

/// Where somebody looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Around {
    latitude: f64,
    longitude: f64,
    metres: f64,
}

impl Around {
    /// Within so many metres of a point.
    ///
    /// # Errors
    /// When the point is not on the earth, or too far around is asked.
    pub fn try_new(latitude: f64, longitude: f64, metres: f64) -> Result<Self, Refusal> {
        if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
            return Err(Refusal::new(Code::InvalidInput, "a latitude is -90 to 90 degrees, a longitude -180 to 180"));
        }
        if !(1.0..=FARTHEST).contains(&metres) {
            return Err(Refusal::new(Code::InvalidInput, "look around from 1 to 200,000 metres"));
        }
        Ok(Self { latitude, longitude, metres })
    }
}

/// A place that strangers may know of.
#[derive(Clone, Debug, PartialEq)]
pub struct NearbyPlace {
    /// What the co-op calls it.
    pub name: String,
    /// What kind of place it is: `studio`, `shop`, `stall`, `van`, `web`.
    pub kind: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// How far away it is.
    pub metres: f64,
    /// Whose it is.
    pub(super) coop: CoopId,
    /// Whose goods are found there; `None`: every maker's.
    pub(super) maker: Option<PartyId>,
}

/// A co-op as strangers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearbyCoOp {
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it says of itself; may be empty.
    pub about: String,
}

const NEAR: &str = "
select coop_id, party_id, kind, name, place_latitude, place_longitude, metres from places_near($1, $2, $3, $4)";

#[derive(FromQueryResult)]
struct Row {
    coop_id: i32,
    party_id: Option<i64>,
    kind: String,
    name: String,
    place_latitude: f64,
    place_longitude: f64,
    metres: f64,
}

/// The nearest listed places, of whichever co-op: the only question that is asked before a co-op is named.
pub(super) async fn near(db: &DatabaseConnection, around: Around) -> Result<Vec<NearbyPlace>, DbErr> {
    let values: [Value; 4] = [around.latitude.into(), around.longitude.into(), around.metres.into(), MAX_PLACES.into()];
    let tx = db::begin_global(db).await?;
    let rows = Row::find_by_statement(statement(NEAR, values)).all(&tx).await?;
    tx.commit().await?;
    let place = |row: Row| NearbyPlace {
        name: row.name,
        kind: row.kind,
        latitude: row.place_latitude,
        longitude: row.place_longitude,
        metres: row.metres,
        coop: CoopId(row.coop_id),
        maker: row.party_id.map(PartyId),
    };
    Ok(rows.into_iter().map(place).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_looks_off_the_earth_or_all_over_it() {
        assert!(Around::try_new(52.37, 4.9, 25_000.0).is_ok());
        for (latitude, longitude, metres) in
            [(91.0, 0.0, 1.0), (0.0, -181.0, 1.0), (f64::NAN, 0.0, 1.0), (0.0, 0.0, 0.5), (0.0, 0.0, 200_001.0), (0.0, 0.0, f64::NAN)]
        {
            assert!(Around::try_new(latitude, longitude, metres).is_err(), "{latitude} {longitude} {metres}");
        }
    }
}
