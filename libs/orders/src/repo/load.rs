//! Everything known of a batch of sales, in one statement per kind of row. Each sale stays locked until the transaction ends.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use db::statement;
use kernel::{CoopId, PartyId, SaleId};
use sea_orm::{ConnectionTrait as _, DbErr, FromQueryResult, QueryResult, Value};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{
    Agreements, Channel, Dispute, DisputeStatus, Line, OrdersError, Payment, Refund, RefundStatus, Sale, SaleStatus, Standing, TermsId,
    sale::{FeeKnown, Seen},
};

type Key = (i32, Uuid);

const SALES: &str = "
select sale.coop_id, sale.sale_id, sale.channel::text as channel, sale.payment::text as payment, sale.status::text as status, sale.reference,
       sale.currency::text as currency, sale.gross, sale.sold_at, sale.venue_id, sale.affiliate_id, sale.charge, sale.paid, sale.fee,
       sale.settled_gross, sale.settled_currency::text as settled_currency, sale.exchange_rate, sale.balance_transaction, sale.available_at, sale.refunded, sale.returned::text as returned
from unnest($1::int4[], $2::uuid[]) as asked (coop_id, sale_id)
join sale on sale.coop_id = asked.coop_id and sale.sale_id = asked.sale_id
order by sale.coop_id, sale.sale_id
for update of sale";

const LINES: &str = "
select line.coop_id, line.sale_id, line.line, line.sku, line.description, line.quantity, line.amount, line.tax, line.discount, line.terms_id,
       line.owners::text as owners
from unnest($1::int4[], $2::uuid[]) as asked (coop_id, sale_id)
join sale_line line on line.coop_id = asked.coop_id and line.sale_id = asked.sale_id
order by line.coop_id, line.sale_id, line.line";

const REFUNDS: &str = "
select refund.coop_id, refund.sale_id, refund.refund_id, refund.amount, refund.lines::text as lines, refund.status::text as status, refund.reason,
       refund.actor, refund.refunded_at, refund.applied::text as applied
from unnest($1::int4[], $2::uuid[]) as asked (coop_id, sale_id)
join refund on refund.coop_id = asked.coop_id and refund.sale_id = asked.sale_id";

const DISPUTES: &str = "
select dispute.coop_id, dispute.sale_id, dispute.dispute_id, dispute.amount, dispute.reason, dispute.status::text as status,
       dispute.movements::text as movements, dispute.held::text as held, dispute.applied::text as applied, dispute.opened_at, dispute.closed_at
from unnest($1::int4[], $2::uuid[]) as asked (coop_id, sale_id)
join dispute on dispute.coop_id = asked.coop_id and dispute.sale_id = asked.sale_id";

const ALLOCATIONS: &str = "
select allocation.coop_id, allocation.sale_id, allocation.line, allocation.body::text as body
from unnest($1::int4[], $2::uuid[]) as asked (coop_id, sale_id)
join allocation on allocation.coop_id = asked.coop_id and allocation.sale_id = asked.sale_id";

const OWN_PARTIES: &str = "select coop_id, party_id from party where coop_id = any ($1::int4[]) and kind = 'coop'";

const TOTALS: &str = "
select coop_id, terms_id, party_id, month, total from running_total
where coop_id = any ($1::int4[]) and terms_id = any ($2::int8[])
order by coop_id, terms_id, party_id, month for update";

const ADVANCES: &str = "
select advance.coop_id, advance.name, advance.party_id, balance.debits - balance.credits as outstanding
from advance
join account on account.coop_id = advance.coop_id and account.kind = 'advance' and account.party_id = advance.party_id
join balance on balance.coop_id = account.coop_id and balance.account_id = account.account_id
where advance.coop_id = any ($1::int4[]) and advance.name = any ($2::text[])
order by balance.coop_id, balance.account_id for update of balance";

/// Loads and locks sales with all that belongs to them, and what allocating them takes. Sales that are not there are left
/// out. The transaction must have named every co-op concerned.
pub async fn load(
    tx: &db::Tx,
    agreements: &Agreements,
    wanted: &BTreeSet<(CoopId, SaleId)>,
) -> Result<(BTreeMap<(CoopId, SaleId), Sale>, Standing), OrdersError> {
    let coops: Vec<i32> = wanted.iter().map(|(coop, _)| coop.0).collect();
    let ids: Vec<Uuid> = wanted.iter().map(|(_, sale)| sale.0).collect();
    let asked = || -> [Value; 2] { [coops.clone().into(), ids.clone().into()] };
    let mut sales: BTreeMap<Key, Sale> = BTreeMap::new();
    for row in tx.query_all_raw(statement(SALES, asked())).await? {
        let sale = sale(&row)?;
        sales.insert((sale.coop.0, sale.id.0), sale);
    }
    for row in tx.query_all_raw(statement(LINES, asked())).await? {
        if let Some(sale) = sales.get_mut(&key(&row)?) {
            sale.lines.push(line(&row)?);
        }
    }
    for row in tx.query_all_raw(statement(REFUNDS, asked())).await? {
        if let Some(sale) = sales.get_mut(&key(&row)?) {
            let refund = refund(&row)?;
            sale.refunds.insert(refund.id.clone(), refund);
        }
    }
    for row in tx.query_all_raw(statement(DISPUTES, asked())).await? {
        if let Some(sale) = sales.get_mut(&key(&row)?) {
            let dispute = dispute(&row)?;
            sale.disputes.insert(dispute.id.clone(), dispute);
        }
    }
    if sales.values().any(|sale| sale.status == SaleStatus::Settled) {
        for row in tx.query_all_raw(statement(ALLOCATIONS, asked())).await? {
            if let Some(sale) = sales.get_mut(&key(&row)?) {
                sale.allocations
                    .insert(row.try_get("", "line")?, json(&row, "body")?.ok_or(DbErr::Type("an allocation has a body".to_owned()))?);
            }
        }
    }
    let standing = standing(tx, agreements, sales.values()).await?;
    Ok((sales.into_iter().map(|((coop, id), sale)| ((CoopId(coop), SaleId(id)), sale)).collect(), standing))
}

async fn standing<'a>(
    tx: &db::Tx,
    agreements: &Agreements,
    sales: impl Iterator<Item = &'a Sale> + Clone,
) -> Result<Standing, OrdersError> {
    let terms: BTreeSet<(CoopId, TermsId)> = sales.clone().flat_map(|sale| sale.lines.iter().map(|line| (sale.coop, line.terms))).collect();
    let coops: BTreeSet<i32> = sales.map(|sale| sale.coop.0).collect();
    let coops: Vec<i32> = coops.into_iter().collect();
    let mut standing = Standing { stacks: agreements.stacks(tx, &terms).await?, ..Standing::default() };
    for row in tx.query_all_raw(statement(OWN_PARTIES, [coops.clone().into()])).await? {
        standing.own_parties.insert(CoopId(row.try_get("", "coop_id")?), PartyId(row.try_get("", "party_id")?));
    }
    let needs: Vec<_> = standing.stacks.iter().map(|(key, stack)| (*key, stack.needs())).collect();
    let tiered: Vec<i64> = needs.iter().filter(|(_, needs)| !needs.so_far.is_empty()).map(|((_, terms), _)| terms.0).collect();
    if !tiered.is_empty() {
        for row in tx.query_all_raw(statement(TOTALS, [coops.clone().into(), tiered.into()])).await? {
            let key = (CoopId(row.try_get("", "coop_id")?), TermsId(row.try_get("", "terms_id")?), PartyId(row.try_get("", "party_id")?));
            standing.totals.insert((key.0, key.1, key.2, row.try_get::<NaiveDate>("", "month")?), row.try_get("", "total")?);
        }
    }
    let names: BTreeSet<String> = needs.into_iter().flat_map(|(_, needs)| needs.advances).collect();
    if !names.is_empty() {
        let names: Vec<String> = names.into_iter().collect();
        for row in tx.query_all_raw(statement(ADVANCES, [coops.into(), names.into()])).await? {
            let key = (CoopId(row.try_get("", "coop_id")?), row.try_get("", "name")?);
            standing.advances.insert(key, (PartyId(row.try_get("", "party_id")?), row.try_get::<i64>("", "outstanding")?.max(0)));
        }
    }
    Ok(standing)
}

fn key(row: &QueryResult) -> Result<Key, DbErr> {
    Ok((row.try_get("", "coop_id")?, row.try_get("", "sale_id")?))
}

/// A word of the database as one of our enumerations.
fn word<T: DeserializeOwned>(row: &QueryResult, column: &str) -> Result<T, DbErr> {
    let text: String = row.try_get("", column)?;
    serde_json::from_value(serde_json::Value::String(text)).map_err(|error| DbErr::Json(error.to_string()))
}

fn json<T: DeserializeOwned>(row: &QueryResult, column: &str) -> Result<Option<T>, DbErr> {
    let text: Option<String> = row.try_get("", column)?;
    text.map(|text| serde_json::from_str(&text)).transpose().map_err(|error| DbErr::Json(error.to_string()))
}

#[derive(FromQueryResult)]
struct SaleRow {
    coop_id: i32,
    sale_id: Uuid,
    reference: Option<String>,
    currency: String,
    gross: i64,
    sold_at: DateTime<Utc>,
    venue_id: Option<i64>,
    affiliate_id: Option<i64>,
    charge: Option<String>,
    paid: i64,
    fee: Option<i64>,
    settled_gross: Option<i64>,
    settled_currency: Option<String>,
    exchange_rate: Option<String>,
    balance_transaction: Option<String>,
    available_at: Option<DateTime<Utc>>,
    refunded: i64,
}

fn sale(result: &QueryResult) -> Result<Sale, DbErr> {
    let row = SaleRow::from_query_result(result, "")?;
    let currency = |code: &str| code.parse().map_err(|error| DbErr::Type(format!("{error}")));
    let fee = match (row.fee, row.settled_gross, row.settled_currency, row.available_at) {
        (Some(fee), Some(gross), Some(code), Some(available_at)) => Some(FeeKnown {
            balance_transaction: row.balance_transaction.unwrap_or_default(),
            gross,
            fee,
            currency: currency(&code)?,
            exchange_rate: row.exchange_rate,
            at: row.sold_at, // settled already: the posting has the true moment
            available_at,
        }),
        _ => None,
    };
    Ok(Sale {
        coop: CoopId(row.coop_id),
        id: SaleId(row.sale_id),
        channel: word::<Channel>(result, "channel")?,
        payment: word::<Payment>(result, "payment")?,
        status: word::<SaleStatus>(result, "status")?,
        reference: row.reference,
        currency: currency(&row.currency)?,
        gross: row.gross,
        sold_at: row.sold_at,
        venue: row.venue_id.map(PartyId),
        affiliate: row.affiliate_id.map(PartyId),
        charge: row.charge,
        paid: row.paid,
        fee,
        refunded: row.refunded,
        returned: json(result, "returned")?.unwrap_or_default(),
        lines: Vec::new(),
        refunds: BTreeMap::new(),
        disputes: BTreeMap::new(),
        allocations: BTreeMap::new(),
        seen: Seen::default(),
    })
}

fn line(row: &QueryResult) -> Result<Line, DbErr> {
    Ok(Line {
        number: row.try_get("", "line")?,
        sku: row.try_get("", "sku")?,
        description: row.try_get("", "description")?,
        quantity: row.try_get("", "quantity")?,
        amount: row.try_get("", "amount")?,
        tax: row.try_get("", "tax")?,
        discount: row.try_get("", "discount")?,
        terms: TermsId(row.try_get("", "terms_id")?),
        owners: json(row, "owners")?.unwrap_or_default(),
    })
}

fn refund(row: &QueryResult) -> Result<Refund, DbErr> {
    Ok(Refund {
        id: row.try_get("", "refund_id")?,
        amount: row.try_get("", "amount")?,
        lines: json(row, "lines")?,
        status: word::<RefundStatus>(row, "status")?,
        reason: row.try_get("", "reason")?,
        actor: row.try_get("", "actor")?,
        refunded_at: row.try_get("", "refunded_at")?,
        applied: json(row, "applied")?,
    })
}

fn dispute(row: &QueryResult) -> Result<Dispute, DbErr> {
    Ok(Dispute {
        id: row.try_get("", "dispute_id")?,
        amount: row.try_get("", "amount")?,
        reason: row.try_get("", "reason")?,
        status: word::<DisputeStatus>(row, "status")?,
        movements: json::<HashMap<_, _>>(row, "movements")?.unwrap_or_default().into_iter().collect(),
        opened_at: row.try_get("", "opened_at")?,
        closed_at: row.try_get("", "closed_at")?,
        held: json(row, "held")?,
        applied: json(row, "applied")?,
    })
}
