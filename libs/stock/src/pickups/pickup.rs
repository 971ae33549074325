//! Holding for a pickup, and handing over.

use chrono::{DateTime, SubsecRound as _, Utc};
use data_encoding::BASE32_NOPAD;
use db::statement;
use kernel::{Actor, CoopId, LocationId, Permission, ReservationId, VariantId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::{
    drops::no_such_thing,
    promises::{self, Buyer, Hold, PromiseError, Promises, open_to},
};

/// What stands before the code in a QR, so that a scanner knows what it reads.
const QR: &str = "guildhall:pickup:";

/// What became of a pickup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PickupState {
    /// It waits at the stall.
    Waiting,
    /// It was fetched.
    Collected,
    /// Nobody came in time; it lies at the stall for sale.
    Returned,
}

/// Something to be fetched.
#[derive(Clone, Debug)]
pub struct NewPickup {
    /// The number of the reservation: asking again with it is the same pickup.
    pub reservation: ReservationId,
    /// For whom.
    pub buyer: Buyer,
    /// At which stall.
    pub location: LocationId,
    /// What, and how many: all of it or nothing.
    pub lines: Vec<(VariantId, i32)>,
    /// From when.
    pub opens_at: DateTime<Utc>,
    /// Until when.
    pub closes_at: DateTime<Utc>,
}

/// A pickup.
#[derive(Clone, PartialEq, Eq)]
pub struct Pickup {
    /// The reservation that holds it.
    pub reservation: ReservationId,
    /// For whom.
    pub buyer: Buyer,
    /// At which stall.
    pub location: LocationId,
    /// What the buyer shows.
    pub code: String,
    /// From when.
    pub opens_at: DateTime<Utc>,
    /// Until when.
    pub closes_at: DateTime<Utc>,
    /// What became of it.
    pub state: PickupState,
    /// When it was fetched.
    pub collected_at: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for Pickup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { reservation, location, state, .. } = self;
        f.debug_struct("Pickup").field("reservation", reservation).field("location", location).field("state", state).finish_non_exhaustive()
    }
}

#[derive(FromQueryResult)]
struct Row {
    reservation_id: Uuid,
    buyer: String,
    location_id: Uuid,
    code: String,
    opens_at: DateTime<Utc>,
    closes_at: DateTime<Utc>,
    collected_at: Option<DateTime<Utc>>,
    state: String,
}

const READ: &str = "
select pickup.reservation_id, pickup.buyer, pickup.location_id, pickup.code, pickup.opens_at, pickup.closes_at, pickup.collected_at,
       reservation.state::text as state
from pickup join reservation on reservation.coop_id = pickup.coop_id and reservation.reservation_id = pickup.reservation_id";

impl TryFrom<Row> for Pickup {
    type Error = PromiseError;

    fn try_from(row: Row) -> Result<Self, PromiseError> {
        let state = match row.state.as_str() {
            "held" => PickupState::Waiting,
            "confirmed" => PickupState::Collected,
            "released" | "expired" => PickupState::Returned,
            other => return Err(DbErr::Type(format!("{other} is no state of a pickup")).into()),
        };
        Ok(Self {
            reservation: ReservationId(row.reservation_id),
            buyer: row.buyer.parse()?,
            location: LocationId(row.location_id),
            code: row.code,
            opens_at: row.opens_at,
            closes_at: row.closes_at,
            state,
            collected_at: row.collected_at,
        })
    }
}

impl Pickup {
    /// What the QR says.
    pub fn qr(&self) -> String {
        format!("{QR}{}", self.code)
    }
}

/// 80 bits that nobody guesses, in 16 letters that everybody can type.
fn code() -> Result<String, PromiseError> {
    let mut bytes = [0_u8; 10];
    getrandom::fill(&mut bytes)?;
    Ok(BASE32_NOPAD.encode(&bytes))
}

impl Promises {
    /// Holds goods at a stall until a window closes, for whoever shows the code. Again with the same reservation: the same.
    #[tracing::instrument(name = "pickups.hold", skip_all, fields(coop.id = %actor.coop, reservation.id = %new.reservation))]
    pub async fn hold_for_pickup(&self, actor: &Actor, new: NewPickup) -> Result<Pickup, PromiseError> {
        const INSERT: &str = "
            insert into pickup (coop_id, reservation_id, location_id, buyer, code, opens_at, closes_at) values ($1, $2, $3, $4, $5, $6, $7)";
        let (coop, now) = (actor.coop, self.clock.now());
        open_to(&new.buyer, actor, || PromiseError::NoSuchThing)?;
        let (opens_at, closes_at) = (new.opens_at.trunc_subsecs(6), new.closes_at.trunc_subsecs(6));
        let tx = db::begin(&self.db, coop).await?;
        if let Some(known) = find(&tx, coop, new.reservation).await? {
            let same = (&known.buyer, known.location, known.opens_at, known.closes_at) == (&new.buyer, new.location, opens_at, closes_at);
            return if same { Ok(known) } else { Err(PromiseError::Taken) };
        }
        if closes_at <= opens_at || closes_at <= now {
            return Err(PromiseError::Invalid("a window closes after it opens, and not in the past".to_owned()));
        }
        let hold = Hold { id: new.reservation, source: "pickup", lines: &new.lines, location: Some(new.location), until: closes_at, now };
        promises::hold(&tx, coop, &hold).await?;
        let values = [
            coop.0.into(),
            new.reservation.0.into(),
            new.location.0.into(),
            new.buyer.as_str().into(),
            code()?.into(),
            opens_at.into(),
            closes_at.into(),
        ];
        tx.execute_raw(statement(INSERT, values)).await.map_err(no_such_thing)?;
        let made = find(&tx, coop, new.reservation).await?.ok_or(PromiseError::NoPickup)?;
        tx.commit().await?;
        Ok(made)
    }

    /// Hands over what waits for a code, at its stall and within its window: it is sold then. Again: the same.
    #[tracing::instrument(name = "pickups.collect", skip_all, fields(coop.id = %actor.coop, location.id = %location))]
    pub async fn collect(&self, actor: &Actor, location: LocationId, shown: &str) -> Result<Pickup, PromiseError> {
        const COLLECT: &str = "update pickup set collected_at = $3 where coop_id = $1 and reservation_id = $2";
        actor.require(Permission::StockWrite)?;
        let (coop, now) = (actor.coop, self.clock.now());
        let shown = shown.trim();
        let code = shown.strip_prefix(QR).unwrap_or(shown).to_uppercase();
        let sql = format!("{READ} where pickup.coop_id = $1 and pickup.location_id = $2 and pickup.code = $3 for update of pickup");
        let tx = db::begin(&self.db, coop).await?;
        let row = Row::find_by_statement(statement(&sql, [coop.0.into(), location.0.into(), code.into()])).one(&tx).await?;
        let was = Pickup::try_from(row.ok_or(PromiseError::NoPickup)?)?;
        match was.state {
            PickupState::Collected => return Ok(was),
            PickupState::Returned => return Err(PromiseError::Lapsed),
            PickupState::Waiting if now < was.opens_at => return Err(PromiseError::OpensAt(was.opens_at)),
            PickupState::Waiting if now >= was.closes_at => return Err(PromiseError::Lapsed),
            PickupState::Waiting => {}
        }
        promises::confirm(&tx, coop, was.reservation, now).await?;
        tx.execute_raw(statement(COLLECT, [coop.0.into(), was.reservation.0.into(), now.into()])).await?;
        tx.commit().await?;
        Ok(Pickup { state: PickupState::Collected, collected_at: Some(now), ..was })
    }

    /// A pickup, for its buyer and for those who may act for every one.
    pub async fn pickup(&self, actor: &Actor, reservation: ReservationId) -> Result<Pickup, PromiseError> {
        let tx = db::begin(&self.db, actor.coop).await?;
        let found = find(&tx, actor.coop, reservation).await?.ok_or(PromiseError::NoPickup)?;
        tx.commit().await?;
        open_to(&found.buyer, actor, || PromiseError::NoPickup)?;
        Ok(found)
    }

    /// What was to be fetched at a stall, after that one.
    pub async fn pickups_page(
        &self,
        coop: CoopId,
        location: LocationId,
        limit: i64,
        after: Option<ReservationId>,
    ) -> Result<Vec<Pickup>, PromiseError> {
        let sql = format!(
            "{READ} where pickup.coop_id = $1 and pickup.location_id = $2 and ($4::uuid is null or pickup.reservation_id > $4)
             order by pickup.reservation_id limit $3"
        );
        let values = [coop.0.into(), location.0.into(), limit.into(), after.map(|id| id.0).into()];
        let tx = db::begin(&self.db, coop).await?;
        let rows = Row::find_by_statement(statement(&sql, values)).all(&tx).await?;
        tx.commit().await?;
        rows.into_iter().map(Pickup::try_from).collect()
    }
}

async fn find(db: &impl ConnectionTrait, coop: CoopId, id: ReservationId) -> Result<Option<Pickup>, PromiseError> {
    let sql = format!("{READ} where pickup.coop_id = $1 and pickup.reservation_id = $2");
    let row = Row::find_by_statement(statement(&sql, [coop.0.into(), id.0.into()])).one(db).await?;
    row.map(Pickup::try_from).transpose()
}
