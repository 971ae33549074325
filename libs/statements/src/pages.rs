//! Reading statements page by page, and the papers of many at once.

use chrono::{DateTime, NaiveDate, Utc};
use db::{parsed, statement};
use kernel::{CoopId, Currency, Month, PartyId};
use sea_orm::{ConnectionTrait, DbErr, Value};

use crate::StatementId;

/// A statement's latest revision as a list shows it. Amounts are minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementHead {
    /// This revision.
    pub id: StatementId,
    /// The number of all revisions.
    pub number: String,
    /// Which revision it is.
    pub revision: u32,
    /// Whose.
    pub party: PartyId,
    /// Of which month.
    pub month: Month,
    /// The currency of the amounts.
    pub currency: Currency,
    /// What was owed when the month began.
    pub opening: i64,
    /// What is owed when it ends, what is held included.
    pub closing: i64,
    /// The held part of `closing`.
    pub held: i64,
    /// The SHA-256 of the document, in hexadecimal digits.
    pub hash: String,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When its party first looked at it.
    pub viewed_at: Option<DateTime<Utc>>,
}

/// Which statements are wanted; nothing said is all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatementFilter {
    /// Of this month.
    pub month: Option<Month>,
    /// Of this party.
    pub party: Option<PartyId>,
}

const HEADS: &str = "
select statement.statement_id, number, revision, party_id, month, currency::text as currency, opening, closing, held,
       encode(hash, 'hex') as hash, issued_at, viewed.at as viewed_at
from statement
left join statement_event viewed
    on viewed.coop_id = statement.coop_id and viewed.statement_id = statement.statement_id and viewed.what = 'viewed'
where statement.coop_id = $1 and ";
/// The latest month first; a number begins with its month.
const PAGE: &str = "
not exists (select from statement later where later.coop_id = statement.coop_id and later.number = statement.number
            and later.revision > statement.revision)
and ($2::date is null or month = $2) and ($3 = 0 or party_id = $3) and number < $4
order by number desc limit $5";

/// The latest revisions after that number, latest month first.
pub async fn statements_page(
    db: &impl ConnectionTrait,
    coop: CoopId,
    filter: StatementFilter,
    limit: i64,
    after: Option<&str>,
) -> Result<Vec<StatementHead>, DbErr> {
    // ':' follows '9': everything that begins with a digit comes before it
    let values: [Value; 5] = [
        coop.0.into(),
        filter.month.map(Month::first_day).into(),
        filter.party.map_or(0, |party| party.0).into(),
        after.unwrap_or(":").into(),
        limit.into(),
    ];
    heads(db, PAGE, values).await
}

/// The statements of these ids; those that are not there are left out.
pub async fn statements_of(db: &impl ConnectionTrait, coop: CoopId, ids: &[StatementId]) -> Result<Vec<StatementHead>, DbErr> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    heads(db, "statement.statement_id = any ($2)", [coop.0.into(), ids.into()]).await
}

/// The documents of these statements, character for character what was hashed.
pub async fn documents_of(db: &impl ConnectionTrait, coop: CoopId, ids: &[StatementId]) -> Result<Vec<(StatementId, String)>, DbErr> {
    const DOCUMENTS: &str = "
        select statement_id, document::text as document from statement where coop_id = $1 and statement_id = any ($2)";
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = db.query_all_raw(statement(DOCUMENTS, [coop.0.into(), ids.into()])).await?;
    rows.iter().map(|row| Ok((StatementId(row.try_get("", "statement_id")?), row.try_get("", "document")?))).collect()
}

async fn heads(db: &impl ConnectionTrait, which: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<StatementHead>, DbErr> {
    let rows = db.query_all_raw(statement(&format!("{HEADS}{which}"), values)).await?;
    rows.iter()
        .map(|row| {
            Ok(StatementHead {
                id: StatementId(row.try_get("", "statement_id")?),
                number: row.try_get("", "number")?,
                revision: u32::try_from(row.try_get::<i32>("", "revision")?).unwrap_or_default(),
                party: PartyId(row.try_get("", "party_id")?),
                month: Month::from(row.try_get::<NaiveDate>("", "month")?),
                currency: parsed(row, "currency")?,
                opening: row.try_get("", "opening")?,
                closing: row.try_get("", "closing")?,
                held: row.try_get("", "held")?,
                hash: row.try_get("", "hash")?,
                issued_at: row.try_get("", "issued_at")?,
                viewed_at: row.try_get("", "viewed_at")?,
            })
        })
        .collect()
}
