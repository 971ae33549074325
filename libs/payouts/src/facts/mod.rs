//! What Stripe says happened to payouts, whoever heard it first: the sender's own answer, a look, or an event. Every
//! fact may come twice and in any order.

mod bank;
mod transfers;

use kernel::CoopId;
use stripe_gateway::objects::{Metadata, Transfer};

pub use bank::{BankFact, record_bank_payouts};
pub use transfers::{Recorded, TransferFact, Unmatched, record_transfers};

use crate::PayoutId;

/// The metadata key that carries a payout's id.
pub(crate) const PAYOUT_KEY: &str = "guildhall_payout";
/// The metadata key that carries its co-op.
const COOP_KEY: &str = "guildhall_coop";

/// What a payout's transfer is marked with.
pub(crate) fn metadata(coop: CoopId, payout: PayoutId) -> Metadata {
    [(COOP_KEY.to_owned(), coop.to_string()), (PAYOUT_KEY.to_owned(), payout.to_string())].into()
}

/// The payout that a transfer was sent for, by its mark; `None` when it is none of ours.
pub fn marked(transfer: &Transfer) -> Option<(CoopId, PayoutId)> {
    let coop = transfer.metadata.get(COOP_KEY)?.parse().ok().map(CoopId)?;
    let payout = transfer.metadata.get(PAYOUT_KEY)?.parse().ok().map(PayoutId)?;
    Some((coop, payout))
}
