//! Connected accounts: where members' shares go.

use stripe_client_core::StripeRequest;
use stripe_connect::{
    account::{CreateAccount, CreateAccountCapabilities, CreateAccountCapabilitiesTransfers, CreateAccountType, RetrieveAccount},
    account_link::{CreateAccountLink, CreateAccountLinkType},
};

use super::{
    Gateway,
    request::{hash_map, id},
};
use crate::{
    GatewayError, IdempotencyKey,
    objects::{Account, AccountLink, Metadata},
};

/// An account to open. It is an Express account that may receive transfers: Stripe asks its owner for what it must know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountAsk {
    /// Two letters; the platform's own country, if not said.
    pub country: Option<String>,
    /// The owner's mail address.
    pub email: Option<String>,
    /// Our own keys.
    pub metadata: Metadata,
}

/// A link for the owner of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountLinkAsk {
    /// `acct_…`
    pub account: String,
    /// Where to come back to when done.
    pub return_url: String,
    /// Where to come for a new link when this one is used up.
    pub refresh_url: String,
}

impl Gateway {
    /// Opens a connected account.
    #[tracing::instrument(name = "stripe.create_account", skip_all, fields(%key))]
    pub async fn create_account(&self, ask: &AccountAsk, key: &IdempotencyKey) -> Result<Account, GatewayError> {
        let mut transfers = CreateAccountCapabilitiesTransfers::new();
        transfers.requested = Some(true);
        let mut capabilities = CreateAccountCapabilities::new();
        capabilities.transfers = Some(transfers);
        let mut request =
            CreateAccount::new().type_(CreateAccountType::Express).capabilities(capabilities).metadata(hash_map(&ask.metadata));
        if let Some(country) = &ask.country {
            request = request.country(country);
        }
        if let Some(email) = &ask.email {
            request = request.email(email);
        }
        self.call("POST /v1/accounts", request.build(), Some(key)).await
    }

    /// Looks at a connected account.
    #[tracing::instrument(name = "stripe.get_account", skip_all, fields(account))]
    pub async fn get_account(&self, account: &str) -> Result<Account, GatewayError> {
        self.call("GET /v1/accounts/:id", RetrieveAccount::new(id(account)?).build(), None).await
    }

    /// Makes a link to onboarding. Links are used up, so a repetition wants a new one and there is no key.
    #[tracing::instrument(name = "stripe.create_account_link", skip_all, fields(account = ask.account))]
    pub async fn create_account_link(&self, ask: &AccountLinkAsk) -> Result<AccountLink, GatewayError> {
        let request = CreateAccountLink::new(&ask.account, CreateAccountLinkType::AccountOnboarding)
            .return_url(&ask.return_url)
            .refresh_url(&ask.refresh_url);
        self.call("POST /v1/account_links", request.build(), None).await
    }
}
