//! Facts about parties: their connected accounts, the transfers to them, and their banks.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use kernel::{CoopId, PartyId};
use payouts::{BankFact, BankPayoutStatus, TransferFact};
use stripe_gateway::objects::PayoutStatus;

use crate::{Fact, Settlement, SettlementError, inbox::Fate};

/// Facts about parties, each with its event.
#[derive(Default)]
pub(crate) struct PartyFacts {
    accounts: Vec<(String, AccountFact)>,
    transfers: Vec<(String, TransferFact)>,
    banks: Vec<(String, BankFact)>,
}

struct AccountFact {
    party: (CoopId, PartyId),
    payouts_enabled: bool,
    reason: Option<String>,
    at: DateTime<Utc>,
}

impl PartyFacts {
    pub(crate) fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.transfers.is_empty() && self.banks.is_empty()
    }

    pub(crate) fn coops(&self) -> BTreeSet<CoopId> {
        let accounts = self.accounts.iter().map(|(_, fact)| fact.party.0);
        let transfers = self.transfers.iter().map(|(_, fact)| fact.coop);
        accounts.chain(transfers).chain(self.banks.iter().map(|(_, fact)| fact.coop)).collect()
    }

    pub(crate) fn into_events(self) -> Vec<String> {
        let accounts = self.accounts.into_iter().map(|(event, _)| event);
        let transfers = self.transfers.into_iter().map(|(event, _)| event);
        accounts.chain(transfers).chain(self.banks.into_iter().map(|(event, _)| event)).collect()
    }

    pub(crate) fn push_transfer(&mut self, event_id: String, fact: TransferFact) {
        self.transfers.push((event_id, fact));
    }

    /// Adds a fact about a connected account.
    pub(crate) fn push(&mut self, event_id: String, fact: Fact, party: (CoopId, PartyId)) {
        match fact {
            Fact::Account { payouts_enabled, reason, at, .. } => {
                self.accounts.push((event_id, AccountFact { party, payouts_enabled, reason, at }));
            }
            Fact::BankPayout { account, payout, at } => {
                let fact = BankFact {
                    coop: party.0,
                    bank_payout: payout.id.clone(),
                    account,
                    amount: payout.amount,
                    currency: payout.currency.clone(),
                    status: bank_status(&payout.status),
                    reason: payout.failure_message.clone().or_else(|| payout.failure_code.clone()),
                    created_at: payout.created.unwrap_or(at),
                };
                self.banks.push((event_id, fact));
            }
            Fact::Payment { .. }
            | Fact::Linked { .. }
            | Fact::Refund { .. }
            | Fact::Dispute { .. }
            | Fact::Transfer { .. }
            | Fact::Nothing => {}
        }
    }
}

const fn bank_status(status: &PayoutStatus) -> BankPayoutStatus {
    match status {
        PayoutStatus::Paid => BankPayoutStatus::Paid,
        PayoutStatus::Failed => BankPayoutStatus::Failed,
        PayoutStatus::Canceled => BankPayoutStatus::Canceled,
        PayoutStatus::InTransit => BankPayoutStatus::InTransit,
        PayoutStatus::Pending | PayoutStatus::Other(_) => BankPayoutStatus::Pending,
    }
}

/// Brings accounts and payouts up to date with what Stripe said.
pub(crate) async fn apply(
    settlement: &Settlement,
    tx: &db::Tx,
    facts: PartyFacts,
    fates: &mut Vec<(String, Fate)>,
) -> Result<(), SettlementError> {
    for (event_id, fact) in facts.accounts {
        identity::update_account(tx, fact.party, fact.payouts_enabled, fact.reason.as_deref(), fact.at).await?;
        fates.push((event_id, Fate::Done(Some(fact.party.0))));
    }
    let (events, transfers): (Vec<String>, Vec<TransferFact>) = facts.transfers.into_iter().unzip();
    let recorded = payouts::record_transfers(tx, &settlement.accounts, &transfers).await?;
    for (index, event_id) in events.into_iter().enumerate() {
        let coop = transfers.get(index).map(|fact| fact.coop);
        let unmatched = recorded.unmatched.iter().find(|unmatched| unmatched.index == index);
        fates.push((event_id, unmatched.map_or(Fate::Done(coop), |unmatched| Fate::Parked(coop, unmatched.reason.clone()))));
    }
    let (events, banks): (Vec<String>, Vec<BankFact>) = facts.banks.into_iter().unzip();
    payouts::record_bank_payouts(tx, &banks).await?;
    fates.extend(events.into_iter().zip(&banks).map(|(event_id, fact)| (event_id, Fate::Done(Some(fact.coop)))));
    Ok(())
}
