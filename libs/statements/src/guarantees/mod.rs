//! Minimum guarantees at the close of a month: what a payee earned less than the minimum is topped up, and what was topped
//! up earlier is recouped from what it earned above, where the agreement says so.
//!
//! In force is the version of an agreement that was adopted last before the month ended. A sale counts for an agreement
//! when one of its lines was sold under any version of it, with everything that was settled, refunded or lost in the month.
//! Guarantees per event are not a matter of the month and are passed over here. What is booked into the month in the moment
//! between this and the close of the books is on the statements, but is not looked at for the guarantees again.

mod read;

use std::collections::BTreeSet;

use identity::Coop;
use kernel::{AgreementVersionId, Currency, Month, PartyId};
use ledger::{Account, AccountKind, Posting, PostingHead};
use serde::Serialize;
use splits::{Guarantee, Payee, Period, recouped, top_up};

use crate::{Statements, StatementsError, gather::Span, repo};
use read::{Earnings, InForce};

pub(crate) use read::lock;

/// How a guarantee came out for one party. Amounts are minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GuaranteeOutcome {
    /// The agreement's version.
    pub version: AgreementVersionId,
    /// Its place among the version's guarantees, from 1.
    pub item: i16,
    /// Who is guaranteed it.
    pub party: PartyId,
    /// Who pays the difference.
    pub borne_by: PartyId,
    /// The currency of the amounts.
    pub currency: Currency,
    /// The minimum.
    pub minimum: i64,
    /// What the party earned under the agreement.
    pub earned: i64,
    /// Of earlier top-ups, what was still to be recouped.
    pub outstanding: i64,
    /// Positive: topped up; negative: recouped.
    pub amount: i64,
}

/// What a guarantee does: tops up, recoups (negative), or nothing.
fn settled(guarantee: &Guarantee, earned: i64, outstanding: i64) -> i64 {
    top_up(guarantee, earned) - recouped(guarantee, earned, outstanding)
}

impl Statements {
    /// Settles the guarantees of a month that is still open, each once; afterwards, says how they came out.
    pub(crate) async fn settle_guarantees(&self, coop: &Coop, month: Month) -> Result<Vec<GuaranteeOutcome>, StatementsError> {
        let tx = db::begin_many(&self.db, &[coop.id]).await?; // planned for the true size of the batch
        read::lock(&tx, coop.id).await?;
        let (span, closed) = repo::span(&tx, coop.id, month, coop.zone).await?;
        let mut outcomes = read::outcomes(&tx, coop.id, month).await?;
        if !closed {
            let fresh = decide(&tx, coop, (month, span), &outcomes).await?;
            read::insert(&tx, coop.id, month, &fresh).await?;
            let own = read::own_party(&tx, coop.id).await?;
            let postings = postings(coop, (month, span), own, &fresh)?;
            ledger::post(&tx, &self.accounts, &postings).await?;
            outcomes.extend(fresh);
        }
        tx.commit().await?;
        Ok(outcomes)
    }
}

/// The outcomes of guarantees that are not settled yet.
async fn decide(
    tx: &db::Tx,
    coop: &Coop,
    (month, span): (Month, Span),
    known: &[GuaranteeOutcome],
) -> Result<Vec<GuaranteeOutcome>, StatementsError> {
    let in_force = read::in_force(tx, coop.id, span.until).await?;
    if in_force.is_empty() {
        return Ok(Vec::new());
    }
    let earnings = read::earnings(tx, coop.id, span, &in_force).await?;
    let outstanding = read::outstanding(tx, coop.id, month).await?;
    let mut fresh = Vec::new();
    for agreement in &in_force {
        let Some(currency) = agreement.body.currency else { continue };
        for (item, guarantee) in (1_i16..).zip(&agreement.body.guarantees) {
            let done = known.iter().any(|known| (known.version, known.item) == (agreement.version, item));
            if done || guarantee.per != Period::Month {
                continue;
            }
            let parties = earnings.bound(agreement.id, guarantee.to);
            if parties.is_empty() {
                continue;
            }
            let borne_by = bearer(agreement, item, guarantee.borne_by, &earnings)?;
            for party in parties.into_iter().filter(|party| *party != borne_by) {
                let earned = earnings.of(agreement.id, party, currency);
                let outstanding = outstanding.get(&(agreement.id, party, borne_by, currency)).copied().unwrap_or(0);
                let amount = settled(guarantee, earned, outstanding);
                let (version, minimum) = (agreement.version, guarantee.minimum);
                fresh.push(GuaranteeOutcome { version, item, party, borne_by, currency, minimum, earned, outstanding, amount });
            }
        }
    }
    Ok(fresh)
}

fn bearer(agreement: &InForce, item: i16, payee: Payee, earnings: &Earnings) -> Result<PartyId, StatementsError> {
    let bound: BTreeSet<PartyId> = earnings.bound(agreement.id, payee);
    match (bound.first(), bound.len()) {
        (Some(party), 1) => Ok(*party),
        (_, count) => Err(StatementsError::NoBearer {
            agreement: format!("{} v{}", agreement.name, agreement.number),
            item,
            payee: if payee == Payee::Venue { "venue" } else { "affiliate" },
            count,
        }),
    }
}

/// One posting for each guarantee that moves money, over all parties it concerns, at the last moment of the month.
fn postings(
    coop: &Coop,
    (month, span): (Month, Span),
    own: PartyId,
    outcomes: &[GuaranteeOutcome],
) -> Result<Vec<Posting>, StatementsError> {
    let account = |party| if party == own { Account::own(AccountKind::CoopIncome) } else { Account::of(AccountKind::MemberPayable, party) };
    let mut postings = Vec::new();
    for same in outcomes.chunk_by(|a, b| (a.version, a.item) == (b.version, b.item)) {
        let head = PostingHead {
            coop: coop.id,
            kind: "guarantee",
            source: format!("{month}:{}:{}", same[0].version, same[0].item),
            currency: same[0].currency,
            effective_at: span.until - chrono::TimeDelta::microseconds(1),
            available_at: span.until,
            sale: None,
            reverses: None,
            exchange: None,
        };
        let legs = same.iter().flat_map(|outcome| [(account(outcome.borne_by), outcome.amount), (account(outcome.party), -outcome.amount)]);
        postings.extend(Posting::try_new(head, legs)?);
    }
    Ok(postings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarantee(recouped: bool) -> Guarantee {
        Guarantee { to: Payee::Party(PartyId(7)), per: Period::Month, minimum: 20_000, borne_by: Payee::CoOp, recouped }
    }

    #[test]
    fn a_poor_month_is_topped_up_and_a_good_one_pays_back_what_is_outstanding() {
        assert_eq!(settled(&guarantee(true), 15_000, 0), 5_000);
        assert_eq!(settled(&guarantee(true), 23_000, 5_000), -3_000);
        assert_eq!(settled(&guarantee(true), 40_000, 2_000), -2_000);
        assert_eq!(settled(&guarantee(true), 20_000, 2_000), 0);
        assert_eq!(settled(&guarantee(false), 40_000, 2_000), 0);
        assert_eq!(settled(&guarantee(false), -500, 0), 20_500);
    }
}
