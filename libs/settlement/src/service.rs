//! The settlement service: what it holds, and its rounds.

use db::Pools;
use ledger::Accounts;
use orders::Agreements;
use stripe_gateway::Gateway;

use crate::{Settled, SettlementError, fees, inbox, settle, sweep};

/// Turns the inbox into books. Clones share their caches.
#[derive(Clone, Debug)]
pub struct Settlement {
    pub(crate) pools: Pools,
    pub(crate) accounts: Accounts,
    pub(crate) agreements: Agreements,
    pub(crate) gateway: Option<Gateway>,
    pub(crate) livemode: bool,
}

impl Settlement {
    /// Without a gateway, events that name a balance transaction wait until somebody fetches it.
    pub fn new(pools: Pools, gateway: Option<Gateway>, livemode: bool) -> Self {
        Self { pools, accounts: Accounts::default(), agreements: Agreements::default(), gateway, livemode }
    }

    /// Settles one batch of what is new; see [`crate::BATCH`]. Several workers may call it at once.
    #[tracing::instrument(name = "settlement.settle", skip_all, err)]
    pub async fn settle(&self, limit: u32) -> Result<Settled, SettlementError> {
        settle::next(self, limit).await
    }

    /// Fetches the balance transactions that events wait for, and wakes every event whose object is known by now.
    /// Returns how many events were woken.
    #[tracing::instrument(name = "settlement.fetch_fees", skip_all, err)]
    pub async fn fetch_fees(&self) -> Result<u64, SettlementError> {
        if let Some(gateway) = &self.gateway {
            fees::fetch(&self.pools.orm, gateway).await?;
        }
        Ok(inbox::wake(&self.pools.orm).await?)
    }

    /// Settles, fetches and wakes until nothing more moves. Returns the sum of all rounds.
    pub async fn run_until_still(&self, limit: u32) -> Result<Settled, SettlementError> {
        let mut sum = Settled::default();
        loop {
            let round = self.settle(limit).await?;
            sum += round;
            if round.claimed == 0 && self.fetch_fees().await? == 0 {
                return Ok(sum);
            }
        }
    }

    /// Reads Stripe's list of events since `since` into the inbox: what was missed in an outage. Returns how many were new.
    #[tracing::instrument(name = "settlement.sweep", skip_all, err)]
    pub async fn sweep(&self, since: chrono::DateTime<chrono::Utc>) -> Result<usize, SettlementError> {
        match &self.gateway {
            Some(gateway) => sweep::sweep(&self.pools.orm, gateway, since).await,
            None => Ok(0),
        }
    }
}
