//! Reads what is behind a sale: one statement per kind of row.

use std::collections::HashMap;

use db::{json, json_or_null, parsed, statement};
use kernel::{AgreementVersionId, CoopId, Currency, PartyId, SaleId};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Value};
use splits::{Allocation, Layer, Part, Recipient, TraceStep};

use super::{
    AgreementUsed, DisputeExplained, LegExplained, Named, PartExplained, PostingExplained, RefundExplained, SaleExplained,
    SaleLineExplained, ShareExplained, Sharing, StepExplained, StripeIds, TransferExplained,
};

const SALE: &str = "
select reference, channel::text as channel, payment::text as payment, status::text as status, sold_at, currency::text as currency, gross, fee,
       exchange_rate, payment_intent, charge, balance_transaction
from sale where coop_id = $1 and sale_id = $2";
const LINES: &str = "
select line.line, line.sku, line.description, line.quantity, line.amount, line.tax, line.discount, line.terms_id, allocation.body::text as body
from sale_line line
left join allocation on allocation.coop_id = line.coop_id and allocation.sale_id = line.sale_id and allocation.line = line.line
where line.coop_id = $1 and line.sale_id = $2
order by line.line";
const AGREEMENTS: &str = "
select terms.terms_id, version.version_id, version.version, version.adopted_by, version.effective_from, agreement.name,
       to_json(agreement.layer)::text as layer
from terms
cross join lateral unnest(terms.versions) with ordinality as pinned (version_id, ord)
join agreement_version version on version.coop_id = terms.coop_id and version.version_id = pinned.version_id
join agreement on agreement.coop_id = version.coop_id and agreement.agreement_id = version.agreement_id
where terms.coop_id = $1 and terms.terms_id in (select line.terms_id from sale_line line where line.coop_id = $1 and line.sale_id = $2)
order by terms.terms_id, pinned.ord";
const POSTINGS: &str = "
select posting.posting_id, posting.kind, posting.source_id, posting.effective_at, posting.available_at, posting.currency::text as currency,
       account.kind::text as account, account.party_id, party.name, entry.amount
from posting
join entry on entry.coop_id = posting.coop_id and entry.posting_id = posting.posting_id
join account on account.coop_id = entry.coop_id and account.account_id = entry.account_id
left join party on party.coop_id = account.coop_id and party.party_id = account.party_id
where posting.coop_id = $1 and ";
const REFUNDS: &str = "
select refund_id, amount, status::text as status, reason from refund where coop_id = $1 and sale_id = $2 order by refunded_at, refund_id";
const DISPUTES: &str = "
select dispute_id, amount, status::text as status, reason,
       array(select jsonb_object_keys(movements) as id order by id)::text[] as movements
from dispute where coop_id = $1 and sale_id = $2 order by opened_at, dispute_id";
/// The first payout that each party was given by a run which reached as far as the sale's settlement.
const TRANSFERS: &str = "
select distinct on (account.party_id) account.party_id, payout.payout_id::text as payout, payout.transfer_id, payout.amount,
       payout.status::text as status
from posting
join entry on entry.coop_id = posting.coop_id and entry.posting_id = posting.posting_id
join account on account.coop_id = entry.coop_id and account.account_id = entry.account_id and account.kind = 'member_payable'
join payout on payout.coop_id = account.coop_id and payout.party_id = account.party_id and payout.currency = account.currency
    and payout.amount > 0 and payout.status <> 'cancelled'
join payout_run run on run.coop_id = payout.coop_id and run.run_id = payout.run_id
    and run.cutoff > posting.effective_at and run.cutoff >= posting.available_at and run.approved_at is not null
where posting.coop_id = $1 and posting.sale_id = $2 and posting.kind = 'settlement'
order by account.party_id, run.cutoff, run.drafted_at";
const NAMES: &str = "select party_id, name from party where coop_id = $1 and party_id = any ($2)";

pub(super) async fn sale(tx: &db::Tx, coop: CoopId, sale: SaleId) -> Result<Option<SaleExplained>, DbErr> {
    let key = || -> [Value; 2] { [coop.0.into(), sale.0.into()] };
    let Some(head) = tx.query_one_raw(statement(SALE, key())).await? else { return Ok(None) };
    let stripe = StripeIds {
        payment_intent: head.try_get("", "payment_intent")?,
        charge: head.try_get("", "charge")?,
        balance_transaction: head.try_get("", "balance_transaction")?,
        refunds: each(&tx.query_all_raw(statement(REFUNDS, key())).await?, refund)?,
        disputes: each(&tx.query_all_raw(statement(DISPUTES, key())).await?, dispute)?,
        transfers: each(&tx.query_all_raw(statement(TRANSFERS, key())).await?, transfer)?,
    };
    Ok(Some(SaleExplained {
        sale,
        reference: head.try_get("", "reference")?,
        channel: head.try_get("", "channel")?,
        payment: head.try_get("", "payment")?,
        status: head.try_get("", "status")?,
        sold_at: head.try_get("", "sold_at")?,
        currency: parsed(&head, "currency")?,
        gross: head.try_get("", "gross")?,
        fee: head.try_get("", "fee")?,
        exchange_rate: head.try_get("", "exchange_rate")?,
        lines: lines(tx, coop, sale).await?,
        postings: postings(tx, "posting.sale_id = $2", key()).await?,
        stripe,
    }))
}

/// One posting by its number.
pub(super) async fn posting(tx: &db::Tx, coop: CoopId, posting: i64) -> Result<Option<PostingExplained>, DbErr> {
    Ok(postings(tx, "posting.posting_id = $2", [coop.0.into(), posting.into()]).await?.pop())
}

async fn lines(tx: &db::Tx, coop: CoopId, sale: SaleId) -> Result<Vec<SaleLineExplained>, DbErr> {
    let key = || -> [Value; 2] { [coop.0.into(), sale.0.into()] };
    let mut agreements: HashMap<i64, Vec<AgreementUsed>> = HashMap::new();
    for row in tx.query_all_raw(statement(AGREEMENTS, key())).await? {
        let used = AgreementUsed {
            version: AgreementVersionId(row.try_get("", "version_id")?),
            layer: json::<Layer>(&row, "layer")?,
            name: row.try_get("", "name")?,
            number: row.try_get("", "version")?,
            adopted_by: row.try_get("", "adopted_by")?,
            effective_from: row.try_get("", "effective_from")?,
        };
        agreements.entry(row.try_get("", "terms_id")?).or_default().push(used);
    }
    let rows = tx.query_all_raw(statement(LINES, key())).await?;
    let allocations: Vec<Option<Allocation>> = each(&rows, |row| json_or_null(row, "body"))?;
    let names = Names::read(tx, coop, allocations.iter().flatten()).await?;
    rows.iter()
        .zip(allocations)
        .map(|(row, allocation)| {
            Ok(SaleLineExplained {
                line: row.try_get("", "line")?,
                sku: row.try_get("", "sku")?,
                description: row.try_get("", "description")?,
                quantity: row.try_get("", "quantity")?,
                amount: row.try_get("", "amount")?,
                tax: row.try_get("", "tax")?,
                discount: row.try_get("", "discount")?,
                agreements: agreements.get(&row.try_get("", "terms_id")?).cloned().unwrap_or_default(),
                sharing: allocation.map(|allocation| names.sharing(allocation)),
            })
        })
        .collect()
}

async fn postings(tx: &db::Tx, which: &str, key: [Value; 2]) -> Result<Vec<PostingExplained>, DbErr> {
    let sql = format!("{POSTINGS}{which} order by posting.posting_id, entry.leg");
    let rows = tx.query_all_raw(statement(&sql, key)).await?;
    let mut postings: Vec<PostingExplained> = Vec::new();
    for row in rows {
        let number: i64 = row.try_get("", "posting_id")?;
        if postings.last().is_none_or(|last| last.posting != number) {
            postings.push(PostingExplained {
                posting: number,
                kind: row.try_get("", "kind")?,
                source: row.try_get("", "source_id")?,
                effective_at: row.try_get("", "effective_at")?,
                available_at: row.try_get("", "available_at")?,
                currency: parsed(&row, "currency")?,
                legs: Vec::new(),
            });
        }
        let leg = LegExplained {
            account: row.try_get("", "account")?,
            party: row.try_get::<Option<i64>>("", "party_id")?.map(PartyId),
            name: row.try_get("", "name")?,
            amount: row.try_get("", "amount")?,
        };
        postings.last_mut().expect("one was just pushed where there was none").legs.push(leg);
    }
    Ok(postings)
}

fn each<T>(rows: &[QueryResult], of: fn(&QueryResult) -> Result<T, DbErr>) -> Result<Vec<T>, DbErr> {
    rows.iter().map(of).collect()
}

fn refund(row: &QueryResult) -> Result<RefundExplained, DbErr> {
    Ok(RefundExplained {
        id: row.try_get("", "refund_id")?,
        amount: row.try_get("", "amount")?,
        status: row.try_get("", "status")?,
        reason: row.try_get("", "reason")?,
    })
}

fn dispute(row: &QueryResult) -> Result<DisputeExplained, DbErr> {
    Ok(DisputeExplained {
        id: row.try_get("", "dispute_id")?,
        amount: row.try_get("", "amount")?,
        status: row.try_get("", "status")?,
        reason: row.try_get("", "reason")?,
        balance_transactions: row.try_get("", "movements")?,
    })
}

fn transfer(row: &QueryResult) -> Result<TransferExplained, DbErr> {
    Ok(TransferExplained {
        party: PartyId(row.try_get("", "party_id")?),
        payout: row.try_get("", "payout")?,
        transfer: row.try_get("", "transfer_id")?,
        amount: row.try_get("", "amount")?,
        status: row.try_get("", "status")?,
    })
}

/// What parties are called.
struct Names(HashMap<PartyId, String>);

impl Names {
    async fn read<'a>(tx: &db::Tx, coop: CoopId, of: impl Iterator<Item = &'a Allocation>) -> Result<Self, DbErr> {
        let recipients = of.flat_map(|allocation| {
            let parts = allocation.trace.iter().flat_map(|step| step.parts.iter().map(|part| part.to));
            allocation.legs.iter().map(|leg| leg.to).chain(parts)
        });
        let mut ids: Vec<i64> = recipients.filter_map(Recipient::party).map(|party| party.0).collect();
        ids.sort_unstable();
        ids.dedup();
        let rows = tx.query_all_raw(statement(NAMES, [coop.0.into(), ids.into()])).await?;
        let names: Result<_, DbErr> =
            rows.iter().map(|row| Ok((PartyId(row.try_get("", "party_id")?), row.try_get("", "name")?))).collect();
        Ok(Self(names?))
    }

    fn of(&self, recipient: Recipient) -> Named {
        let name = match recipient {
            Recipient::Party(party) => self.0.get(&party).cloned().unwrap_or_else(|| format!("party {party}")),
            Recipient::Tax => "tax".to_owned(),
            Recipient::Processor => "processor".to_owned(),
        };
        Named { recipient, name }
    }

    fn sharing(&self, allocation: Allocation) -> Sharing {
        let Allocation { currency, gross, legs, trace, lost_fee: _ } = allocation;
        let shares = legs.into_iter().map(|leg| ShareExplained { to: self.of(leg.to), purpose: leg.purpose, amount: leg.amount }).collect();
        Sharing { currency, gross, shares, steps: trace.into_iter().map(|step| self.step(step, currency)).collect() }
    }

    fn step(&self, step: TraceStep, currency: Currency) -> StepExplained {
        let sentence = step.explained(currency);
        let part = |part: &Part| PartExplained { to: self.of(part.to), amount: part.amount, rounding: i64::from(part.rounded_up) };
        StepExplained {
            layer: step.layer,
            number: step.number,
            rule: step.text.to_string(),
            base: step.base,
            result: step.result,
            parts: step.parts.iter().map(part).collect(),
            rounding_millionths: step.rounding.map_or(0, |rounding| rounding.0),
            notes: step.notes,
            sentence,
        }
    }
}
