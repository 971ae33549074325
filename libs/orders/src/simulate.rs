//! "What if": a draft agreement, run over sales that were settled, beside what they really gave.
//!
//! Each settled line is allocated again with the stack that it pinned, in which the draft takes the place of the agreement of
//! its layer and name, or is laid over it. What changes for a party is what the draft gives less what was booked. Running totals of
//! tiers begin with the first sale looked at; advances are taken to be as large as what each line paid back of them.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, Currency, PartyId, SaleId, largest_remainder};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use splits::{Advance, Agreement, Allocation, Bindings, Facts, Layer, Owner, Purpose, Remitter, SalePart, SoFar, Stack, allocate};
use uuid::Uuid;

use crate::{OrdersError, allocate::scaled};

/// The most lines that are run at once: a busy co-op's month.
pub const MAX_SIMULATED: i64 = 20_000;
/// How many lines that the draft cannot share are named.
const MAX_FAULTS: usize = 20;

/// An agreement that is not adopted.
#[derive(Clone, Debug)]
pub struct DraftAgreement {
    /// Where it lies among the others.
    pub layer: Layer,
    /// Its name; one that exists in the layer is replaced by it.
    pub name: String,
    /// Its steps.
    pub body: Agreement,
}

/// What a draft would have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Simulation {
    /// How many lines were run.
    pub lines: usize,
    /// Whether there were more than are run at once; the earliest were left out.
    pub is_cut: bool,
    /// By currency and party.
    pub changes: BTreeMap<(Currency, PartyId), Change>,
    /// Lines that the draft cannot share, with why; no more than a few are named.
    pub faults: Vec<(SaleId, i16, String)>,
    /// How many they are.
    pub faulty: usize,
}

/// What a party got and would have got, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// As booked.
    pub was: i64,
    /// By the draft.
    pub would_be: i64,
}

#[derive(FromQueryResult)]
struct Row {
    sale_id: Uuid,
    line: i16,
    sold_at: DateTime<Utc>,
    sale_gross: i64,
    settled_gross: Option<i64>,
    fee: i64,
    venue_id: Option<i64>,
    affiliate_id: Option<i64>,
    quantity: i32,
    amount: i64,
    tax: i64,
    discount: i64,
    before: i64,
    terms_id: i64,
    owners: String,
    body: String,
}

#[derive(FromQueryResult)]
struct VersionRow {
    terms_id: i64,
    layer: String,
    name: String,
    body: String,
}

const SETTLED: &str = "
select sale.sale_id, line.line, sale.sold_at, sale.gross as sale_gross, sale.settled_gross, sale.fee, sale.venue_id, sale.affiliate_id,
       line.quantity, line.amount, line.tax, line.discount, line.terms_id, line.owners::text as owners, allocation.body::text as body,
       coalesce((select sum(earlier.amount) from sale_line earlier where earlier.coop_id = line.coop_id
                 and earlier.sale_id = line.sale_id and earlier.line < line.line), 0)::int8 as before
from sale
join sale_line line on line.coop_id = sale.coop_id and line.sale_id = sale.sale_id
join allocation on allocation.coop_id = line.coop_id and allocation.sale_id = line.sale_id and allocation.line = line.line
where sale.coop_id = $1 and sale.sold_at >= $2 and sale.status = 'settled'
order by sale.sold_at desc, sale.sale_id desc, line.line desc limit $3";
const VERSIONS: &str = "
select terms.terms_id, agreement.layer::text as layer, agreement.name, version.body::text as body
from terms
cross join lateral unnest(terms.versions) with ordinality as pinned (version_id, ord)
join agreement_version version on version.coop_id = terms.coop_id and version.version_id = pinned.version_id
join agreement on agreement.coop_id = version.coop_id and agreement.agreement_id = version.agreement_id
where terms.coop_id = $1 and terms.terms_id = any ($2)
order by terms.terms_id, pinned.ord";
const OWN: &str = "select party_id from party where coop_id = $1 and kind = 'coop'";

/// Runs a draft over the lines that were sold since then and are settled. Nothing is written.
pub async fn simulate(
    db: &impl ConnectionTrait,
    coop: CoopId,
    draft: &DraftAgreement,
    since: DateTime<Utc>,
) -> Result<Simulation, OrdersError> {
    draft.body.validate(draft.layer)?;
    let values = [coop.0.into(), since.into(), (MAX_SIMULATED + 1).into()];
    let mut rows = Row::find_by_statement(statement(SETTLED, values)).all(db).await?;
    let most = usize::try_from(MAX_SIMULATED).unwrap_or(usize::MAX);
    let is_cut = rows.len() > most;
    rows.truncate(most);
    rows.reverse(); // running totals grow with time
    let own = db.query_one_raw(statement(OWN, [coop.0.into()])).await?;
    let Some(own) = own else { return Ok(Simulation::default()) };
    let own = PartyId(own.try_get("", "party_id")?);
    let stacks = stacks(db, coop, draft, &rows).await?;
    let mut run = Run { stacks, own, totals: HashMap::new(), told: Simulation { lines: rows.len(), is_cut, ..Simulation::default() } };
    for row in &rows {
        run.line(row)?;
    }
    Ok(run.told)
}

/// Each stack that was pinned, with the draft in it.
async fn stacks(
    db: &impl ConnectionTrait,
    coop: CoopId,
    draft: &DraftAgreement,
    rows: &[Row],
) -> Result<HashMap<i64, Result<Stack, String>>, DbErr> {
    let mut terms: Vec<i64> = rows.iter().map(|row| row.terms_id).collect();
    terms.sort_unstable();
    terms.dedup();
    let versions = VersionRow::find_by_statement(statement(VERSIONS, [coop.0.into(), terms.clone().into()])).all(db).await?;
    let mut layers: HashMap<i64, Vec<(Layer, Agreement)>> = terms.into_iter().map(|terms| (terms, Vec::new())).collect();
    for row in versions {
        let layer: Layer = json(&format!("{:?}", row.layer))?;
        if layer != draft.layer || row.name != draft.name {
            layers.entry(row.terms_id).or_default().push((layer, json(&row.body)?));
        }
    }
    let stack = |mut layers: Vec<(Layer, Agreement)>| {
        // Another agreement of the layer gives way: a sale has one of each
        layers.retain(|(layer, _)| *layer != draft.layer);
        layers.push((draft.layer, draft.body.clone()));
        Stack::of(layers).map_err(|problems| problems.to_string())
    };
    Ok(layers.into_iter().map(|(terms, layers)| (terms, stack(layers))).collect())
}

fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, DbErr> {
    serde_json::from_str(text).map_err(|error| DbErr::Json(error.to_string()))
}

struct Run {
    stacks: HashMap<i64, Result<Stack, String>>,
    own: PartyId,
    totals: HashMap<(i64, PartyId, kernel::Month), i64>,
    told: Simulation,
}

impl Run {
    fn line(&mut self, row: &Row) -> Result<(), OrdersError> {
        let booked: Allocation = json(&row.body)?;
        let shared = match self.stacks.get(&row.terms_id) {
            Some(Ok(stack)) => allocate(stack, &self.facts(row, &booked, stack)?).map_err(|error| error.to_string()),
            Some(Err(problems)) => Err(problems.clone()),
            None => Err("the agreements that it pins are missing".to_owned()),
        };
        match shared {
            Ok(allocation) => self.compare(row, &booked, &allocation),
            Err(why) => {
                self.told.faulty += 1;
                if self.told.faults.len() < MAX_FAULTS {
                    self.told.faults.push((SaleId(row.sale_id), row.line, why));
                }
            }
        }
        Ok(())
    }

    fn facts(&self, row: &Row, booked: &Allocation, stack: &Stack) -> Result<Facts, OrdersError> {
        let total = row.settled_gross.unwrap_or(row.sale_gross);
        let owners: Vec<Owner> = json(&row.owners)?;
        let rest = (row.sale_gross - row.amount).max(0);
        // The line's part of the fee, near enough to the cent: the remainders of the other lines are not known here
        let fee = largest_remainder(row.fee, &[row.amount, rest]).map_or(0, |parts| parts[0]);
        let bindings = Bindings { co_op: self.own, venue: row.venue_id.map(PartyId), affiliate: row.affiliate_id.map(PartyId) };
        let month = kernel::Month::of(row.sold_at, &Utc);
        let so_far = stack.needs().so_far.into_iter().filter_map(|payee| bindings.resolve(payee));
        let so_far = so_far.map(|party| SoFar { party, amount: self.totals.get(&(row.terms_id, party, month)).copied().unwrap_or(0) });
        let repaid = |name: &str| -> i64 {
            let legs = booked.legs.iter().filter(|leg| matches!(&leg.purpose, Purpose::Recoup(of) if &**of == name));
            legs.map(|leg| leg.amount).sum()
        };
        let advances = stack.needs().advances.into_iter().map(|name| Advance { outstanding: repaid(&name), name });
        Ok(Facts {
            currency: booked.currency,
            gross: booked.gross,
            tax: scaled(row.tax, booked.gross, row.amount),
            tax_remitter: Remitter::Seller,
            processor_fee: fee,
            discount: scaled(row.discount, booked.gross, row.amount),
            quantity: i64::from(row.quantity),
            sold_at: row.sold_at,
            owners,
            so_far: so_far.collect(),
            advances: advances.collect(),
            bindings,
            sale: Some(SalePart { before: scaled(row.before, total, row.sale_gross).min(total - booked.gross), total }),
        })
    }

    fn compare(&mut self, row: &Row, booked: &Allocation, drafted: &Allocation) {
        let month = kernel::Month::of(row.sold_at, &Utc);
        for step in &drafted.trace {
            if step.notes.iter().any(|note| matches!(note, splits::Note::SoFar(_))) {
                for party in step.parts.iter().filter_map(|part| part.to.party()) {
                    *self.totals.entry((row.terms_id, party, month)).or_default() += step.base;
                }
            }
        }
        let mut add = |allocation: &Allocation, of: fn(&mut Change) -> &mut i64| {
            for leg in &allocation.legs {
                if let Some(party) = leg.to.party() {
                    *of(self.told.changes.entry((allocation.currency, party)).or_default()) += leg.amount;
                }
            }
        };
        add(booked, |change| &mut change.was);
        add(drafted, |change| &mut change.would_be);
    }
}
