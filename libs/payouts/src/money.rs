//! The postings of a payout's life. Money owed goes from the payable to transit when it is reserved, and from transit out of
//! the clearing account when the transfer exists; whatever fails takes the way back.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, Currency, PartyId};
use ledger::{Account, AccountKind, Posting, PostingHead, PostingId, Unbalanced};
use sea_orm::{DbErr, FromQueryResult};
use uuid::Uuid;

use crate::PayoutId;

/// Whose money moves, and how much of it, in minor units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moved {
    pub(crate) coop: CoopId,
    pub(crate) payout: PayoutId,
    pub(crate) party: PartyId,
    pub(crate) currency: Currency,
    pub(crate) amount: i64,
    pub(crate) at: DateTime<Utc>,
}

impl Moved {
    /// Payable to transit: promised, not sent.
    pub(crate) fn reserved(&self) -> Result<Option<Posting>, Unbalanced> {
        self.posting("payout", None, (self.payable(), Account::own(AccountKind::Transit)))
    }

    /// Transit to clearing: it has left.
    pub(crate) fn sent(&self) -> Result<Option<Posting>, Unbalanced> {
        self.posting("payout_sent", None, (Account::own(AccountKind::Transit), Account::own(AccountKind::Clearing)))
    }

    /// The reservation taken back: `payout_failed` or `payout_cancelled`.
    pub(crate) fn given_back(&self, kind: &'static str, reservation: Option<PostingId>) -> Result<Option<Posting>, Unbalanced> {
        self.posting(kind, reservation, (Account::own(AccountKind::Transit), self.payable()))
    }

    /// What was given back turns out to have left after all: straight from the payable, which may become negative.
    pub(crate) fn found(&self) -> Result<Option<Posting>, Unbalanced> {
        self.posting("payout_found", None, (self.payable(), Account::own(AccountKind::Clearing)))
    }

    /// A part of the transfer came back; `returned` is all that came back with it, and makes this part unique.
    pub(crate) fn returned(&self, returned: i64) -> Result<Option<Posting>, Unbalanced> {
        let source = format!("{}:{returned}", self.payout);
        let legs = (Account::own(AccountKind::Clearing), self.payable());
        Posting::try_new(self.head("payout_returned", source, None), [(legs.0, self.amount), (legs.1, -self.amount)])
    }

    fn payable(&self) -> Account {
        Account::of(AccountKind::MemberPayable, self.party)
    }

    fn posting(
        &self,
        kind: &'static str,
        reverses: Option<PostingId>,
        (debit, credit): (Account, Account),
    ) -> Result<Option<Posting>, Unbalanced> {
        Posting::try_new(self.head(kind, self.payout.to_string(), reverses), [(debit, self.amount), (credit, -self.amount)])
    }

    fn head(&self, kind: &'static str, source: String, reverses: Option<PostingId>) -> PostingHead {
        PostingHead {
            coop: self.coop,
            kind,
            source,
            currency: self.currency,
            effective_at: self.at,
            available_at: self.at,
            sale: None,
            reverses,
            exchange: None,
        }
    }
}

const RESERVATIONS: &str = "
select source_id, posting_id from posting where coop_id = $1 and kind = 'payout' and source_id = any ($2::text[])";

#[derive(FromQueryResult)]
struct Row {
    source_id: String,
    posting_id: i64,
}

/// The postings that reserved these payouts' money.
pub(crate) async fn reservations(
    tx: &db::Tx,
    coop: CoopId,
    payouts: impl IntoIterator<Item = PayoutId>,
) -> Result<HashMap<PayoutId, PostingId>, DbErr> {
    let sources: Vec<String> = payouts.into_iter().map(|payout| payout.to_string()).collect();
    let rows = Row::find_by_statement(statement(RESERVATIONS, [coop.0.into(), sources.into()])).all(tx).await?;
    let numbered = |row: Row| Some((PayoutId(row.source_id.parse::<Uuid>().ok()?), PostingId(row.posting_id)));
    Ok(rows.into_iter().filter_map(numbered).collect())
}
