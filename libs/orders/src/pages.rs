//! Reading sales page by page, for screens: heads without their lines' arithmetic.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, Currency, PartyId, SaleId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

use crate::{Channel, Payment, SaleStatus};

/// A sale as a list shows it. Amounts are minor units of `currency`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleHead {
    /// Its number.
    pub id: SaleId,
    /// Where it was sold.
    pub channel: Channel,
    /// How it is paid.
    pub payment: Payment,
    /// How far it has come.
    pub status: SaleStatus,
    /// Its name in the system it came from.
    pub reference: Option<String>,
    /// What the buyer pays in.
    pub currency: Currency,
    /// What the buyer pays.
    pub gross: i64,
    /// In the books as given back.
    pub refunded: i64,
    /// When it was sold.
    pub sold_at: DateTime<Utc>,
    /// The venue, when it was sold at one.
    pub venue: Option<PartyId>,
    /// The affiliate, when it carries a code.
    pub affiliate: Option<PartyId>,
}

/// Which sales are wanted; nothing said is all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SaleFilter {
    /// Sold there.
    pub channel: Option<Channel>,
    /// Not before.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
    /// With a lot of this party, at its venue, or with its code.
    pub party: Option<PartyId>,
}

#[derive(FromQueryResult)]
struct Row {
    sale_id: Uuid,
    channel: Channel,
    payment: Payment,
    status: SaleStatus,
    reference: Option<String>,
    currency: String,
    gross: i64,
    refunded: i64,
    sold_at: DateTime<Utc>,
    venue_id: Option<i64>,
    affiliate_id: Option<i64>,
}

const HEADS: &str = "
select sale_id, channel, payment, status, reference, currency::text as currency, gross, refunded, sold_at, venue_id, affiliate_id
from sale where coop_id = $1 and ";

/// Bounds are never null, so that the index on (coop_id, sold_at) serves them; '' and 0 are nothing said.
const PAGE: &str = "
sold_at >= $2 and sold_at < $3 and (sold_at, sale_id) < ($4, $5) and ($6 = '' or channel = nullif($6, '')::sale_channel)
and ($7 = 0 or venue_id = $7 or affiliate_id = $7 or exists (
    select from sale_line line where line.coop_id = sale.coop_id and line.sale_id = sale.sale_id
    and line.owners @> jsonb_build_array(jsonb_build_object('party', $7))))
order by sold_at desc, sale_id desc limit $8";

/// The sales after that one, latest first.
pub async fn sales_page(
    db: &impl ConnectionTrait,
    coop: CoopId,
    filter: SaleFilter,
    limit: i64,
    after: Option<(DateTime<Utc>, SaleId)>,
) -> Result<Vec<SaleHead>, DbErr> {
    let (at, id) = after.map_or((DateTime::<Utc>::MAX_UTC, Uuid::max()), |(at, id)| (at, id.0));
    let far = |at: DateTime<Utc>| at.min(FAR);
    let values: [Value; 8] = [
        coop.0.into(),
        filter.from.unwrap_or(DateTime::UNIX_EPOCH).into(),
        far(filter.until.unwrap_or(FAR)).into(),
        far(at).into(),
        id.into(),
        filter.channel.map_or("", Channel::name).into(),
        filter.party.map_or(0, |party| party.0).into(),
        limit.into(),
    ];
    heads(db, PAGE, values).await
}

/// Later than anything is sold, and within what PostgreSQL can write.
const FAR: DateTime<Utc> = DateTime::from_timestamp(253_402_300_799, 0).expect("the last second of the year 9999 exists");

/// The sales of these numbers; those that are not there are left out.
pub async fn sales_of(db: &impl ConnectionTrait, coop: CoopId, ids: &[SaleId]) -> Result<Vec<SaleHead>, DbErr> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    heads(db, "sale_id = any ($2)", [coop.0.into(), ids.into()]).await
}

async fn heads(db: &impl ConnectionTrait, which: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<SaleHead>, DbErr> {
    let rows = Row::find_by_statement(statement(&format!("{HEADS}{which}"), values)).all(db).await?;
    rows.into_iter()
        .map(|row| {
            Ok(SaleHead {
                id: SaleId(row.sale_id),
                channel: row.channel,
                payment: row.payment,
                status: row.status,
                reference: row.reference,
                currency: row.currency.parse().map_err(|error| DbErr::Type(format!("{error}")))?,
                gross: row.gross,
                refunded: row.refunded,
                sold_at: row.sold_at,
                venue: row.venue_id.map(PartyId),
                affiliate: row.affiliate_id.map(PartyId),
            })
        })
        .collect()
}

/// Whether a party has to do with a sale: a lot of it was sold, or it was paid by it, as a venue or otherwise.
pub async fn has_part(db: &impl ConnectionTrait, coop: CoopId, sale: SaleId, party: PartyId) -> Result<bool, DbErr> {
    const PART: &str = "
        select exists (select from sale where coop_id = $1 and sale_id = $2 and (venue_id = $3 or affiliate_id = $3))
            or exists (select from sale_line where coop_id = $1 and sale_id = $2
                       and owners @> jsonb_build_array(jsonb_build_object('party', $3))) as part";
    let row = db.query_one_raw(statement(PART, [coop.0.into(), sale.0.into(), party.0.into()])).await?;
    row.map_or(Ok(false), |row| row.try_get("", "part"))
}
