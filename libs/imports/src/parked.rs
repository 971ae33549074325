//! Rows that wait for the sale that they give back.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, Currency, PartyId};
use orders::Channel;
use sea_orm::{ActiveEnum as _, ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult, Value};
use serde::Serialize;

use crate::{refunds::Asked, row::Row};

/// The longest list of parked rows that is read at once.
pub const MAX_LISTED: u64 = 500;

/// A row that waits for the sale that it gives back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromQueryResult)]
pub struct Parked {
    /// Its name, in every file the same.
    pub row_key: String,
    /// The file that it came in first.
    pub file: String,
    /// Where it stood in that file.
    pub line: i64,
    /// Its `sale_id`.
    pub sale_ref: String,
    /// When it was given back.
    pub sold_at: DateTime<Utc>,
    /// What.
    pub sku: String,
    /// Units, negative.
    pub quantity: i32,
    /// Minor units.
    pub unit_price: i64,
    /// The currency of the price.
    pub currency: String,
    /// To whom.
    pub buyer: Option<String>,
    /// Why it waits, and what mends it.
    pub reason: String,
}

const LIST: &str = "
select row_key, file, line, sale_ref, sold_at, sku, quantity, unit_price, currency::text as currency, buyer, reason
from import_parked where coop_id = $1 and settled_at is null order by sold_at, row_key limit $2";

const AFTER: &str = "
select row_key, line, sale_ref, sold_at, channel::text as channel, sku, description, quantity, unit_price, buyer, party_id
from import_parked where coop_id = $1 and settled_at is null and (sold_at, row_key) > ($2, $3) order by sold_at, row_key limit $4";

const PARK: &str = "
insert into import_parked as before (coop_id, row_key, file, line, sale_ref, sold_at, channel, sku, description, quantity, unit_price, currency,
                                     buyer, party_id, reason, parked_at)
select $1, new.row_key, $2, new.line, new.sale_ref, new.sold_at, new.channel::sale_channel, new.sku, new.description, new.quantity, new.unit_price,
       $3, nullif(new.buyer, ''), new.party_id, new.reason, $4
from unnest($5::text[], $6::int8[], $7::text[], $8::timestamptz[], $9::text[], $10::text[], $11::text[], $12::int4[], $13::int8[], $14::text[], $15::int8[], $16::text[])
    as new (row_key, line, sale_ref, sold_at, channel, sku, description, quantity, unit_price, buyer, party_id, reason)
order by new.row_key
on conflict (coop_id, row_key) do update set reason = excluded.reason where before.settled_at is null";

const SETTLE: &str = "update import_parked set settled_at = $3 where coop_id = $1 and row_key = any ($2::text[]) and settled_at is null";

/// The parked rows of a co-op by the moment of the refund, at most [`MAX_LISTED`].
pub async fn parked(db: &DatabaseConnection, coop: CoopId) -> Result<Vec<Parked>, DbErr> {
    let tx = db::begin(db, coop).await?;
    let limit = i64::try_from(MAX_LISTED).unwrap_or(i64::MAX);
    let rows = Parked::find_by_statement(statement(LIST, [coop.0.into(), limit.into()])).all(&tx).await?;
    tx.commit().await?;
    Ok(rows)
}

#[derive(FromQueryResult)]
struct Waiting {
    row_key: String,
    line: i64,
    sale_ref: String,
    sold_at: DateTime<Utc>,
    channel: String,
    sku: String,
    description: String,
    quantity: i32,
    unit_price: i64,
    buyer: Option<String>,
    party_id: i64,
}

/// The next parked rows after that one.
pub(crate) async fn after(db: &impl ConnectionTrait, coop: CoopId, last: Option<&Asked>, limit: usize) -> Result<Vec<Asked>, DbErr> {
    let (sold_at, key) = last.map_or((DateTime::<Utc>::UNIX_EPOCH, String::new()), |asked| (asked.row.sold_at, asked.key.clone()));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = [coop.0.into(), sold_at.into(), key.into(), limit.into()];
    let rows = Waiting::find_by_statement(statement(AFTER, values)).all(db).await?;
    rows.into_iter()
        .map(|row| {
            let channel = Channel::try_from_value(&row.channel)?;
            Ok(Asked {
                key: row.row_key,
                row: Row {
                    line: u64::try_from(row.line).unwrap_or_default(),
                    sale_id: row.sale_ref,
                    sold_at: row.sold_at,
                    channel,
                    sku: row.sku,
                    description: row.description,
                    quantity: row.quantity,
                    unit_price: row.unit_price,
                    buyer: row.buyer.unwrap_or_default(),
                    maker: PartyId(row.party_id),
                },
            })
        })
        .collect()
}

/// Parks rows, each with its reason. One that is parked already gets the reason of now.
pub(crate) async fn park(
    tx: &db::Tx,
    (coop, currency): (CoopId, Currency),
    file: &str,
    rows: &[(&Asked, &str)],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    let values = [
        coop.0.into(),
        file.into(),
        currency.code().into(),
        now.into(),
        column(rows, |asked, _| asked.key.clone()),
        column(rows, |asked, _| i64::try_from(asked.row.line).unwrap_or(i64::MAX)),
        column(rows, |asked, _| asked.row.sale_id.clone()),
        column(rows, |asked, _| asked.row.sold_at),
        column(rows, |asked, _| asked.row.channel.to_value()),
        column(rows, |asked, _| asked.row.sku.clone()),
        column(rows, |asked, _| asked.row.description.clone()),
        column(rows, |asked, _| asked.row.quantity),
        column(rows, |asked, _| asked.row.unit_price),
        column(rows, |asked, _| asked.row.buyer.clone()),
        column(rows, |asked, _| asked.row.maker.0),
        column(rows, |_, reason| reason.to_owned()),
    ];
    tx.execute_raw(statement(PARK, values)).await?;
    Ok(())
}

fn column<T>(rows: &[(&Asked, &str)], of: impl Fn(&Asked, &str) -> T) -> Value
where
    Vec<T>: Into<Value>,
{
    rows.iter().map(|(asked, reason)| of(asked, reason)).collect::<Vec<T>>().into()
}

/// Marks parked rows as being in the books. Returns how many were parked.
pub(crate) async fn settle(tx: &db::Tx, coop: CoopId, keys: Vec<String>, now: DateTime<Utc>) -> Result<u64, DbErr> {
    if keys.is_empty() {
        return Ok(0);
    }
    Ok(tx.execute_raw(statement(SETTLE, [coop.0.into(), keys.into(), now.into()])).await?.rows_affected())
}
