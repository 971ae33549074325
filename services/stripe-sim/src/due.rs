//! What happens after the answer, or later by the clock: the asynchronous half of Stripe.

use serde::{Deserialize, Serialize};

use crate::{
    api::{balance, charges, disputes, payouts, refunds},
    state::State,
};

/// Something that happens by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum Due {
    /// A captured charge gets its balance transaction.
    Settle { charge: String },
    /// A refund made with a test card that fails or waits comes to its end.
    RefundOutcome { refund: String },
    /// The customer's bank disputes a charge.
    Dispute { charge: String },
    /// The bank decides.
    CloseDispute { dispute: String, won: bool },
    /// A payout arrives at the bank.
    PayoutArrives { payout: String },
    /// Money of an account becomes available.
    Available { account: String },
}

impl State {
    /// Runs all that is due by now, in order, including what that makes due at once.
    pub(crate) fn run_due(&mut self) {
        let now = self.now();
        while let Some((at, order, due)) = self.take_due(now) {
            tracing::debug!(at, order, ?due, "due in the Stripe stand-in");
            match due {
                Due::Settle { charge } => charges::settle(self, &charge),
                Due::RefundOutcome { refund } => refunds::finish(self, &refund),
                Due::Dispute { charge } => disputes::open(self, &charge),
                Due::CloseDispute { dispute, won } => disputes::close(self, &dispute, won),
                Due::PayoutArrives { payout } => payouts::arrive(self, &payout),
                Due::Available { account } => balance::announce_available(self, &account),
            }
        }
    }
}
