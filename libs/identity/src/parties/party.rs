//! A party: anyone a split can pay.

use kernel::PartyId;

use crate::{PartyKind, entity::party};

/// Anyone a split can pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its number.
    pub id: PartyId,
    /// What it is to the co-op.
    pub kind: PartyKind,
    /// Its short name, unique in the co-op.
    pub handle: String,
    /// Its name on statements.
    pub name: String,
    /// Where its statements are mailed to.
    pub email: Option<String>,
    /// Where its payouts go.
    pub account: PayoutAccount,
    /// It is not paid less than this, in minor units of the co-op's currency.
    pub minimum_payout: i64,
    /// Why the co-op pays it nothing for now.
    pub held_reason: Option<String>,
}

/// A party's connected account, as far as Stripe has told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayoutAccount {
    /// `acct_…`; `None` before onboarding.
    pub stripe_account: Option<String>,
    /// Whether Stripe pays out to it; `None` until it said anything.
    pub payouts_enabled: Option<bool>,
    /// Why not, in words.
    pub reason: Option<String>,
}

impl From<party::Model> for Party {
    fn from(row: party::Model) -> Self {
        Self {
            id: PartyId(row.party_id),
            kind: row.kind,
            handle: row.handle,
            name: row.name,
            email: row.email,
            account: PayoutAccount { stripe_account: row.stripe_account, payouts_enabled: row.payouts_enabled, reason: row.payouts_reason },
            minimum_payout: row.minimum_payout,
            held_reason: row.held_reason,
        }
    }
}

/// What adding a party takes.
#[derive(Clone, Debug)]
pub struct NewParty {
    /// What it is to the co-op.
    pub kind: PartyKind,
    /// Its short name, unique in the co-op.
    pub handle: String,
    /// Its name on statements.
    pub name: String,
    /// Where its statements are mailed to.
    pub email: Option<String>,
    /// Its connected account at Stripe.
    pub stripe_account: Option<String>,
    /// It is not paid less than this, in minor units.
    pub minimum_payout: i64,
}
