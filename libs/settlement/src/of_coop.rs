//! What of the inbox is a co-op's own. The inbox is global: an event belongs to the co-op that it was found to be about, and
//! one about nobody yet belongs to nobody.

use db::statement;
use kernel::CoopId;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::{Parked, SettlementError};

/// A parked event of a co-op, with its place in the inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedOf {
    /// Its place.
    pub seq: i64,
    /// The event.
    pub event: Parked,
}

const PARKED: &str = "
select seq, event_id, kind, reason, received_at from stripe_event
where coop_id = $1 and status = 'parked' and seq > $2 order by seq limit $3";
const COUNT: &str = "select count(*) as parked from stripe_event where coop_id = $1 and status = 'parked'";
const REPLAY: &str = "
update stripe_event set status = 'new', reason = null where event_id = $2 and coop_id = $1 and status = 'parked'
returning event_id, kind, '' as reason, received_at";

/// The parked events of a co-op after that place, oldest first.
pub async fn parked_of(db: &impl ConnectionTrait, coop: CoopId, limit: i64, after: i64) -> Result<Vec<ParkedOf>, DbErr> {
    let rows = db.query_all_raw(statement(PARKED, [coop.0.into(), after.into(), limit.into()])).await?;
    rows.iter().map(|row| Ok(ParkedOf { seq: row.try_get("", "seq")?, event: Parked::from_query_result(row, "")? })).collect()
}

/// How many events of a co-op are parked.
pub async fn count_parked_of(db: &impl ConnectionTrait, coop: CoopId) -> Result<i64, DbErr> {
    db.query_one_raw(statement(COUNT, [coop.0.into()])).await?.map_or(Ok(0), |row| row.try_get("", "parked"))
}

/// Makes a parked event of a co-op new again. Another co-op's is not parked here.
pub async fn replay_of(db: &impl ConnectionTrait, coop: CoopId, event_id: &str) -> Result<Parked, SettlementError> {
    let row = Parked::find_by_statement(statement(REPLAY, [coop.0.into(), event_id.into()])).one(db).await?;
    row.ok_or_else(|| SettlementError::NotParked(event_id.to_owned()))
}
