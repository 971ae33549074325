//! What guarantees are settled by, and how they were.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use db::{column, json, parsed, statement};
use kernel::{AgreementId, AgreementVersionId, CoopId, Currency, Month, PartyId};
use sea_orm::{ConnectionTrait, DbErr, Value};
use splits::{Agreement, Payee};

use super::GuaranteeOutcome;
use crate::gather::Span;

/// An agreement's version that held when the month ended and has guarantees.
pub(super) struct InForce {
    pub(super) id: AgreementId,
    pub(super) name: String,
    pub(super) version: AgreementVersionId,
    pub(super) number: i32,
    pub(super) body: Agreement,
}

/// Who earned what under each agreement, and who its symbolic payees were.
pub(super) struct Earnings {
    own: PartyId,
    earned: HashMap<(AgreementId, PartyId, Currency), i64>,
    venues: HashMap<AgreementId, BTreeSet<PartyId>>,
    affiliates: HashMap<AgreementId, BTreeSet<PartyId>>,
}

impl Earnings {
    /// Every party that a payee stood for.
    pub(super) fn bound(&self, agreement: AgreementId, payee: Payee) -> BTreeSet<PartyId> {
        match payee {
            Payee::CoOp => BTreeSet::from([self.own]),
            Payee::Party(party) => BTreeSet::from([party]),
            Payee::Venue => self.venues.get(&agreement).cloned().unwrap_or_default(),
            Payee::Affiliate => self.affiliates.get(&agreement).cloned().unwrap_or_default(),
        }
    }

    pub(super) fn of(&self, agreement: AgreementId, party: PartyId, currency: Currency) -> i64 {
        self.earned.get(&(agreement, party, currency)).copied().unwrap_or(0)
    }
}

/// Closes and patronage of one co-op follow each other. Sales go on meanwhile: their keys to the co-op are not in the way.
const LOCK: &str = "select from coop where coop_id = $1 for no key update";
const OWN_PARTY: &str = "select party_id from party where coop_id = $1 and kind = 'coop'";
const IN_FORCE: &str = "
select agreement.agreement_id, agreement.name, held.version_id, held.version, held.body::text as body
from agreement
join lateral (
    select version_id, version, body from agreement_version version
    where version.coop_id = agreement.coop_id and version.agreement_id = agreement.agreement_id and version.effective_from < $2
    order by version.effective_from desc, version.version desc limit 1
) held on true
where agreement.coop_id = $1 and held.body -> 'guarantees' is not null
order by agreement.agreement_id";
/// The terms that any version of the agreements is part of, and the postings of sales with a line under them.
const SOLD: &str = "
with under as (
    select distinct terms.terms_id, version.agreement_id
    from terms
    cross join lateral unnest(terms.versions) as pinned (version_id)
    join agreement_version version on version.coop_id = terms.coop_id and version.version_id = pinned.version_id
    where terms.coop_id = $1 and version.agreement_id = any ($4)
), sold as (
    select distinct posting.posting_id, posting.sale_id, under.agreement_id
    from posting
    join sale_line line on line.coop_id = posting.coop_id and line.sale_id = posting.sale_id
    join under on under.terms_id = line.terms_id
    where posting.coop_id = $1 and posting.effective_at >= $2 and posting.effective_at < $3
      and posting.kind in ('settlement', 'refund', 'refund_failed', 'dispute_lost')
)";
const EARNED: &str = "
select sold.agreement_id, account.party_id, account.currency::text as currency, -sum(entry.amount)::int8 as earned
from sold
join entry on entry.coop_id = $1 and entry.posting_id = sold.posting_id
join account on account.coop_id = entry.coop_id and account.account_id = entry.account_id
where account.kind in ('member_payable', 'coop_income')
group by sold.agreement_id, account.party_id, account.currency";
const BOUND: &str = "
select distinct sold.agreement_id, sale.venue_id, sale.affiliate_id
from sold
join sale on sale.coop_id = $1 and sale.sale_id = sold.sale_id";
const OUTSTANDING: &str = "
select version.agreement_id, outcome.party_id, outcome.borne_by, outcome.currency::text as currency, sum(outcome.amount)::int8 as outstanding
from guarantee_outcome outcome
join agreement_version version on version.coop_id = outcome.coop_id and version.version_id = outcome.version_id
where outcome.coop_id = $1 and outcome.month < $2
group by version.agreement_id, outcome.party_id, outcome.borne_by, outcome.currency";
const OUTCOMES: &str = "
select version_id, item, party_id, borne_by, currency::text as currency, minimum, earned, outstanding, amount
from guarantee_outcome where coop_id = $1 and month = $2
order by version_id, item, party_id";
const INSERT: &str = "
insert into guarantee_outcome (coop_id, month, version_id, item, party_id, borne_by, currency, minimum, earned, outstanding, amount)
select $1, $2, new.* from unnest($3::int8[], $4::int2[], $5::int8[], $6::int8[], $7::text[], $8::int8[], $9::int8[], $10::int8[], $11::int8[]) as new";

/// Waits for other closes of this co-op, and keeps them waiting until the transaction ends.
pub(crate) async fn lock(tx: &db::Tx, coop: CoopId) -> Result<(), DbErr> {
    tx.execute_raw(statement(LOCK, [coop.0.into()])).await?;
    Ok(())
}

pub(super) async fn own_party(tx: &db::Tx, coop: CoopId) -> Result<PartyId, DbErr> {
    let row = tx.query_one_raw(statement(OWN_PARTY, [coop.0.into()])).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound(format!("co-op {coop} has no party of its own")))?;
    row.try_get("", "party_id").map(PartyId)
}

pub(super) async fn in_force(tx: &db::Tx, coop: CoopId, until: DateTime<Utc>) -> Result<Vec<InForce>, DbErr> {
    let rows = tx.query_all_raw(statement(IN_FORCE, [coop.0.into(), until.into()])).await?;
    rows.iter()
        .map(|row| {
            Ok(InForce {
                id: AgreementId(row.try_get("", "agreement_id")?),
                name: row.try_get("", "name")?,
                version: AgreementVersionId(row.try_get("", "version_id")?),
                number: row.try_get("", "version")?,
                body: json(row, "body")?,
            })
        })
        .collect()
}

pub(super) async fn earnings(tx: &db::Tx, coop: CoopId, span: Span, under: &[InForce]) -> Result<Earnings, DbErr> {
    let agreements: Vec<i64> = under.iter().map(|agreement| agreement.id.0).collect();
    let asked = || -> [Value; 4] { [coop.0.into(), span.from.into(), span.until.into(), agreements.clone().into()] };
    let own = own_party(tx, coop).await?;
    let mut earnings = Earnings { own, earned: HashMap::new(), venues: HashMap::new(), affiliates: HashMap::new() };
    for row in tx.query_all_raw(statement(&format!("{SOLD}{EARNED}"), asked())).await? {
        let party = row.try_get::<Option<i64>>("", "party_id")?.map_or(own, PartyId);
        let key = (AgreementId(row.try_get("", "agreement_id")?), party, parsed(&row, "currency")?);
        *earnings.earned.entry(key).or_default() += row.try_get::<i64>("", "earned")?;
    }
    for row in tx.query_all_raw(statement(&format!("{SOLD}{BOUND}"), asked())).await? {
        let agreement = AgreementId(row.try_get("", "agreement_id")?);
        for (column, of) in [("venue_id", &mut earnings.venues), ("affiliate_id", &mut earnings.affiliates)] {
            of.entry(agreement).or_default().extend(row.try_get::<Option<i64>>("", column)?.map(PartyId));
        }
    }
    Ok(earnings)
}

pub(super) type Outstanding = HashMap<(AgreementId, PartyId, PartyId, Currency), i64>;

pub(super) async fn outstanding(tx: &db::Tx, coop: CoopId, month: Month) -> Result<Outstanding, DbErr> {
    let rows = tx.query_all_raw(statement(OUTSTANDING, [coop.0.into(), month.first_day().into()])).await?;
    rows.iter()
        .map(|row| {
            let (party, bearer) = (PartyId(row.try_get("", "party_id")?), PartyId(row.try_get("", "borne_by")?));
            Ok(((AgreementId(row.try_get("", "agreement_id")?), party, bearer, parsed(row, "currency")?), row.try_get("", "outstanding")?))
        })
        .collect()
}

pub(super) async fn outcomes(tx: &db::Tx, coop: CoopId, month: Month) -> Result<Vec<GuaranteeOutcome>, DbErr> {
    let rows = tx.query_all_raw(statement(OUTCOMES, [coop.0.into(), month.first_day().into()])).await?;
    rows.iter()
        .map(|row| {
            Ok(GuaranteeOutcome {
                version: AgreementVersionId(row.try_get("", "version_id")?),
                item: row.try_get("", "item")?,
                party: PartyId(row.try_get("", "party_id")?),
                borne_by: PartyId(row.try_get("", "borne_by")?),
                currency: parsed(row, "currency")?,
                minimum: row.try_get("", "minimum")?,
                earned: row.try_get("", "earned")?,
                outstanding: row.try_get("", "outstanding")?,
                amount: row.try_get("", "amount")?,
            })
        })
        .collect()
}

pub(super) async fn insert(tx: &db::Tx, coop: CoopId, month: Month, new: &[GuaranteeOutcome]) -> Result<(), DbErr> {
    let values: [Value; 11] = [
        coop.0.into(),
        month.first_day().into(),
        column(new, |outcome| outcome.version.0),
        column(new, |outcome| outcome.item),
        column(new, |outcome| outcome.party.0),
        column(new, |outcome| outcome.borne_by.0),
        column(new, |outcome| outcome.currency.code().to_owned()),
        column(new, |outcome| outcome.minimum),
        column(new, |outcome| outcome.earned),
        column(new, |outcome| outcome.outstanding),
        column(new, |outcome| outcome.amount),
    ];
    tx.execute_raw(statement(INSERT, values)).await?;
    Ok(())
}
