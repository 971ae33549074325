//! Statements in the database.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use db::{column, json, parsed, statement};
use kernel::{CoopId, Currency, Month, PartyId};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Sealed, gather::Span};

/// One revision of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StatementId(pub Uuid);

impl std::fmt::Display for StatementId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A statement as it was issued, and what happened to it since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// This revision.
    pub id: StatementId,
    /// The document and its hash.
    pub sealed: Sealed,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When its files were stored.
    pub rendered_at: Option<DateTime<Utc>>,
    /// When it was mailed.
    pub mailed_at: Option<DateTime<Utc>>,
    /// When it was first looked at.
    pub viewed_at: Option<DateTime<Utc>>,
}

/// A statement in a list. Amounts are minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The latest revision.
    pub id: StatementId,
    /// The number of all revisions.
    pub number: String,
    /// Which revision it is.
    pub revision: u32,
    /// Whose.
    pub party: PartyId,
    /// The currency of the amounts.
    pub currency: Currency,
    /// What was owed when the month began.
    pub opening: i64,
    /// What is owed when it ends, what is held included.
    pub closing: i64,
    /// The held part of `closing`.
    pub held: i64,
}

const ISSUED: &str = "
select statement.statement_id, statement.document::text as document, statement.hash, statement.issued_at,
       rendered.at as rendered_at, mailed.at as mailed_at, viewed.at as viewed_at
from statement
left join statement_event rendered
    on rendered.coop_id = statement.coop_id and rendered.statement_id = statement.statement_id and rendered.what = 'rendered'
left join statement_event mailed
    on mailed.coop_id = statement.coop_id and mailed.statement_id = statement.statement_id and mailed.what = 'mailed'
left join statement_event viewed
    on viewed.coop_id = statement.coop_id and viewed.statement_id = statement.statement_id and viewed.what = 'viewed'
where statement.coop_id = $1";

const SUMMARIES: &str = "
select distinct on (party_id, currency) statement_id, number, revision, party_id, currency::text as currency, opening, closing, held
from statement where coop_id = $1 and month = $2
order by party_id, currency, revision desc";

const LATEST: &str = "
select distinct on (party_id, currency) party_id, currency::text as currency, document::text as document, hash
from statement where coop_id = $1 and month = $2 and party_id = any ($3)
order by party_id, currency, revision desc";

const SPAN: &str = "
select closed.ends_at, before.ends_at as starts_at
from (select) one
left join period_close closed on closed.coop_id = $1 and closed.month = $2
left join period_close before on before.coop_id = $1 and before.month = $3";

const LOCK_SERIES: &str = "
insert into number_series (coop_id, series, last) values ($1, $2, 0)
on conflict (coop_id, series) do update set last = number_series.last
returning last";

const MOVE_SERIES: &str = "update number_series set last = $3 where coop_id = $1 and series = $2";

const INSERT: &str = "
insert into statement (coop_id, statement_id, party_id, month, currency, revision, number, opening, closing, held, document, hash, issued_at)
select $1, new.statement_id, new.party_id, $2, new.currency, new.revision, new.number, new.opening, new.closing, new.held, new.document::json,
       decode(new.hash, 'hex'), $3
from unnest($4::uuid[], $5::int8[], $6::text[], $7::int4[], $8::text[], $9::int8[], $10::int8[], $11::int8[], $12::text[], $13::text[])
    as new (statement_id, party_id, currency, revision, number, opening, closing, held, document, hash)";

const EVENT: &str = "
insert into statement_event (coop_id, statement_id, what, at, detail) values ($1, $2, $3, $4, $5)
on conflict (coop_id, statement_id, what) do nothing";

/// What a statement went through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Rendered,
    Mailed,
    Viewed,
}

impl Event {
    const fn name(self) -> &'static str {
        match self {
            Self::Rendered => "rendered",
            Self::Mailed => "mailed",
            Self::Viewed => "viewed",
        }
    }
}

fn sealed(row: &QueryResult) -> Result<Sealed, DbErr> {
    let hash: Vec<u8> = row.try_get("", "hash")?;
    Ok(Sealed {
        document: json(row, "document")?,
        json: row.try_get("", "document")?,
        hash: hash.try_into().map_err(|_| DbErr::Type("a hash has 32 bytes".to_owned()))?,
    })
}

fn issued(row: &QueryResult) -> Result<Issued, DbErr> {
    Ok(Issued {
        id: StatementId(row.try_get("", "statement_id")?),
        sealed: sealed(row)?,
        issued_at: row.try_get("", "issued_at")?,
        rendered_at: row.try_get("", "rendered_at")?,
        mailed_at: row.try_get("", "mailed_at")?,
        viewed_at: row.try_get("", "viewed_at")?,
    })
}

/// The latest revision of that number, or a certain one.
pub(crate) async fn by_number(
    db: &impl ConnectionTrait,
    coop: CoopId,
    number: &str,
    revision: Option<u32>,
) -> Result<Option<Issued>, DbErr> {
    let sql =
        format!("{ISSUED} and statement.number = $2 and ($3 = 0 or statement.revision = $3) order by statement.revision desc limit 1");
    let revision = revision.map_or(0, |revision| i32::try_from(revision).unwrap_or(i32::MAX));
    let row = db.query_one_raw(statement(&sql, [coop.0.into(), number.into(), revision.into()])).await?;
    row.as_ref().map(issued).transpose()
}

/// One revision by its id.
pub(crate) async fn by_id(db: &impl ConnectionTrait, coop: CoopId, id: StatementId) -> Result<Option<Issued>, DbErr> {
    let sql = format!("{ISSUED} and statement.statement_id = $2");
    let row = db.query_one_raw(statement(&sql, [coop.0.into(), id.0.into()])).await?;
    row.as_ref().map(issued).transpose()
}

/// The latest revision of each statement of a month, by party.
pub(crate) async fn summaries(db: &impl ConnectionTrait, coop: CoopId, month: Month) -> Result<Vec<Summary>, DbErr> {
    let rows = db.query_all_raw(statement(SUMMARIES, [coop.0.into(), month.first_day().into()])).await?;
    rows.iter()
        .map(|row| {
            Ok(Summary {
                id: StatementId(row.try_get("", "statement_id")?),
                number: row.try_get("", "number")?,
                revision: u32::try_from(row.try_get::<i32>("", "revision")?).unwrap_or_default(),
                party: PartyId(row.try_get("", "party_id")?),
                currency: parsed(row, "currency")?,
                opening: row.try_get("", "opening")?,
                closing: row.try_get("", "closing")?,
                held: row.try_get("", "held")?,
            })
        })
        .collect()
}

/// The latest revision of each statement of these parties.
pub(crate) async fn latest(
    tx: &db::Tx,
    coop: CoopId,
    month: Month,
    parties: &[PartyId],
) -> Result<HashMap<(PartyId, Currency), Sealed>, DbErr> {
    let ids: Vec<i64> = parties.iter().map(|party| party.0).collect();
    let rows = tx.query_all_raw(statement(LATEST, [coop.0.into(), month.first_day().into(), ids.into()])).await?;
    rows.iter().map(|row| Ok(((PartyId(row.try_get("", "party_id")?), parsed(row, "currency")?), sealed(row)?))).collect()
}

/// A month's bounds where the books know them: its end when it is closed, its beginning when the one before is.
pub(crate) async fn bounds(
    db: &impl ConnectionTrait,
    coop: CoopId,
    month: Month,
) -> Result<(Option<DateTime<Utc>>, Option<DateTime<Utc>>), DbErr> {
    let values = [coop.0.into(), month.first_day().into(), month.previous().first_day().into()];
    match db.query_one_raw(statement(SPAN, values)).await? {
        Some(row) => Ok((row.try_get("", "starts_at")?, row.try_get("", "ends_at")?)),
        None => Ok((None, None)),
    }
}

/// A month as a span: as the books closed it, or by the calendar in `zone`.
pub(crate) async fn span(db: &impl ConnectionTrait, coop: CoopId, month: Month, zone: chrono_tz::Tz) -> Result<(Span, bool), DbErr> {
    let (starts_at, ends_at) = bounds(db, coop, month).await?;
    let from = starts_at.unwrap_or_else(|| month.starts_at(&zone));
    let until = ends_at.unwrap_or_else(|| month.next().starts_at(&zone));
    Ok((Span { from, until }, ends_at.is_some()))
}

/// The last number given in a series; nobody else gives one until this transaction ends.
pub(crate) async fn lock_series(tx: &db::Tx, coop: CoopId, series: &str) -> Result<i64, DbErr> {
    let row = tx.query_one_raw(statement(LOCK_SERIES, [coop.0.into(), series.into()])).await?.ok_or(DbErr::RecordNotInserted)?;
    row.try_get("", "last")
}

/// Writes the last number given in a series that is locked.
pub(crate) async fn move_series(tx: &db::Tx, coop: CoopId, series: &str, last: i64) -> Result<(), DbErr> {
    tx.execute_raw(statement(MOVE_SERIES, [coop.0.into(), series.into(), last.into()])).await?;
    Ok(())
}

/// Stores new revisions, all of one co-op and month.
pub(crate) async fn insert(tx: &db::Tx, coop: CoopId, month: Month, new: &[(StatementId, Sealed)], at: DateTime<Utc>) -> Result<(), DbErr> {
    let month: NaiveDate = month.first_day();
    let values: [Value; 13] = [
        coop.0.into(),
        month.into(),
        at.into(),
        column(new, |(id, _)| id.0),
        column(new, |(_, sealed)| sealed.document.party.id.0),
        column(new, |(_, sealed)| sealed.document.currency.code().to_owned()),
        column(new, |(_, sealed)| i32::try_from(sealed.document.revision).unwrap_or(i32::MAX)),
        column(new, |(_, sealed)| sealed.document.number.clone()),
        column(new, |(_, sealed)| sealed.document.account.opening().total),
        column(new, |(_, sealed)| sealed.document.account.closing().total),
        column(new, |(_, sealed)| sealed.document.account.closing().held),
        column(new, |(_, sealed)| sealed.json.clone()),
        column(new, |(_, sealed)| sealed.hash_hex()),
    ];
    tx.execute_raw(statement(INSERT, values)).await?;
    Ok(())
}

/// Notes what happened to a statement; only the first time counts. Says whether it was the first.
pub(crate) async fn note(
    tx: &db::Tx,
    (coop, id): (CoopId, StatementId),
    what: Event,
    at: DateTime<Utc>,
    detail: Option<&str>,
) -> Result<bool, DbErr> {
    let values = [coop.0.into(), id.0.into(), what.name().into(), at.into(), detail.into()];
    Ok(tx.execute_raw(statement(EVENT, values)).await?.rows_affected() == 1)
}

/// Where a party's mail goes.
pub(crate) async fn email(db: &impl ConnectionTrait, coop: CoopId, party: PartyId) -> Result<Option<String>, DbErr> {
    let row = db
        .query_one_raw(statement("select email from party where coop_id = $1 and party_id = $2", [coop.0.into(), party.0.into()]))
        .await?;
    Ok(row.map(|row| row.try_get::<Option<String>>("", "email")).transpose()?.flatten())
}
