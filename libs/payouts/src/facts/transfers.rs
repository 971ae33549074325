//! Transfers that exist, and how much of them came back.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, Currency, Money, PartyId};
use ledger::{Accounts, Posting};
use sea_orm::{ConnectionTrait as _, DbErr, FromQueryResult, Value};
use stripe_gateway::objects::Transfer;
use uuid::Uuid;

use crate::{PayoutId, PayoutStatus, PayoutsError, money::Moved};

/// A transfer as Stripe shows it at some moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferFact {
    /// Whose payout it is.
    pub coop: CoopId,
    /// The payout it was sent for; see [`super::marked`].
    pub payout: PayoutId,
    /// `tr_…`
    pub transfer: String,
    /// What was sent, in minor units.
    pub amount: i64,
    /// How much of it was taken back up to that moment, in minor units.
    pub amount_reversed: i64,
    /// Three letters, in any case.
    pub currency: String,
    /// `acct_…`, where known.
    pub destination: Option<String>,
    /// When the transfer was made.
    pub made_at: DateTime<Utc>,
    /// When it was seen like this: the event's time, or the moment of the look.
    pub seen_at: DateTime<Utc>,
}

impl TransferFact {
    /// A transfer as an answer or an event shows it.
    pub fn of(coop: CoopId, payout: PayoutId, transfer: &Transfer, seen_at: DateTime<Utc>) -> Self {
        Self {
            coop,
            payout,
            transfer: transfer.id.clone(),
            amount: transfer.amount,
            amount_reversed: if transfer.reversed { transfer.amount } else { transfer.amount_reversed },
            currency: transfer.currency.clone(),
            destination: transfer.destination.as_ref().map(|account| account.id().to_owned()),
            made_at: transfer.created.unwrap_or(seen_at),
            seen_at,
        }
    }
}

/// What [`record_transfers`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Payouts that changed.
    pub changed: usize,
    /// Facts that contradict the payouts they name. Nothing was written for them; they are for people.
    pub unmatched: Vec<Unmatched>,
}

/// A fact that fits no payout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// Its place in the slice.
    pub index: usize,
    /// What does not fit, in a sentence.
    pub reason: String,
}

#[derive(FromQueryResult)]
struct Row {
    coop_id: i32,
    payout_id: Uuid,
    party_id: i64,
    currency: String,
    amount: i64,
    status: PayoutStatus,
    destination: Option<String>,
    transfer_id: Option<String>,
    returned: i64,
}

/// A payout as the facts change it.
struct Known {
    coop: CoopId,
    payout: PayoutId,
    party: PartyId,
    currency: Currency,
    amount: i64,
    status: PayoutStatus,
    destination: Option<String>,
    transfer: Option<(String, DateTime<Utc>)>,
    returned: i64,
    reason: Option<String>,
    seen_at: DateTime<Utc>,
    changed: bool,
}

const LOCK: &str = "
select payout.coop_id, payout.payout_id, payout.party_id, payout.currency::text as currency, payout.amount, payout.status,
       payout.destination, payout.transfer_id, payout.returned
from payout
join (select distinct * from unnest($1::int4[], $2::uuid[]) as asked (coop_id, payout_id)) asked
    on asked.coop_id = payout.coop_id and asked.payout_id = payout.payout_id
order by payout.coop_id, payout.payout_id
for update of payout";

const WRITE: &str = "
with changed as (
    update payout set status = known.status::payout_status, reason = nullif(known.reason, ''),
        transfer_id = coalesce(payout.transfer_id, known.transfer_id), transferred_at = coalesce(payout.transferred_at, known.transferred_at),
        returned = known.returned, changed_at = known.seen_at, lease = null, leased_until = null
    from unnest($1::int4[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::int8[], $8::timestamptz[])
        as known (coop_id, payout_id, status, reason, transfer_id, transferred_at, returned, seen_at)
    where payout.coop_id = known.coop_id and payout.payout_id = known.payout_id
    returning payout.coop_id, payout.payout_id, payout.status, payout.changed_at, coalesce(payout.reason, payout.transfer_id) as note
)
insert into payout_step (coop_id, payout_id, step, status, at, note)
select coop_id, payout_id,
       1 + (select max(step) from payout_step taken where taken.coop_id = changed.coop_id and taken.payout_id = changed.payout_id),
       status, changed_at, note
from changed";

/// Takes facts about transfers into the payouts and the books: what exists is confirmed, what came back is owed again, as
/// far as it was not before. The transaction must have named every co-op concerned. Rows are locked in key order and
/// before any balance, so call this before other postings of the same transaction.
pub async fn record_transfers(tx: &db::Tx, accounts: &Accounts, facts: &[TransferFact]) -> Result<Recorded, PayoutsError> {
    if facts.is_empty() {
        return Ok(Recorded::default());
    }
    let coops: Vec<i32> = facts.iter().map(|fact| fact.coop.0).collect();
    let payouts: Vec<Uuid> = facts.iter().map(|fact| fact.payout.0).collect();
    let rows = Row::find_by_statement(statement(LOCK, [coops.into(), payouts.into()])).all(tx).await?;
    let mut known: BTreeMap<(CoopId, PayoutId), Known> = rows
        .into_iter()
        .map(|row| Ok(((CoopId(row.coop_id), PayoutId(row.payout_id)), Known::try_from(row)?)))
        .collect::<Result<_, DbErr>>()?;
    let (mut postings, mut unmatched) = (Vec::new(), Vec::new());
    for (index, fact) in facts.iter().enumerate() {
        let taken = match known.get_mut(&(fact.coop, fact.payout)) {
            None => Err(format!("transfer {} names payout {}, which does not exist", fact.transfer, fact.payout)),
            Some(payout) => payout.take(fact, &mut postings)?,
        };
        if let Err(reason) = taken {
            unmatched.push(Unmatched { index, reason });
        }
    }
    let changed: Vec<&Known> = known.values().filter(|payout| payout.changed).collect();
    if !changed.is_empty() {
        tx.execute_raw(statement(WRITE, columns(&changed))).await?;
    }
    ledger::post(tx, accounts, &postings).await?;
    Ok(Recorded { changed: changed.len(), unmatched })
}

fn columns(rows: &[&Known]) -> [Value; 8] {
    let transfer = |row: &Known| row.transfer.clone().expect("what a fact changed has its transfer");
    [
        rows.iter().map(|row| row.coop.0).collect::<Vec<i32>>().into(),
        rows.iter().map(|row| row.payout.0).collect::<Vec<Uuid>>().into(),
        rows.iter().map(|row| row.status.name().to_owned()).collect::<Vec<String>>().into(),
        rows.iter().map(|row| row.reason.clone().unwrap_or_default()).collect::<Vec<String>>().into(),
        rows.iter().map(|row| transfer(row).0).collect::<Vec<String>>().into(),
        rows.iter().map(|row| transfer(row).1).collect::<Vec<DateTime<Utc>>>().into(),
        rows.iter().map(|row| row.returned).collect::<Vec<i64>>().into(),
        rows.iter().map(|row| row.seen_at).collect::<Vec<DateTime<Utc>>>().into(),
    ]
}

impl TryFrom<Row> for Known {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        Ok(Self {
            coop: CoopId(row.coop_id),
            payout: PayoutId(row.payout_id),
            party: PartyId(row.party_id),
            currency: row.currency.parse().map_err(|error| DbErr::Type(format!("{error}")))?,
            amount: row.amount,
            status: row.status,
            destination: row.destination,
            transfer: row.transfer_id.map(|id| (id, DateTime::UNIX_EPOCH)),
            returned: row.returned,
            reason: None,
            seen_at: DateTime::UNIX_EPOCH,
            changed: false,
        })
    }
}

impl Known {
    /// Takes one fact in and adds its postings. The inner error is a contradiction, in words.
    fn take(&mut self, fact: &TransferFact, postings: &mut Vec<Posting>) -> Result<Result<(), String>, PayoutsError> {
        if let Err(reason) = self.fits(fact) {
            return Ok(Err(reason));
        }
        let (party, currency) = (self.party, self.currency);
        let moved = |amount, at| Moved { coop: fact.coop, payout: fact.payout, party, currency, amount, at };
        if self.transfer.is_none() {
            let sent = moved(self.amount, fact.made_at);
            postings.extend(if self.status == PayoutStatus::Failed { sent.found()? } else { sent.sent()? });
            self.transfer = Some((fact.transfer.clone(), fact.made_at));
            self.status = PayoutStatus::Confirmed;
            self.touch(fact);
        }
        if fact.amount_reversed > self.returned {
            let back = moved(fact.amount_reversed - self.returned, fact.seen_at);
            postings.extend(back.returned(fact.amount_reversed)?);
            self.returned = fact.amount_reversed;
            let returned = Money::new(self.returned, self.currency);
            self.reason = Some(if self.returned == self.amount {
                self.status = PayoutStatus::Failed;
                format!("transfer {} was taken back at Stripe; the {returned} are owed again", fact.transfer)
            } else {
                format!("{returned} of transfer {} were taken back at Stripe and are owed again", fact.transfer)
            });
            self.touch(fact);
        }
        Ok(Ok(()))
    }

    fn touch(&mut self, fact: &TransferFact) {
        self.changed = true;
        self.seen_at = self.seen_at.max(fact.seen_at);
    }

    fn fits(&self, fact: &TransferFact) -> Result<(), String> {
        let (transfer, payout) = (&fact.transfer, self.payout);
        if let Some((ours, _)) = &self.transfer
            && ours != transfer
        {
            return Err(format!(
                "transfer {transfer} names payout {payout}, which was paid by {ours} already; \
                 if both are live, reverse one of them in Stripe's dashboard"
            ));
        }
        let account = fact.destination.as_ref();
        let same_place = account.is_none_or(|account| self.destination.as_ref() == Some(account));
        let same = fact.amount == self.amount && fact.currency.eq_ignore_ascii_case(self.currency.code()) && same_place;
        if !same || fact.amount_reversed > fact.amount {
            let sent = Money::new(self.amount, self.currency);
            let to = self.destination.as_deref().unwrap_or("nobody");
            return Err(format!("transfer {transfer} names payout {payout}, but is not its {sent} to {to}"));
        }
        match self.status {
            PayoutStatus::Reserved | PayoutStatus::Sent | PayoutStatus::Unknown | PayoutStatus::Confirmed | PayoutStatus::Failed => Ok(()),
            status @ (PayoutStatus::Skipped | PayoutStatus::Planned | PayoutStatus::Cancelled) => {
                Err(format!("transfer {transfer} names payout {payout}, which is {status} and was never sent"))
            }
        }
    }
}
