//! Placing sales, one or thousands at a time.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use db::{column, statement, word_of};
use kernel::{CoopId, Currency, PartyId, SaleId};
use sea_orm::{ConnectionTrait as _, DbErr, FromQueryResult, Value};
use splits::Owner;
use uuid::Uuid;

use crate::{Channel, OrdersError, Payment, TermsId};

/// A sale to be placed. Amounts are minor units of `currency`.
#[derive(Clone, Debug)]
pub struct NewSale {
    /// Its number, a UUIDv7 that the client may have made.
    pub id: SaleId,
    /// Where it was sold.
    pub channel: Channel,
    /// How it is paid.
    pub payment: Payment,
    /// Its name in the system it came from, unique in the co-op.
    pub reference: Option<String>,
    /// The currency the buyer pays in.
    pub currency: Currency,
    /// When it was sold.
    pub sold_at: DateTime<Utc>,
    /// Whom it was sold to.
    pub buyer: Option<String>,
    /// The venue, when it is sold at one.
    pub venue: Option<PartyId>,
    /// The affiliate, when it carries a code.
    pub affiliate: Option<PartyId>,
    /// The Stripe payment intent that pays it, when it is known already.
    pub payment_intent: Option<String>,
    /// At least one.
    pub lines: Vec<NewLine>,
}

/// A line to be placed.
#[derive(Clone, Debug)]
pub struct NewLine {
    /// What is sold.
    pub sku: String,
    /// In words.
    pub description: String,
    /// Units.
    pub quantity: i32,
    /// Paid for it: tax inside, discount taken off.
    pub amount: i64,
    /// The tax inside.
    pub tax: i64,
    /// What is taken off the list price.
    pub discount: i64,
    /// The agreement versions that it is sold under.
    pub terms: TermsId,
    /// Whose lots are sold; quantities sum to `quantity`.
    pub owners: Vec<Owner>,
}

impl NewSale {
    /// What the buyer pays.
    pub fn gross(&self) -> i64 {
        self.lines.iter().map(|line| line.amount).sum()
    }
}

const SALES: &str = "
insert into sale (coop_id, sale_id, channel, payment, reference, currency, gross, sold_at, buyer, venue_id, affiliate_id, payment_intent)
select $1, new.sale_id, new.channel::sale_channel, new.payment::sale_payment, nullif(new.reference, ''), new.currency, new.gross, new.sold_at,
       nullif(new.buyer, ''), nullif(new.venue_id, 0), nullif(new.affiliate_id, 0), nullif(new.payment_intent, '')
from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int8[], $8::timestamptz[], $9::text[], $10::int8[], $11::int8[], $12::text[])
    as new (sale_id, channel, payment, reference, currency, gross, sold_at, buyer, venue_id, affiliate_id, payment_intent)
order by new.sale_id
on conflict do nothing
returning sale_id";

const LINES: &str = "
insert into sale_line (coop_id, sale_id, line, sku, description, quantity, amount, tax, discount, terms_id, owners)
select $1, new.sale_id, new.line, new.sku, new.description, new.quantity, new.amount, new.tax, new.discount, new.terms_id, new.owners::jsonb
from unnest($2::uuid[], $3::int2[], $4::text[], $5::text[], $6::int4[], $7::int8[], $8::int8[], $9::int8[], $10::int8[], $11::text[])
    as new (sale_id, line, sku, description, quantity, amount, tax, discount, terms_id, owners)";

const REFS: &str = "
insert into stripe_ref (object_id, coop_id, sale_id)
select new.object_id, $1, new.sale_id from unnest($2::text[], $3::uuid[]) as new (object_id, sale_id)
on conflict (object_id) do nothing";

#[derive(FromQueryResult)]
struct Placed {
    sale_id: Uuid,
}

/// Places sales of one co-op. A sale whose number or reference is there already is left as it is; returned are the numbers
/// of those that are new.
pub async fn place(tx: &db::Tx, coop: CoopId, sales: &[NewSale]) -> Result<Vec<SaleId>, OrdersError> {
    let rows = Placed::find_by_statement(statement(SALES, [coop.0.into()].into_iter().chain(sale_columns(sales)?))).all(tx).await?;
    let fresh: HashSet<Uuid> = rows.iter().map(|row| row.sale_id).collect();
    let placed: Vec<&NewSale> = sales.iter().filter(|sale| fresh.contains(&sale.id.0)).collect();
    tx.execute_raw(statement(LINES, [coop.0.into()].into_iter().chain(line_columns(&placed)?))).await?;
    let (intents, ids): (Vec<String>, Vec<Uuid>) = placed.iter().filter_map(|sale| Some((sale.payment_intent.clone()?, sale.id.0))).unzip();
    if !intents.is_empty() {
        tx.execute_raw(statement(REFS, [coop.0.into(), intents.into(), ids.into()])).await?;
    }
    Ok(rows.into_iter().map(|row| SaleId(row.sale_id)).collect())
}

fn sale_columns(sales: &[NewSale]) -> Result<[Value; 11], DbErr> {
    let channels: Result<Vec<String>, DbErr> = sales.iter().map(|sale| word_of(sale.channel)).collect();
    let payments: Result<Vec<String>, DbErr> = sales.iter().map(|sale| word_of(sale.payment)).collect();
    Ok([
        column(sales, |sale| sale.id.0),
        channels?.into(),
        payments?.into(),
        column(sales, |sale| sale.reference.clone().unwrap_or_default()),
        column(sales, |sale| sale.currency.code().to_owned()),
        column(sales, NewSale::gross),
        column(sales, |sale| sale.sold_at),
        column(sales, |sale| sale.buyer.clone().unwrap_or_default()),
        column(sales, |sale| sale.venue.map_or(0, |party| party.0)),
        column(sales, |sale| sale.affiliate.map_or(0, |party| party.0)),
        column(sales, |sale| sale.payment_intent.clone().unwrap_or_default()),
    ])
}

fn line_columns(sales: &[&NewSale]) -> Result<[Value; 10], OrdersError> {
    let lines: Vec<(Uuid, i16, &NewLine)> =
        sales.iter().flat_map(|sale| (1..).zip(&sale.lines).map(|(number, line)| (sale.id.0, number, line))).collect();
    let owners: Result<Vec<String>, _> = lines.iter().map(|(_, _, line)| serde_json::to_string(&line.owners)).collect();
    Ok([
        column(&lines, |(sale, _, _)| *sale),
        column(&lines, |(_, number, _)| *number),
        column(&lines, |(_, _, line)| line.sku.clone()),
        column(&lines, |(_, _, line)| line.description.clone()),
        column(&lines, |(_, _, line)| line.quantity),
        column(&lines, |(_, _, line)| line.amount),
        column(&lines, |(_, _, line)| line.tax),
        column(&lines, |(_, _, line)| line.discount),
        column(&lines, |(_, _, line)| line.terms.0),
        owners.map_err(|error| DbErr::Json(error.to_string()))?.into(),
    ])
}
