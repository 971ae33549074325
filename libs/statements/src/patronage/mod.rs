//! Sharing a surplus among the members by what they did with the co-op: a part in cash, the rest kept as their capital.

mod read;

use std::collections::{BTreeMap, BTreeSet};

use identity::Coop;
use kernel::{Currency, Money, Month, PartyId, PersonId, largest_remainder};
use ledger::{Account, AccountKind, Posting, PostingHead};
use serde::Serialize;
use splits::Rate;

use crate::{PatronageFault, Statements, StatementsError, gather::Span, guarantees, repo};

/// Members per posting: two legs each and one for the surplus stay far below what a posting can number.
const MEMBERS_PER_POSTING: usize = 10_000;

/// By what a surplus is shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Metric {
    /// What sales credited to each member in the period, less refunds and lost disputes.
    SalesCredited,
    /// Hours worked, or any other whole number, by member.
    Hours(BTreeMap<PartyId, i64>),
}

/// An order to share a surplus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatronageOrder {
    /// Its name, such as `2026`; carried out once. Letters, digits, spaces, no `#`.
    pub key: String,
    /// The first month of the period.
    pub first: Month,
    /// The last month of the period.
    pub last: Month,
    /// What is shared out.
    pub surplus: Money,
    /// By what.
    pub metric: Metric,
    /// The part that is paid in cash; the rest is retained.
    pub cash: Rate,
}

/// A member's share. Amounts are minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PatronageShare {
    /// Who.
    pub party: PartyId,
    /// The member's weight: minor units credited, or hours.
    pub weight: i64,
    /// Of the surplus.
    pub amount: i64,
    /// Of `amount`, what may be paid out.
    pub cash: i64,
    /// Of `amount`, what stays as the member's capital.
    pub retained: i64,
}

/// How a surplus was shared out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Patronage {
    /// The order's key.
    pub key: String,
    /// The currency of all amounts.
    pub currency: Currency,
    /// One share for each member with a weight, by party; the amounts sum to the surplus.
    pub shares: Vec<PatronageShare>,
    /// Whether this call carried it out; `false` when it was before.
    pub newly: bool,
}

/// Shares `surplus_minor` by weight and each share by `cash`, every unit to somebody: largest remainder, ties to the
/// earlier party. Parties without a positive weight get nothing; `None` when there is nobody.
pub fn share_surplus(surplus_minor: i64, weights: &BTreeMap<PartyId, i64>, cash: Rate) -> Option<Vec<PatronageShare>> {
    let taking: Vec<(PartyId, i64)> = weights.iter().filter(|(_, weight)| **weight > 0).map(|(party, weight)| (*party, *weight)).collect();
    let by_weight: Vec<i64> = taking.iter().map(|(_, weight)| *weight).collect();
    let amounts = largest_remainder(surplus_minor, &by_weight)?;
    let whole = i64::from(Rate::WHOLE.ppm());
    // The cash in all is rounded down once; no member's part of it is more than the member's share.
    let in_cash = i128::from(surplus_minor) * i128::from(cash.ppm()) / i128::from(whole);
    let parts = largest_remainder(i64::try_from(in_cash).ok()?, &amounts)?;
    let shares = taking.into_iter().zip(amounts.into_iter().zip(parts));
    Some(shares.map(|((party, weight), (amount, cash))| PatronageShare { party, weight, amount, cash, retained: amount - cash }).collect())
}

impl Statements {
    /// Shares a surplus out, once per key: cash to what members may be paid, the rest to their capital, from the co-op's
    /// income. It is booked now; a second call with the same order is the same answer without effect, one with other
    /// figures is refused.
    #[tracing::instrument(name = "statements.patronage", skip_all, fields(coop.id = %coop.id), err)]
    pub async fn patronage(&self, coop: &Coop, order: &PatronageOrder, by: Option<PersonId>) -> Result<Patronage, StatementsError> {
        order.check()?;
        let tx = db::begin_many(&self.db, &[coop.id]).await?; // planned for the true size of the batch
        guarantees::lock(&tx, coop.id).await?;
        if let Some(before) = read::find(&tx, coop.id, order).await? {
            tx.commit().await?;
            return Ok(before);
        }
        let weights = weights(&tx, coop, order).await?;
        let nobody = || PatronageFault::Nobody(order.first, order.last);
        let shares = share_surplus(order.surplus.minor, &weights, order.cash).ok_or_else(nobody)?;
        let now = self.clock.now();
        read::insert(&tx, coop.id, (order, by), &shares, now).await?;
        let mut postings = Vec::new();
        for (number, part) in (1..).zip(shares.chunks(MEMBERS_PER_POSTING)) {
            let source = if number == 1 { order.key.clone() } else { format!("{}#{number}", order.key) };
            let head = PostingHead {
                coop: coop.id,
                kind: "patronage",
                source,
                currency: order.surplus.currency,
                effective_at: now,
                available_at: now,
                sale: None,
                reverses: None,
                exchange: None,
            };
            postings.extend(Posting::try_new(head, part.iter().flat_map(legs))?);
        }
        ledger::post(&tx, &self.accounts, &postings).await?;
        tx.commit().await?;
        Ok(Patronage { key: order.key.clone(), currency: order.surplus.currency, shares, newly: true })
    }
}

impl PatronageOrder {
    fn check(&self) -> Result<(), PatronageFault> {
        if self.key.trim().is_empty() || self.key.contains('#') {
            return Err(PatronageFault::Key(self.key.clone()));
        }
        if self.surplus.minor <= 0 {
            return Err(PatronageFault::NoSurplus(self.surplus.minor));
        }
        if self.last < self.first {
            return Err(PatronageFault::Backwards(self.first, self.last));
        }
        match &self.metric {
            Metric::SalesCredited => Ok(()),
            Metric::Hours(hours) => match hours.iter().find(|(_, hours)| **hours < 0) {
                Some((party, _)) => Err(PatronageFault::Negative(*party)),
                None => Ok(()),
            },
        }
    }
}

impl Metric {
    /// Its name in the database.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SalesCredited => "sales_credited",
            Self::Hours(_) => "hours",
        }
    }
}

fn legs(share: &PatronageShare) -> [(Account, i64); 3] {
    [
        (Account::own(AccountKind::CoopIncome), share.amount),
        (Account::of(AccountKind::MemberPayable, share.party), -share.cash),
        (Account::of(AccountKind::Capital, share.party), -share.retained),
    ]
}

async fn weights(tx: &db::Tx, coop: &Coop, order: &PatronageOrder) -> Result<BTreeMap<PartyId, i64>, StatementsError> {
    match &order.metric {
        Metric::SalesCredited => {
            let (first, _) = repo::span(tx, coop.id, order.first, coop.zone).await?;
            let (last, _) = repo::span(tx, coop.id, order.last, coop.zone).await?;
            let span = Span { from: first.from, until: last.until };
            Ok(read::credited(tx, coop.id, span, order.surplus.currency).await?)
        }
        Metric::Hours(hours) => {
            let members: BTreeSet<PartyId> = read::members(tx, coop.id).await?;
            match hours.keys().find(|party| !members.contains(party)) {
                Some(stranger) => Err(PatronageFault::NoMember(*stranger).into()),
                None => Ok(hours.clone()),
            }
        }
    }
}

#[cfg(test)]
mod tests;
