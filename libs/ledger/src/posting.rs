//! A posting: one balanced transaction. It cannot be built otherwise.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::{CoopId, Currency, SaleId};
use serde::{Deserialize, Serialize};

use crate::Account;

/// A posting's number in the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostingId(pub i64);

/// Money that changed currency before it was posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The currency that the buyer paid in.
    pub from: Currency,
    /// What the buyer paid, in minor units of `from`.
    pub amount: i64,
    /// Units of the posting's currency per unit of `from`, as Stripe writes it.
    pub rate: String,
}

/// Everything of a posting but its legs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostingHead {
    /// The tenant.
    pub coop: CoopId,
    /// What kind of event it books, such as `settlement` or `refund`.
    pub kind: &'static str,
    /// What caused it; with co-op and kind it is posted once, ever.
    pub source: String,
    /// The currency of every leg.
    pub currency: Currency,
    /// When it happened. What happened in a month that is closed meanwhile is booked at the first open moment.
    pub effective_at: DateTime<Utc>,
    /// From when its credits may be paid out.
    pub available_at: DateTime<Utc>,
    /// The sale it speaks of.
    pub sale: Option<SaleId>,
    /// The posting that it takes back.
    pub reverses: Option<PostingId>,
    /// How the money came into this currency, if it did.
    pub exchange: Option<Exchange>,
}

/// One balanced transaction: at least two legs that sum to zero, each account once, no leg zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    head: PostingHead,
    legs: Vec<(Account, i64)>,
}

/// The legs do not sum to zero, or do not fit 64 bits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} of {source_id} does not balance: its legs sum to {sum}")]
pub struct Unbalanced {
    /// The posting's kind.
    pub kind: &'static str,
    /// What caused it.
    pub source_id: String,
    /// The sum that should be zero.
    pub sum: i128,
}

impl Posting {
    /// Builds a posting from its legs: debits positive, credits negative. Legs of one account are added up and zeros
    /// left out; `None` when nothing remains to be posted.
    pub fn try_new(head: PostingHead, legs: impl IntoIterator<Item = (Account, i64)>) -> Result<Option<Self>, Unbalanced> {
        let mut by_account: BTreeMap<Account, i128> = BTreeMap::new();
        for (account, amount) in legs {
            *by_account.entry(account).or_default() += i128::from(amount);
        }
        by_account.retain(|_, amount| *amount != 0);
        let sum: i128 = by_account.values().sum();
        let legs: Option<Vec<(Account, i64)>> =
            by_account.into_iter().map(|(account, amount)| Some((account, i64::try_from(amount).ok()?))).collect();
        match legs {
            Some(legs) if sum == 0 => Ok((!legs.is_empty()).then_some(Self { head, legs })),
            _ => Err(Unbalanced { kind: head.kind, source_id: head.source, sum }),
        }
    }

    /// Everything but the legs.
    pub const fn head(&self) -> &PostingHead {
        &self.head
    }

    /// The legs, by account.
    pub fn legs(&self) -> &[(Account, i64)] {
        &self.legs
    }

    /// The sum of its debits.
    pub fn total(&self) -> i64 {
        self.legs.iter().map(|(_, amount)| *amount.max(&0)).sum()
    }

    /// The same posting with all signs turned, under another kind and source.
    #[must_use]
    pub fn reversed(&self, head: PostingHead) -> Self {
        Self { head, legs: self.legs.iter().map(|(account, amount)| (*account, -amount)).collect() }
    }
}
