//! Sending members their shares, finding what was sent, and taking it back.

use stripe_client_core::StripeRequest;
use stripe_connect::{
    transfer::{CreateTransfer, ListTransfer, RetrieveTransfer},
    transfer_reversal::CreateIdTransferReversal,
};

use super::{
    Gateway, PAGE_LEN,
    request::{currency, hash_map, id},
};
use crate::{
    GatewayError, IdempotencyKey,
    objects::{Metadata, Page, Transfer, TransferReversal},
};

/// How many pages of one group are read.
const MAX_PAGES: usize = 100;

/// Money to send to a connected account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferAsk {
    /// In Stripe's minor units of the currency.
    pub amount: i64,
    /// Three letters.
    pub currency: String,
    /// `acct_…`
    pub destination: String,
    /// The charge whose funds to wait for; without it the available balance must cover the amount.
    pub source_transaction: Option<String>,
    /// Our name for what it belongs to; what [`Gateway::list_transfers`] finds it by.
    pub transfer_group: Option<String>,
    /// Our own keys.
    pub metadata: Metadata,
    /// A sentence for people.
    pub description: Option<String>,
}

/// A transfer to take back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReversalAsk {
    /// How much; all that is left, if not said.
    pub amount: Option<i64>,
    /// Our own keys.
    pub metadata: Metadata,
    /// A sentence for people.
    pub description: Option<String>,
}

impl Gateway {
    /// Sends money to a connected account.
    #[tracing::instrument(name = "stripe.create_transfer", skip_all, fields(%key, destination = ask.destination, transfer_group = ask.transfer_group))]
    pub async fn create_transfer(&self, ask: &TransferAsk, key: &IdempotencyKey) -> Result<Transfer, GatewayError> {
        let mut request =
            CreateTransfer::new(currency(&ask.currency)?, &ask.destination).amount(ask.amount).metadata(hash_map(&ask.metadata));
        if let Some(charge) = &ask.source_transaction {
            request = request.source_transaction(charge);
        }
        if let Some(group) = &ask.transfer_group {
            request = request.transfer_group(group);
        }
        if let Some(description) = &ask.description {
            request = request.description(description);
        }
        self.call("POST /v1/transfers", request.build(), Some(key)).await
    }

    /// Looks at a transfer.
    #[tracing::instrument(name = "stripe.get_transfer", skip_all, fields(transfer))]
    pub async fn get_transfer(&self, transfer: &str) -> Result<Transfer, GatewayError> {
        self.call("GET /v1/transfers/:id", RetrieveTransfer::new(id(transfer)?).build(), None).await
    }

    /// All transfers of a group, newest first.
    #[tracing::instrument(name = "stripe.list_transfers", skip_all, fields(transfer_group))]
    pub async fn list_transfers(&self, transfer_group: &str) -> Result<Vec<Transfer>, GatewayError> {
        let mut found: Vec<Transfer> = Vec::new();
        for _ in 0..MAX_PAGES {
            let mut request = ListTransfer::new().transfer_group(transfer_group).limit(PAGE_LEN);
            if let Some(last) = found.last() {
                request = request.starting_after(&last.id);
            }
            let page: Page<Transfer> = self.call("GET /v1/transfers", request.build(), None).await?;
            let last_page = !page.has_more || page.data.is_empty();
            found.extend(page.data);
            if last_page {
                return Ok(found);
            }
        }
        Err(GatewayError::TooMany { what: "transfers in one group", limit: found.len() })
    }

    /// Takes back all or a part of a transfer, as far as the account's balance allows.
    #[tracing::instrument(name = "stripe.reverse_transfer", skip_all, fields(%key, transfer))]
    pub async fn reverse_transfer(
        &self,
        transfer: &str,
        ask: &ReversalAsk,
        key: &IdempotencyKey,
    ) -> Result<TransferReversal, GatewayError> {
        let mut request = CreateIdTransferReversal::new(id(transfer)?).metadata(hash_map(&ask.metadata));
        if let Some(amount) = ask.amount {
            request = request.amount(amount);
        }
        if let Some(description) = &ask.description {
            request = request.description(description);
        }
        self.call("POST /v1/transfers/:id/reversals", request.build(), Some(key)).await
    }
}
