//! Every statement of imports.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{AgreementVersionId, CoopId, PartyId, SaleId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

/// Imports of one co-op take turns, a batch at a time: what one looks up stays true until it has written.
const TURN: &str = "select pg_advisory_xact_lock(hashtextextended('guildhall import', $1::int8))";

const VERSIONS: &str = "
select version.version_id, version.effective_from
from agreement join agreement_version version on version.coop_id = agreement.coop_id and version.agreement_id = agreement.agreement_id
where agreement.coop_id = $1 and agreement.layer = 'co_op'
order by version.effective_from, version.version_id";

const KNOWN: &str = "
select sale.reference, sale.sale_id, sale.sold_at, line.sku, line.quantity, line.amount, (line.owners -> 0 ->> 'party')::int8 as party
from sale join sale_line line on line.coop_id = sale.coop_id and line.sale_id = sale.sale_id
where sale.coop_id = $1 and sale.reference = any ($2::text[])";

const POSTED: &str = "
select coalesce(sum(total), 0)::int8 as posted from posting where coop_id = $1 and kind = $2 and source_id = any ($3::text[])";

const REFUNDS: &str = "select refund_id from refund where coop_id = $1 and refund_id = any ($2::text[])";

const NAMED: &str = "
select asked.ord::int8 as ord, sale.sale_id
from unnest($2::text[]) with ordinality as asked (reference, ord)
join sale on sale.coop_id = $1 and sale.reference = asked.reference";

const SIMILAR: &str = "
select asked.ord::int8 as ord, found.sale_id
from unnest($2::text[], $3::text[], $4::int8[], $5::timestamptz[]) with ordinality as asked (buyer, sku, price, at, ord)
cross join lateral (
    select sale.sale_id from sale
    where sale.coop_id = $1 and sale.payment = 'outside' and sale.reference is not null and sale.buyer = asked.buyer and sale.sold_at <= asked.at
      and exists (select from sale_line line where line.coop_id = sale.coop_id and line.sale_id = sale.sale_id and line.sku = asked.sku
                  and line.amount = line.quantity * asked.price)
    order by sale.sold_at desc, sale.sale_id limit $6
) as found
where asked.buyer <> ''";

/// Waits until no other import of this co-op is writing.
pub(crate) async fn take_turn(tx: &db::Tx, coop: CoopId) -> Result<(), DbErr> {
    tx.execute_raw(statement(TURN, [i64::from(coop.0).into()])).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Version {
    version_id: i64,
    effective_from: DateTime<Utc>,
}

/// The versions of the co-op's default agreement, by the moment from which each holds.
pub(crate) async fn versions(db: &impl ConnectionTrait, coop: CoopId) -> Result<BTreeMap<DateTime<Utc>, AgreementVersionId>, DbErr> {
    let rows = Version::find_by_statement(statement(VERSIONS, [coop.0.into()])).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.effective_from, AgreementVersionId(row.version_id))).collect())
}

/// A line as it is in the books: sku, quantity, amount, whose.
pub(crate) type LineKey = (String, i32, i64, PartyId);

/// A sale that is in the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownSale {
    pub(crate) id: SaleId,
    pub(crate) sold_at: DateTime<Utc>,
    /// In any order.
    pub(crate) lines: Vec<LineKey>,
}

#[derive(FromQueryResult)]
struct KnownLine {
    reference: String,
    sale_id: Uuid,
    sold_at: DateTime<Utc>,
    sku: String,
    quantity: i32,
    amount: i64,
    party: i64,
}

/// Which of these references are in the books, and as what.
pub(crate) async fn known_sales(tx: &db::Tx, coop: CoopId, references: &[String]) -> Result<HashMap<String, KnownSale>, DbErr> {
    let mut known: HashMap<String, KnownSale> = HashMap::new();
    for row in KnownLine::find_by_statement(statement(KNOWN, [coop.0.into(), references.to_vec().into()])).all(tx).await? {
        let sale = KnownSale { id: SaleId(row.sale_id), sold_at: row.sold_at, lines: Vec::new() };
        known.entry(row.reference).or_insert(sale).lines.push((row.sku, row.quantity, row.amount, PartyId(row.party)));
    }
    Ok(known)
}

#[derive(FromQueryResult)]
struct Posted {
    posted: i64,
}

/// What the ledger has posted of a kind from these sources, in minor units.
pub(crate) async fn posted(tx: &db::Tx, coop: CoopId, kind: &str, sources: Vec<String>) -> Result<i64, DbErr> {
    let row = Posted::find_by_statement(statement(POSTED, [coop.0.into(), kind.into(), sources.into()])).one(tx).await?;
    Ok(row.map_or(0, |row| row.posted))
}

#[derive(FromQueryResult)]
struct RefundId {
    refund_id: String,
}

/// Which of these refunds exist.
pub(crate) async fn known_refunds(tx: &db::Tx, coop: CoopId, ids: Vec<String>) -> Result<BTreeSet<String>, DbErr> {
    let rows = RefundId::find_by_statement(statement(REFUNDS, [coop.0.into(), ids.into()])).all(tx).await?;
    Ok(rows.into_iter().map(|row| row.refund_id).collect())
}

#[derive(FromQueryResult)]
struct Candidate {
    ord: i64,
    sale_id: Uuid,
}

/// What a row that gives back says of the sale that it means.
pub(crate) struct Wanted {
    pub(crate) reference: String,
    pub(crate) buyer: String,
    pub(crate) sku: String,
    pub(crate) unit_price: i64,
    pub(crate) at: DateTime<Utc>,
}

/// For each row, the sale that it names, and the sales to the same buyer that it could mean, the latest first, at most `limit`.
pub(crate) async fn candidates(
    tx: &db::Tx,
    coop: CoopId,
    wanted: &[Wanted],
    limit: i64,
) -> Result<Vec<(Option<SaleId>, Vec<SaleId>)>, DbErr> {
    let texts = |of: fn(&Wanted) -> &String| wanted.iter().map(|row| of(row).clone()).collect::<Vec<String>>();
    let mut found = vec![(None, Vec::new()); wanted.len()];
    let place = |row: &Candidate| usize::try_from(row.ord - 1).ok();
    let named = [coop.0.into(), texts(|row| &row.reference).into()];
    for row in Candidate::find_by_statement(statement(NAMED, named)).all(tx).await? {
        if let Some(slot) = place(&row).and_then(|place| found.get_mut(place)) {
            slot.0 = Some(SaleId(row.sale_id));
        }
    }
    let similar = [
        coop.0.into(),
        texts(|row| &row.buyer).into(),
        texts(|row| &row.sku).into(),
        wanted.iter().map(|row| row.unit_price).collect::<Vec<i64>>().into(),
        wanted.iter().map(|row| row.at).collect::<Vec<_>>().into(),
        limit.into(),
    ];
    for row in Candidate::find_by_statement(statement(SIMILAR, similar)).all(tx).await? {
        if let Some(slot) = place(&row).and_then(|place| found.get_mut(place)) {
            slot.1.push(SaleId(row.sale_id));
        }
    }
    Ok(found)
}
