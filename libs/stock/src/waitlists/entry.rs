//! Standing in a line, and being asked.

use chrono::{DateTime, TimeDelta, Utc};
use db::statement;
use kernel::{Actor, CoopId, ReservationId, VariantId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::{
    drops::no_such_thing,
    promises::{self, Buyer, EntryId, Hold, PromiseError, Promises, letter, offer_id, open_to, positive},
};

const MAX_UNITS: i32 = 100;
const MAX_HOLD_MINUTES: i32 = 43_200;

/// How far somebody in a line has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryState {
    /// In the line.
    Waiting,
    /// Asked: the goods are held for them.
    Offered,
    /// They took it.
    Taken,
    /// They let the offer go by.
    Passed,
    /// They left the line.
    Left,
}

/// Somebody who wants to stand in a line.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// The number of their place.
    pub id: EntryId,
    /// For what.
    pub variant: VariantId,
    /// Who.
    pub buyer: Buyer,
    /// Where the letter goes when they are asked.
    pub email: Option<String>,
    /// How many.
    pub quantity: i32,
    /// How long an offer is held for them.
    pub hold_minutes: i32,
}

/// Somebody in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The number of their place.
    pub id: EntryId,
    /// Where they stand.
    pub place: i64,
    /// For what.
    pub variant: VariantId,
    /// Who.
    pub buyer: Buyer,
    /// How many.
    pub quantity: i32,
    /// How far they have come.
    pub state: EntryState,
    /// What holds the goods of their offer.
    pub reservation: Option<ReservationId>,
    /// How long the offer stands.
    pub offered_until: Option<DateTime<Utc>>,
    /// Since when they stand there.
    pub joined_at: DateTime<Utc>,
}

/// Whose places a page holds.
#[derive(Clone, Debug, Default)]
pub struct EntryFilter {
    /// Those in the line for one variant.
    pub variant: Option<VariantId>,
    /// Those of one buyer.
    pub buyer: Option<Buyer>,
}

#[derive(FromQueryResult)]
struct Row {
    entry_id: Uuid,
    place: i64,
    variant_id: Uuid,
    buyer: String,
    quantity: i32,
    state: String,
    reservation_id: Option<Uuid>,
    offered_until: Option<DateTime<Utc>>,
    joined_at: DateTime<Utc>,
}

const READ: &str = "
select entry_id, place, variant_id, buyer, quantity, reservation_id, offered_until, joined_at,
       coalesce((select reservation.state::text from reservation where reservation.coop_id = entry.coop_id
           and reservation.reservation_id = entry.reservation_id), entry.state::text) as state
from waitlist_entry entry";

impl TryFrom<Row> for Entry {
    type Error = PromiseError;

    fn try_from(row: Row) -> Result<Self, PromiseError> {
        let state = match row.state.as_str() {
            "waiting" => EntryState::Waiting,
            "held" => EntryState::Offered,
            "confirmed" => EntryState::Taken,
            "released" | "expired" => EntryState::Passed,
            "left" => EntryState::Left,
            other => return Err(DbErr::Type(format!("{other} is no state of an entry")).into()),
        };
        Ok(Self {
            id: EntryId(row.entry_id),
            place: row.place,
            variant: VariantId(row.variant_id),
            buyer: row.buyer.parse()?,
            quantity: row.quantity,
            state,
            reservation: row.reservation_id.map(ReservationId),
            offered_until: row.offered_until,
            joined_at: row.joined_at,
        })
    }
}

impl Promises {
    /// Joins the line. Who stands in it already keeps their place.
    #[tracing::instrument(name = "waitlists.join", skip_all, fields(coop.id = %actor.coop, variant.id = %new.variant))]
    pub async fn join_waitlist(&self, actor: &Actor, new: NewEntry) -> Result<Entry, PromiseError> {
        const INSERT: &str = "
            insert into waitlist_entry (coop_id, entry_id, variant_id, buyer, email, quantity, hold_minutes, joined_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing";
        let coop = actor.coop;
        open_to(&new.buyer, actor, || PromiseError::NoSuchThing)?;
        positive("the quantity", new.quantity, MAX_UNITS)?;
        positive("the minutes of an offer", new.hold_minutes, MAX_HOLD_MINUTES)?;
        if let Some(email) = &new.email {
            Buyer::email(email)?;
        }
        let values = [
            coop.0.into(),
            new.id.0.into(),
            new.variant.0.into(),
            new.buyer.as_str().into(),
            new.email.as_deref().map(str::trim).into(),
            new.quantity.into(),
            new.hold_minutes.into(),
            self.clock.now().into(),
        ];
        let tx = db::begin(&self.db, coop).await?;
        let inserted = tx.execute_raw(statement(INSERT, values)).await.map_err(no_such_thing)?.rows_affected();
        // The number of a place that was made before, or the place in the line that the buyer has already
        let sql = format!(
            "{READ} where coop_id = $1 and variant_id = $2 and buyer = $3 and (entry_id = $4 or state = 'waiting')
             order by entry_id = $4 desc limit 1"
        );
        let values = [coop.0.into(), new.variant.0.into(), new.buyer.as_str().into(), new.id.0.into()];
        let row = Row::find_by_statement(statement(&sql, values)).one(&tx).await?;
        tx.commit().await?;
        match row {
            Some(row) => row.try_into(),
            None if inserted == 0 => Err(PromiseError::Taken),
            None => Err(PromiseError::NoEntry(new.id)),
        }
    }

    /// Leaves the line, or turns an offer down: the goods go to the next one. Who has left already: the same.
    #[tracing::instrument(name = "waitlists.leave", skip_all, fields(coop.id = %actor.coop, entry.id = %id))]
    pub async fn leave_waitlist(&self, actor: &Actor, id: EntryId) -> Result<Entry, PromiseError> {
        const LOCK: &str = "select entry_id from waitlist_entry where coop_id = $1 and entry_id = $2 for update";
        const LEAVE: &str = "
            update waitlist_entry set state = 'left', reservation_id = null, offered_until = null where coop_id = $1 and entry_id = $2";
        let (coop, now) = (actor.coop, self.clock.now());
        let tx = db::begin(&self.db, coop).await?;
        tx.query_one_raw(statement(LOCK, [coop.0.into(), id.0.into()])).await?;
        let was = find(&tx, coop, id).await?.ok_or(PromiseError::NoEntry(id))?;
        open_to(&was.buyer, actor, || PromiseError::NoEntry(id))?;
        match (was.state, was.reservation) {
            (EntryState::Left, _) => return Ok(was),
            (EntryState::Taken | EntryState::Passed, _) => return Err(PromiseError::Over),
            (EntryState::Offered, Some(reservation)) => promises::release(&tx, coop, reservation, now).await?,
            (EntryState::Waiting | EntryState::Offered, _) => {}
        }
        tx.execute_raw(statement(LEAVE, [coop.0.into(), id.0.into()])).await?;
        tx.commit().await?;
        Ok(Entry { state: EntryState::Left, reservation: None, offered_until: None, ..was })
    }

    /// Those in the lines after that place, first ones first.
    pub async fn entries_page(
        &self,
        coop: CoopId,
        filter: &EntryFilter,
        limit: i64,
        after: Option<i64>,
    ) -> Result<Vec<Entry>, PromiseError> {
        let sql = format!(
            "{READ} where coop_id = $1 and place > $3 and ($4::uuid is null or variant_id = $4) and ($5::text is null or buyer = $5)
             order by place limit $2"
        );
        let values = [
            coop.0.into(),
            limit.into(),
            after.unwrap_or(0).into(),
            filter.variant.map(|variant| variant.0).into(),
            filter.buyer.as_ref().map(|buyer| buyer.as_str().to_owned()).into(),
        ];
        let tx = db::begin(&self.db, coop).await?;
        let rows = Row::find_by_statement(statement(&sql, values)).all(&tx).await?;
        tx.commit().await?;
        rows.into_iter().map(Entry::try_from).collect()
    }
}

#[derive(FromQueryResult)]
struct Next {
    entry_id: Uuid,
    quantity: i32,
    hold_minutes: i32,
    has_email: bool,
}

/// Variants of which something is free and somebody waits, longest first.
pub(crate) async fn lines_waiting(tx: &db::Tx, coop: CoopId, limit: i64) -> Result<Vec<VariantId>, DbErr> {
    const LINES: &str = "
        select variant_id from waitlist_entry entry where coop_id = $1 and state = 'waiting' and exists (
            select from stock where stock.coop_id = $1 and stock.variant_id = entry.variant_id and stock.stocked
                and stock.on_hand > stock.reserved + stock.allocated)
        group by 1 order by min(place) limit $2";
    let rows = tx.query_all_raw(statement(LINES, [coop.0.into(), limit.into()])).await?;
    rows.iter().map(|row| row.try_get("", "variant_id").map(VariantId)).collect()
}

/// Asks the first in the line of a variant, if what they want is there.
pub(crate) async fn serve(tx: &db::Tx, coop: CoopId, variant: VariantId, now: DateTime<Utc>) -> Result<promises::Served, PromiseError> {
    const NEXT: &str = "
        select entry_id, quantity, hold_minutes, email is not null as has_email from waitlist_entry
        where coop_id = $1 and variant_id = $2 and state = 'waiting' order by place limit 1 for update";
    const OFFER: &str = "
        update waitlist_entry set state = 'offered', reservation_id = $3, offered_until = $4 where coop_id = $1 and entry_id = $2";
    let Some(next) = Next::find_by_statement(statement(NEXT, [coop.0.into(), variant.0.into()])).one(tx).await? else {
        return Ok(promises::Served::NobodyWaits);
    };
    let id = EntryId(next.entry_id);
    let reservation = offer_id(id.0);
    let until = now + TimeDelta::minutes(i64::from(next.hold_minutes));
    let lines = [(variant, next.quantity)];
    if !promises::try_hold(tx, coop, &Hold { id: reservation, source: "waitlist", lines: &lines, location: None, until, now }).await? {
        return Ok(promises::Served::TooLittle);
    }
    tx.execute_raw(statement(OFFER, [coop.0.into(), id.0.into(), reservation.0.into(), until.into()])).await?;
    if next.has_email {
        letter(tx, coop, &promises::MailOffer::Entry(id)).await?;
    }
    Ok(promises::Served::One)
}

async fn find(db: &impl ConnectionTrait, coop: CoopId, id: EntryId) -> Result<Option<Entry>, PromiseError> {
    let sql = format!("{READ} where coop_id = $1 and entry_id = $2");
    let row = Row::find_by_statement(statement(&sql, [coop.0.into(), id.0.into()])).one(db).await?;
    row.map(Entry::try_from).transpose()
}
