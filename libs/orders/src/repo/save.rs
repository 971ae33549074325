//! Writing a batch of sales back, in one statement per kind of row; the books before the sales, so that the database sees
//! that every change of money has its posting.

use std::collections::BTreeMap;

use db::statement;
use kernel::{CoopId, SaleId};
use ledger::{Accounts, Posting};
use sea_orm::{ConnectionTrait as _, DbErr, Value};
use serde::Serialize;
use uuid::Uuid;

use crate::{Booking, Dispute, OrdersError, Refund, Sale, SaleStatus, Standing};

const SALES: &str = "
update sale set status = new.status::sale_status, charge = nullif(new.charge, ''), paid = new.paid, refunded = new.refunded, returned = nullif(new.returned, '{}')::json,
       fee = nullif(new.fee, -1), settled_gross = nullif(new.settled_gross, -1), settled_currency = nullif(new.settled_currency, ''),
       exchange_rate = nullif(new.exchange_rate, ''), balance_transaction = nullif(new.balance_transaction, ''),
       available_at = case when new.fee = -1 then null else new.available_at end
from unnest($1::int4[], $2::uuid[], $3::text[], $4::text[], $5::int8[], $6::int8[], $7::int8[], $8::int8[], $9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::text[])
    as new (coop_id, sale_id, status, charge, paid, refunded, fee, settled_gross, settled_currency, exchange_rate, balance_transaction, available_at, returned)
where sale.coop_id = new.coop_id and sale.sale_id = new.sale_id";

const ALLOCATIONS: &str = "
insert into allocation (coop_id, sale_id, line, body)
select new.coop_id, new.sale_id, new.line, new.body::json
from unnest($1::int4[], $2::uuid[], $3::int2[], $4::text[]) as new (coop_id, sale_id, line, body)";

const REFUNDS: &str = "
insert into refund (coop_id, refund_id, sale_id, amount, lines, status, reason, actor, refunded_at, applied)
select new.coop_id, new.refund_id, new.sale_id, new.amount, nullif(new.lines, 'null')::jsonb, new.status::refund_status, nullif(new.reason, ''),
       nullif(new.actor, ''), new.refunded_at, nullif(new.applied, 'null')::jsonb
from unnest($1::int4[], $2::text[], $3::uuid[], $4::int8[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::text[])
    as new (coop_id, refund_id, sale_id, amount, lines, status, reason, actor, refunded_at, applied)
on conflict (coop_id, refund_id) do update set status = excluded.status, lines = excluded.lines, applied = excluded.applied";

const DISPUTES: &str = "
insert into dispute (coop_id, dispute_id, sale_id, amount, reason, status, movements, held, applied, opened_at, closed_at)
select new.coop_id, new.dispute_id, new.sale_id, new.amount, nullif(new.reason, ''), new.status::dispute_status, new.movements::jsonb,
       nullif(new.held, 'null')::jsonb, nullif(new.applied, 'null')::jsonb, new.opened_at, nullif(new.closed_at, new.opened_at)
from unnest($1::int4[], $2::text[], $3::uuid[], $4::int8[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[])
    as new (coop_id, dispute_id, sale_id, amount, reason, status, movements, held, applied, opened_at, closed_at)
on conflict (coop_id, dispute_id) do update
    set status = excluded.status, movements = excluded.movements, held = excluded.held, applied = excluded.applied, closed_at = excluded.closed_at";

const TOTALS: &str = "
insert into running_total (coop_id, terms_id, party_id, month, total)
select new.coop_id, new.terms_id, new.party_id, new.month, new.total
from unnest($1::int4[], $2::int8[], $3::int8[], $4::date[], $5::int8[]) as new (coop_id, terms_id, party_id, month, total)
order by new.coop_id, new.terms_id, new.party_id, new.month
on conflict (coop_id, terms_id, party_id, month) do update set total = excluded.total";

/// Saves sales that were loaded in this transaction and booked since. Postings that are in the books already change nothing.
pub async fn save(
    tx: &db::Tx,
    accounts: &Accounts,
    booked: &BTreeMap<(CoopId, SaleId), (Sale, Booking)>,
    standing: &Standing,
) -> Result<(), OrdersError> {
    let sales: Vec<&Sale> = booked.values().map(|(sale, _)| sale).collect();
    if sales.is_empty() {
        return Ok(());
    }
    save_allocations(tx, booked).await?;
    save_refunds(tx, &sales).await?;
    save_disputes(tx, &sales).await?;
    save_totals(tx, standing).await?;
    // As late as can be: a posting locks the balances that it changes, and whoever sells for the same makers waits for the commit.
    let postings: Vec<Posting> = booked.values().flat_map(|(_, booking)| booking.postings.iter().cloned()).collect();
    ledger::post(tx, accounts, &postings).await?;
    tx.execute_raw(statement(SALES, sale_columns(&sales).into_iter().chain([texts(&sales, |sale| &sale.returned)?]))).await?;
    Ok(())
}

fn column<T, R>(rows: &[R], of: impl Fn(&R) -> T) -> Value
where
    Vec<T>: Into<Value>,
{
    rows.iter().map(of).collect::<Vec<T>>().into()
}

fn texts<R, T: Serialize>(rows: &[R], of: impl Fn(&R) -> T) -> Result<Value, OrdersError> {
    let texts: Result<Vec<String>, _> = rows.iter().map(|row| serde_json::to_string(&of(row))).collect();
    Ok(texts.map_err(|error| DbErr::Json(error.to_string()))?.into())
}

const fn status_name(status: SaleStatus) -> &'static str {
    match status {
        SaleStatus::Placed => "placed",
        SaleStatus::Paid => "paid",
        SaleStatus::Settled => "settled",
    }
}

/// Absent values travel as '' or -1: the driver has no arrays of optional values.
fn sale_columns(sales: &[&Sale]) -> [Value; 12] {
    [
        column(sales, |sale| sale.coop.0),
        column(sales, |sale| sale.id.0),
        column(sales, |sale| status_name(sale.status).to_owned()),
        column(sales, |sale| sale.charge.clone().unwrap_or_default()),
        column(sales, |sale| sale.paid),
        column(sales, |sale| sale.refunded),
        column(sales, |sale| sale.fee.as_ref().map_or(-1, |fee| fee.fee)),
        column(sales, |sale| sale.fee.as_ref().map_or(-1, |fee| fee.gross)),
        column(sales, |sale| sale.fee.as_ref().map_or_else(String::new, |fee| fee.currency.code().to_owned())),
        column(sales, |sale| sale.fee.as_ref().and_then(|fee| fee.exchange_rate.clone()).unwrap_or_default()),
        column(sales, |sale| sale.fee.as_ref().map_or_else(String::new, |fee| fee.balance_transaction.clone())),
        column(sales, |sale| sale.fee.as_ref().map_or(sale.sold_at, |fee| fee.available_at)),
    ]
}

async fn save_allocations(tx: &db::Tx, booked: &BTreeMap<(CoopId, SaleId), (Sale, Booking)>) -> Result<(), OrdersError> {
    let lines: Vec<_> = booked
        .iter()
        .flat_map(|((coop, sale), (_, booking))| booking.allocations.iter().map(|(line, allocation)| (coop.0, sale.0, *line, allocation)))
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    let values = [
        column(&lines, |(coop, _, _, _)| *coop),
        column(&lines, |(_, sale, _, _)| *sale),
        column(&lines, |(_, _, line, _)| *line),
        texts(&lines, |(_, _, _, allocation)| *allocation)?,
    ];
    tx.execute_raw(statement(ALLOCATIONS, values)).await?;
    Ok(())
}

async fn save_refunds(tx: &db::Tx, sales: &[&Sale]) -> Result<(), OrdersError> {
    let refunds: Vec<(i32, Uuid, &Refund)> =
        sales.iter().flat_map(|sale| sale.refunds.values().map(|refund| (sale.coop.0, sale.id.0, refund))).collect();
    if refunds.is_empty() {
        return Ok(());
    }
    let values = [
        column(&refunds, |(coop, _, _)| *coop),
        column(&refunds, |(_, _, refund)| refund.id.clone()),
        column(&refunds, |(_, sale, _)| *sale),
        column(&refunds, |(_, _, refund)| refund.amount),
        texts(&refunds, |(_, _, refund)| &refund.lines)?,
        column(&refunds, |(_, _, refund)| match refund.status {
            crate::RefundStatus::Pending => "pending".to_owned(),
            crate::RefundStatus::Succeeded => "succeeded".to_owned(),
            crate::RefundStatus::Failed => "failed".to_owned(),
        }),
        column(&refunds, |(_, _, refund)| refund.reason.clone().unwrap_or_default()),
        column(&refunds, |(_, _, refund)| refund.actor.clone().unwrap_or_default()),
        column(&refunds, |(_, _, refund)| refund.refunded_at),
        texts(&refunds, |(_, _, refund)| &refund.applied)?,
    ];
    tx.execute_raw(statement(REFUNDS, values)).await?;
    Ok(())
}

async fn save_disputes(tx: &db::Tx, sales: &[&Sale]) -> Result<(), OrdersError> {
    let disputes: Vec<(i32, Uuid, &Dispute)> =
        sales.iter().flat_map(|sale| sale.disputes.values().map(|dispute| (sale.coop.0, sale.id.0, dispute))).collect();
    if disputes.is_empty() {
        return Ok(());
    }
    let values = [
        column(&disputes, |(coop, _, _)| *coop),
        column(&disputes, |(_, _, dispute)| dispute.id.clone()),
        column(&disputes, |(_, sale, _)| *sale),
        column(&disputes, |(_, _, dispute)| dispute.amount),
        column(&disputes, |(_, _, dispute)| dispute.reason.clone().unwrap_or_default()),
        column(&disputes, |(_, _, dispute)| match dispute.status {
            crate::DisputeStatus::Open => "open".to_owned(),
            crate::DisputeStatus::Won => "won".to_owned(),
            crate::DisputeStatus::Lost => "lost".to_owned(),
        }),
        texts(&disputes, |(_, _, dispute)| &dispute.movements)?,
        texts(&disputes, |(_, _, dispute)| &dispute.held)?,
        texts(&disputes, |(_, _, dispute)| &dispute.applied)?,
        column(&disputes, |(_, _, dispute)| dispute.opened_at),
        column(&disputes, |(_, _, dispute)| dispute.closed_at.unwrap_or(dispute.opened_at)),
    ];
    tx.execute_raw(statement(DISPUTES, values)).await?;
    Ok(())
}

async fn save_totals(tx: &db::Tx, standing: &Standing) -> Result<(), OrdersError> {
    let touched: Vec<_> = standing.touched_totals.iter().collect();
    if touched.is_empty() {
        return Ok(());
    }
    let values = [
        column(&touched, |(coop, _, _, _)| coop.0),
        column(&touched, |(_, terms, _, _)| terms.0),
        column(&touched, |(_, _, party, _)| party.0),
        column(&touched, |(_, _, _, month)| *month),
        column(&touched, |key| standing.totals.get(key).copied().unwrap_or_default()),
    ];
    tx.execute_raw(statement(TOTALS, values)).await?;
    Ok(())
}
