//! Reading the books that Stripe keeps.

use chrono::{DateTime, Utc};
use stripe_client_core::StripeRequest;
use stripe_core::balance_transaction::{ListBalanceTransaction, RetrieveBalanceTransaction};

use super::{Gateway, PAGE_LEN, request};
use crate::{
    GatewayError,
    objects::{BalanceTransaction, Page},
};

/// Which balance transactions to list; by default all, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BalanceTransactionsAsk {
    /// Made at this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// Made before this moment.
    pub before: Option<DateTime<Utc>>,
    /// The last id of the page before.
    pub starting_after: Option<String>,
}

impl Gateway {
    /// One page of at most a hundred movements of the balance, newest first.
    #[tracing::instrument(name = "stripe.list_balance_transactions", skip_all, fields(starting_after = ask.starting_after))]
    pub async fn list_balance_transactions(&self, ask: &BalanceTransactionsAsk) -> Result<Page<BalanceTransaction>, GatewayError> {
        let mut request = ListBalanceTransaction::new().limit(PAGE_LEN);
        if let Some(created) = request::created(ask.from, ask.before) {
            request = request.created(created);
        }
        if let Some(last) = &ask.starting_after {
            request = request.starting_after(last);
        }
        self.call("GET /v1/balance_transactions", request.build(), None).await
    }

    /// Looks at one movement of the balance: fee, net, and when the net is available.
    #[tracing::instrument(name = "stripe.get_balance_transaction", skip_all, fields(balance_transaction))]
    pub async fn get_balance_transaction(&self, balance_transaction: &str) -> Result<BalanceTransaction, GatewayError> {
        let request = RetrieveBalanceTransaction::new(request::id(balance_transaction)?);
        self.call("GET /v1/balance_transactions/:id", request.build(), None).await
    }
}
