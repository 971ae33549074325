//! What the movements speak of: sales with their lines and allocations, agreements, refunds, disputes, payouts,
//! guarantees, patronage. One statement per kind of row.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use db::{json_or_null, parsed, statement};
use kernel::{AgreementVersionId, CoopId, Currency, PartyId, SaleId};
use sea_orm::{ConnectionTrait, DbErr, Value};
use splits::Allocation;
use uuid::Uuid;

use super::Movement;

/// All that the lines of some statements need.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) sales: HashMap<SaleId, SaleFact>,
    pub(crate) terms: HashMap<i64, Vec<VersionFact>>,
    pub(crate) refunds: HashMap<String, RefundFact>,
    pub(crate) disputes: HashMap<String, DisputeFact>,
    pub(crate) payouts: HashMap<Uuid, PayoutFact>,
    pub(crate) guarantees: HashMap<(String, PartyId), GuaranteeFact>,
    pub(crate) patronage: HashMap<(String, PartyId), PatronageFact>,
}

#[derive(Clone, Debug)]
pub(crate) struct SaleFact {
    pub(crate) reference: Option<String>,
    pub(crate) currency: Currency,
    pub(crate) gross: i64,
    pub(crate) lines: BTreeMap<i16, LineFact>,
}

#[derive(Clone, Debug)]
pub(crate) struct LineFact {
    pub(crate) sku: String,
    pub(crate) description: String,
    pub(crate) quantity: i32,
    pub(crate) terms: i64,
    pub(crate) allocation: Option<Allocation>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VersionFact {
    pub(crate) version: AgreementVersionId,
    pub(crate) name: String,
    pub(crate) number: i32,
}

#[derive(Clone, Debug)]
pub(crate) struct RefundFact {
    pub(crate) amount: i64,
    pub(crate) reason: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct DisputeFact {
    pub(crate) amount: i64,
    pub(crate) reason: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct PayoutFact {
    pub(crate) destination: Option<String>,
    pub(crate) transfer: Option<String>,
    /// How far it had come when the month ended, and what was noted then.
    pub(crate) status: Option<(String, Option<String>)>,
}

#[derive(Clone, Debug)]
pub(crate) struct GuaranteeFact {
    /// Who is guaranteed it; another party with the same source is the one who bears it.
    pub(crate) to: PartyId,
    pub(crate) version: VersionFact,
    pub(crate) minimum: i64,
    pub(crate) earned: i64,
    pub(crate) outstanding: i64,
    pub(crate) bearer: String,
}

#[derive(Clone, Debug)]
pub(crate) struct PatronageFact {
    pub(crate) metric: String,
    pub(crate) surplus: i64,
    pub(crate) weight: i64,
    pub(crate) weights: i64,
    pub(crate) amount: i64,
    pub(crate) retained: i64,
}

/// The payout that a posting's source names: its id, perhaps followed by more.
pub(crate) fn payout_of(source: &str) -> Option<Uuid> {
    source.get(..36)?.parse().ok()
}

/// The patronage that a posting's source names: large ones are posted in parts.
pub(crate) fn patronage_of(source: &str) -> &str {
    source.split_once('#').map_or(source, |(key, _)| key)
}

/// Reads what these movements speak of. Payouts are told as of `until`.
pub(crate) async fn facts(db: &impl ConnectionTrait, coop: CoopId, moved: &[Movement], until: DateTime<Utc>) -> Result<Facts, DbErr> {
    let sources = |kinds: &[&str]| -> Vec<String> {
        let of_kind = moved.iter().filter(|movement| kinds.iter().any(|kind| movement.kind.starts_with(kind)));
        of_kind.map(|movement| movement.source.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let sales: BTreeSet<Uuid> = moved.iter().filter_map(|movement| movement.sale.map(|sale| sale.0)).collect();
    let mut facts = Facts::default();
    add_sales(db, coop, sales.into_iter().collect(), &mut facts).await?;
    let refunds = rows(db, REFUNDS, coop, sources(&["refund"])).await?;
    for row in refunds {
        facts
            .refunds
            .insert(row.try_get("", "refund_id")?, RefundFact { amount: row.try_get("", "amount")?, reason: row.try_get("", "reason")? });
    }
    for row in rows(db, DISPUTES, coop, sources(&["dispute"])).await? {
        facts
            .disputes
            .insert(row.try_get("", "dispute_id")?, DisputeFact { amount: row.try_get("", "amount")?, reason: row.try_get("", "reason")? });
    }
    let payouts: Vec<Uuid> = sources(&["payout"]).iter().filter_map(|source| payout_of(source)).collect();
    add_payouts(db, coop, (payouts, until), &mut facts).await?;
    add_guarantees(db, coop, sources(&["guarantee"]), &mut facts).await?;
    let keys: Vec<String> = sources(&["patronage"]).iter().map(|source| patronage_of(source).to_owned()).collect();
    add_patronage(db, coop, keys, &mut facts).await?;
    Ok(facts)
}

const REFUNDS: &str = "select refund_id, amount, reason from refund where coop_id = $1 and refund_id = any ($2)";
const DISPUTES: &str = "select dispute_id, amount, reason from dispute where coop_id = $1 and dispute_id = any ($2)";
const SALES: &str = "
select sale_id, reference, currency::text as currency, gross from sale where coop_id = $1 and sale_id = any ($2)";
const LINES: &str = "
select line.sale_id, line.line, line.sku, line.description, line.quantity, line.terms_id, allocation.body::text as body
from sale_line line
left join allocation on allocation.coop_id = line.coop_id and allocation.sale_id = line.sale_id and allocation.line = line.line
where line.coop_id = $1 and line.sale_id = any ($2)";
const TERMS: &str = "
select terms.terms_id, version.version_id, version.version, agreement.name
from terms
cross join lateral unnest(terms.versions) with ordinality as pinned (version_id, ord)
join agreement_version version on version.coop_id = terms.coop_id and version.version_id = pinned.version_id
join agreement on agreement.coop_id = version.coop_id and agreement.agreement_id = version.agreement_id
where terms.coop_id = $1 and terms.terms_id = any ($2)
order by terms.terms_id, pinned.ord";
const PAYOUTS: &str = "
select payout.payout_id, payout.destination, payout.transfer_id, last.status, last.note
from payout
left join lateral (
    select step.status::text as status, step.note from payout_step step
    where step.coop_id = payout.coop_id and step.payout_id = payout.payout_id and step.at < $3
    order by step.step desc limit 1
) last on true
where payout.coop_id = $1 and payout.payout_id = any ($2)";
const GUARANTEES: &str = "
select to_char(outcome.month, 'YYYY-MM') || ':' || outcome.version_id || ':' || outcome.item as source, outcome.party_id, outcome.borne_by,
       outcome.minimum, outcome.earned, outcome.outstanding, version.version_id, version.version, agreement.name, bearer.name as bearer
from guarantee_outcome outcome
join agreement_version version on version.coop_id = outcome.coop_id and version.version_id = outcome.version_id
join agreement on agreement.coop_id = version.coop_id and agreement.agreement_id = version.agreement_id
join party bearer on bearer.coop_id = outcome.coop_id and bearer.party_id = outcome.borne_by
where outcome.coop_id = $1 and to_char(outcome.month, 'YYYY-MM') || ':' || outcome.version_id || ':' || outcome.item = any ($2)";
const PATRONAGE: &str = "
select run.key, run.metric, run.surplus, share.party_id, share.weight, share.amount, share.retained,
       sum(share.weight) over (partition by run.key)::int8 as weights
from patronage run
join patronage_share share on share.coop_id = run.coop_id and share.key = run.key
where run.coop_id = $1 and run.key = any ($2)";

/// Nothing is asked where nothing is wanted.
async fn rows<T>(db: &impl ConnectionTrait, sql: &str, coop: CoopId, wanted: Vec<T>) -> Result<Vec<sea_orm::QueryResult>, DbErr>
where
    Vec<T>: Into<Value>,
{
    if wanted.is_empty() { Ok(Vec::new()) } else { db.query_all_raw(statement(sql, [coop.0.into(), wanted.into()])).await }
}

async fn add_sales(db: &impl ConnectionTrait, coop: CoopId, ids: Vec<Uuid>, facts: &mut Facts) -> Result<(), DbErr> {
    for row in rows(db, SALES, coop, ids.clone()).await? {
        let sale = SaleFact {
            reference: row.try_get("", "reference")?,
            currency: parsed(&row, "currency")?,
            gross: row.try_get("", "gross")?,
            lines: BTreeMap::new(),
        };
        facts.sales.insert(SaleId(row.try_get("", "sale_id")?), sale);
    }
    let mut terms = BTreeSet::new();
    for row in rows(db, LINES, coop, ids).await? {
        let Some(sale) = facts.sales.get_mut(&SaleId(row.try_get("", "sale_id")?)) else { continue };
        let line = LineFact {
            sku: row.try_get("", "sku")?,
            description: row.try_get("", "description")?,
            quantity: row.try_get("", "quantity")?,
            terms: row.try_get("", "terms_id")?,
            allocation: json_or_null(&row, "body")?,
        };
        terms.insert(line.terms);
        sale.lines.insert(row.try_get("", "line")?, line);
    }
    for row in rows(db, TERMS, coop, terms.into_iter().collect::<Vec<i64>>()).await? {
        let version = VersionFact {
            version: AgreementVersionId(row.try_get("", "version_id")?),
            name: row.try_get("", "name")?,
            number: row.try_get("", "version")?,
        };
        facts.terms.entry(row.try_get("", "terms_id")?).or_default().push(version);
    }
    Ok(())
}

async fn add_payouts(
    db: &impl ConnectionTrait,
    coop: CoopId,
    (ids, until): (Vec<Uuid>, DateTime<Utc>),
    facts: &mut Facts,
) -> Result<(), DbErr> {
    if ids.is_empty() {
        return Ok(());
    }
    for row in db.query_all_raw(statement(PAYOUTS, [coop.0.into(), ids.into(), until.into()])).await? {
        let note: Option<String> = row.try_get("", "note")?;
        let payout = PayoutFact {
            destination: row.try_get("", "destination")?,
            transfer: row.try_get("", "transfer_id")?,
            status: row.try_get::<Option<String>>("", "status")?.map(|status| (status, note)),
        };
        facts.payouts.insert(row.try_get("", "payout_id")?, payout);
    }
    Ok(())
}

async fn add_guarantees(db: &impl ConnectionTrait, coop: CoopId, sources: Vec<String>, facts: &mut Facts) -> Result<(), DbErr> {
    for row in rows(db, GUARANTEES, coop, sources).await? {
        let to = PartyId(row.try_get("", "party_id")?);
        let guarantee = GuaranteeFact {
            to,
            version: VersionFact {
                version: AgreementVersionId(row.try_get("", "version_id")?),
                name: row.try_get("", "name")?,
                number: row.try_get("", "version")?,
            },
            minimum: row.try_get("", "minimum")?,
            earned: row.try_get("", "earned")?,
            outstanding: row.try_get("", "outstanding")?,
            bearer: row.try_get("", "bearer")?,
        };
        let source: String = row.try_get("", "source")?;
        facts.guarantees.insert((source.clone(), to), guarantee.clone());
        facts.guarantees.entry((source, PartyId(row.try_get("", "borne_by")?))).or_insert(guarantee);
    }
    Ok(())
}

async fn add_patronage(db: &impl ConnectionTrait, coop: CoopId, keys: Vec<String>, facts: &mut Facts) -> Result<(), DbErr> {
    for row in rows(db, PATRONAGE, coop, keys).await? {
        let patronage = PatronageFact {
            metric: row.try_get("", "metric")?,
            surplus: row.try_get("", "surplus")?,
            weight: row.try_get("", "weight")?,
            weights: row.try_get("", "weights")?,
            amount: row.try_get("", "amount")?,
            retained: row.try_get("", "retained")?,
        };
        facts.patronage.insert((row.try_get("", "key")?, PartyId(row.try_get("", "party_id")?)), patronage);
    }
    Ok(())
}
