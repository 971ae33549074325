//! A payout run, and what its readers see of its payouts.

use chrono::{DateTime, Utc};
use kernel::{Currency, PartyId, PersonId};
use sea_orm::DbErr;

use crate::{
    BankPayoutStatus, PayoutId, PayoutStatus, RunId, RunStatus,
    entity::{bank_payout, payout, run, step},
};

/// A batch of payouts in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// What it pays in.
    pub currency: Currency,
    /// It pays what was earned before this moment.
    pub cutoff: DateTime<Utc>,
    /// How far it has come.
    pub status: RunStatus,
    /// Who drafted it.
    pub drafted_by: PersonId,
    /// When.
    pub drafted_at: DateTime<Utc>,
    /// Who approved it, and when; a run that is held may have been approved before.
    pub approved: Option<(PersonId, DateTime<Utc>)>,
    /// Why it is held.
    pub held_reason: Option<String>,
    /// Why it was cancelled.
    pub cancelled_reason: Option<String>,
    /// Since when every payout of it is settled.
    pub finished_at: Option<DateTime<Utc>>,
}

/// One party's payout in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payout {
    /// Its id.
    pub id: PayoutId,
    /// The run it is part of.
    pub run: RunId,
    /// For whom.
    pub party: PartyId,
    /// The currency of the amounts.
    pub currency: Currency,
    /// What the co-op owed the party when this was planned, in minor units; negative: the other way.
    pub owed: i64,
    /// What is paid, in minor units; 0 when skipped.
    pub amount: i64,
    /// How far it has come.
    pub status: PayoutStatus,
    /// The connected account it goes to.
    pub destination: Option<String>,
    /// Why it is less than was owed.
    pub rest: Option<String>,
    /// Why it is skipped, waiting, failed or cancelled, or what is unknown.
    pub reason: Option<String>,
    /// How many idempotency keys it has used.
    pub attempt: i32,
    /// Stripe's `tr_…`.
    pub transfer: Option<String>,
    /// How much of the transfer was taken back, in minor units.
    pub returned: i64,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
    /// What became of it behind the party's own Stripe account, as far as Stripe told.
    pub bank: Option<BankNote>,
}

/// What became of a transfer on its way to the party's bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankNote {
    /// Stripe's `po_…`.
    pub bank_payout: String,
    /// How far it has come.
    pub status: BankPayoutStatus,
    /// In words.
    pub note: String,
}

/// A step that a payout took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it became.
    pub status: PayoutStatus,
    /// When.
    pub at: DateTime<Utc>,
    /// What happened.
    pub note: Option<String>,
}

/// A run with its payouts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Results {
    /// The run.
    pub run: Run,
    /// Its payouts by party, skipped ones too.
    pub payouts: Vec<Payout>,
}

impl Results {
    /// How many of its payouts have come this far, and what they sum to in minor units.
    pub fn total(&self, status: PayoutStatus) -> (usize, i64) {
        let of = self.payouts.iter().filter(|payout| payout.status == status);
        of.fold((0, 0), |(count, sum), payout| (count + 1, sum + payout.amount))
    }
}

fn currency(code: &str) -> Result<Currency, DbErr> {
    code.parse().map_err(|error| DbErr::Type(format!("{error}")))
}

impl TryFrom<run::Model> for Run {
    type Error = DbErr;

    fn try_from(row: run::Model) -> Result<Self, DbErr> {
        Ok(Self {
            id: RunId(row.run_id),
            currency: currency(&row.currency)?,
            cutoff: row.cutoff,
            status: row.status,
            drafted_by: PersonId(row.drafted_by),
            drafted_at: row.drafted_at,
            approved: row.approved_by.map(PersonId).zip(row.approved_at),
            held_reason: row.held_reason,
            cancelled_reason: row.cancelled_reason,
            finished_at: row.finished_at,
        })
    }
}

impl Payout {
    /// Reads a row, and among the bank payouts of the co-op what became of it.
    pub(crate) fn read(row: payout::Model, bank: &[bank_payout::Model]) -> Result<Self, DbErr> {
        Ok(Self {
            id: PayoutId(row.payout_id),
            run: RunId(row.run_id),
            party: PartyId(row.party_id),
            currency: currency(&row.currency)?,
            owed: row.owed,
            amount: row.amount,
            status: row.status,
            bank: BankNote::of(&row, bank),
            destination: row.destination,
            rest: row.rest,
            reason: row.reason,
            attempt: row.attempt,
            transfer: row.transfer_id,
            returned: row.returned,
            changed_at: row.changed_at,
        })
    }
}

impl BankNote {
    /// Stripe does not tell which transfers a payout to the bank contains. The first that arrives after a transfer contains
    /// it; as long as none has arrived, the last word counts.
    fn of(payout: &payout::Model, bank: &[bank_payout::Model]) -> Option<Self> {
        let (account, since) = (payout.destination.as_deref()?, payout.transferred_at?);
        let after =
            || bank.iter().filter(move |row| row.destination == account && row.currency == payout.currency && row.created_at >= since);
        let arrived = after().filter(|row| row.status == BankPayoutStatus::Paid).min_by_key(|row| row.created_at);
        let row = arrived.or_else(|| after().max_by_key(|row| row.created_at))?;
        Some(Self { bank_payout: row.bank_payout_id.clone(), status: row.status, note: words(row) })
    }
}

fn words(row: &bank_payout::Model) -> String {
    let reason = row.reason.as_deref().map_or("it gave no reason", |reason| reason.trim_end_matches('.'));
    match row.status {
        BankPayoutStatus::Pending | BankPayoutStatus::InTransit => "on its way from the Stripe account to the bank".to_owned(),
        BankPayoutStatus::Paid => "arrived at the bank".to_owned(),
        BankPayoutStatus::Canceled => {
            "Stripe gave the payout to the bank up; the money lies in the party's own Stripe account, not with the co-op".to_owned()
        }
        BankPayoutStatus::Failed => format!(
            "the bank sent it back: {reason}. The money lies in the party's own Stripe account, not with the co-op; \
             Stripe pays it out again when the bank details there are corrected"
        ),
    }
}

impl From<step::Model> for Step {
    fn from(row: step::Model) -> Self {
        Self { status: row.status, at: row.at, note: row.note }
    }
}
