//! Names of runs and payouts, here and at Stripe.

use std::fmt;

use kernel::PartyId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A payout run. Made by the one who drafts it, so that drafting twice is one draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub Uuid);

/// One party's payout in a run. Follows from both, so that planning twice makes the same payouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PayoutId(pub Uuid);

const GROUP: &str = "payout:";

impl PayoutId {
    /// The payout of a party in a run.
    pub fn of(run: RunId, party: PartyId) -> Self {
        Self(Uuid::new_v5(&run.0, &party.0.to_be_bytes()))
    }

    /// What Stripe knows its transfer by: the `transfer_group`.
    pub fn group(self) -> String {
        format!("{GROUP}{self}")
    }

    /// The payout that a `transfer_group` names; `None` for groups that are not ours.
    pub fn from_group(group: &str) -> Option<Self> {
        group.strip_prefix(GROUP)?.parse().ok().map(Self)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for PayoutId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payout_is_found_again_by_its_group() {
        let payout = PayoutId::of(RunId(Uuid::nil()), PartyId(7));
        assert_eq!(PayoutId::from_group(&payout.group()), Some(payout));
        assert_eq!(payout, PayoutId::of(RunId(Uuid::nil()), PartyId(7)));
        assert_ne!(payout, PayoutId::of(RunId(Uuid::nil()), PartyId(8)));
        assert_eq!(PayoutId::from_group("sale_12"), None);
    }
}
