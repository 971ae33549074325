//! What commands work with: the database, the way to Stripe, the time, and the services over them.

use access::{Access, Post};
use db::Pools;
use identity::Coop;
use kernel::{Clock, Code, CoopId, PersonId};
use ledger::Accounts;
use payouts::Payouts;
use settlement::Settlement;
use statements::{Desk, Statements};
use stripe_gateway::Gateway;
use worker::WorkerConfig;

use crate::{database::Database, failure::Failure, output::Output, settings::Settings};

/// A house with its doors open.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) settings: Settings,
    pub(crate) output: Output,
    pub(crate) clock: Clock,
    pub(crate) pools: Pools,
    pub(crate) gateway: Gateway,
    /// Where the Stripe stand-in answers, when it is spoken to.
    pub(crate) stand_in: Option<String>,
    pub(crate) database: Database,
    accounts: Accounts,
}

impl House {
    /// Opens the house that is there.
    pub(crate) async fn open(settings: Settings, output: Output) -> Result<Self, Failure> {
        let database = Database::find(&settings).await?;
        let stand_in = settings.stand_in_url();
        Self::on(database, stand_in, settings, output).await
    }

    /// Opens a house on a database, with the stand-in at that address or with Stripe.
    pub(crate) async fn on(database: Database, stand_in: Option<String>, settings: Settings, output: Output) -> Result<Self, Failure> {
        let opened = async { Ok((settings.gateway(stand_in.as_deref())?, db::app_pool(&database.url, settings.connections).await?)) };
        let (gateway, pools) = match opened.await {
            Ok(opened) => opened,
            Err(failure) => {
                database.close().await;
                return Err(failure);
            }
        };
        Ok(Self { settings, output, clock: Clock::system(), pools, gateway, stand_in, database, accounts: Accounts::default() })
    }

    /// Closes its doors; a server that was started for this is stopped.
    pub(crate) async fn close(self) {
        self.pools.sqlx.close().await;
        self.database.close().await;
    }

    /// Lets its connections be told among the metrics of this process.
    pub(crate) fn watch_pool(&self) {
        let pool = self.pools.sqlx.clone();
        let count = move || (!pool.is_closed()).then(|| (pool.size(), u32::try_from(pool.num_idle()).unwrap_or(u32::MAX)));
        telemetry::metrics::watch_pool("worker", count);
    }

    pub(crate) fn settlement(&self) -> Settlement {
        Settlement::new(self.pools.clone(), Some(self.gateway.clone()), self.settings.livemode())
    }

    pub(crate) fn payouts(&self) -> Payouts {
        Payouts::new(self.pools.orm.clone(), self.accounts.clone(), Some(self.gateway.clone()), self.clock.clone())
    }

    pub(crate) fn statements(&self) -> Statements {
        Statements::new(self.pools.orm.clone(), self.accounts.clone(), self.clock.clone())
    }

    /// The door that people sign in at; `None` when it has no secret.
    pub(crate) fn access(&self) -> Result<Option<Access>, Failure> {
        let open = |config| Access::new(self.pools.orm.clone(), config, self.clock.clone());
        Ok(self.settings.access()?.map(open).transpose()?)
    }

    pub(crate) fn desk(&self) -> Result<Desk, Failure> {
        Ok(Desk::new(self.statements(), self.settings.storage()?, self.settings.mailer()?))
    }

    /// The desk for invitations and exports.
    fn members_desk(&self) -> Result<identity::Desk, Failure> {
        let identity = identity::Identity::new(self.pools.orm.clone(), self.clock.clone());
        Ok(identity::Desk::new(identity, self.settings.storage()?, self.settings.mailer()?, &self.settings.web_origin()))
    }

    /// The desk for letters to those for whom something is held.
    fn promises_desk(&self) -> Result<stock::promises::Desk, Failure> {
        Ok(stock::promises::Desk::new(self.pools.orm.clone(), self.settings.mailer()?, &self.settings.web_origin()))
    }

    /// A worker over all of it.
    pub(crate) fn worker(&self) -> Result<WorkerConfig, Failure> {
        let mut config = WorkerConfig::new(self.pools.clone(), self.settlement(), self.clock.clone());
        config.payouts = Some(self.payouts());
        config.desk = Some(self.desk()?);
        config.post = self.access()?.map(|access| Ok::<_, Failure>(Post::new(access, self.settings.mailer()?))).transpose()?;
        config.members = Some(self.members_desk()?);
        config.promises = Some(self.promises_desk()?);
        config.settlers = usize::from(self.settings.settlers);
        config.measures = self.settings.metrics_listen.is_some();
        Ok(config)
    }

    /// The co-op of that slug; without one, the only co-op there is.
    pub(crate) async fn coop(&self, slug: Option<&str>) -> Result<Coop, Failure> {
        if let Some(slug) = slug {
            return Ok(identity::find_coop(&self.pools.orm, slug).await?);
        }
        let mut coops = identity::coops(&self.pools.orm).await?;
        match coops.len() {
            0 => Err(Failure::refused(Code::NotFound, "there is no co-op yet; `guildhall demo` makes one to look at")),
            1 => Ok(coops.swap_remove(0)),
            _ => {
                let slugs: Vec<String> = coops.into_iter().map(|coop| coop.slug).collect();
                Err(Failure::refused(Code::InvalidInput, format!("there are several co-ops; name one with --co-op: {}", slugs.join(", "))))
            }
        }
    }

    /// A person of a co-op, by number or by name.
    pub(crate) async fn person(&self, coop: CoopId, named: &str) -> Result<PersonId, Failure> {
        let tx = db::begin(&self.pools.orm, coop).await?;
        let people = identity::persons(&tx, coop).await?;
        tx.commit().await?;
        let mut of_that_name = people.iter().filter(|(id, name, _)| id.to_string() == named || name.eq_ignore_ascii_case(named));
        match (of_that_name.next(), of_that_name.next()) {
            (Some((id, _, _)), None) => Ok(*id),
            (Some(_), Some(_)) => {
                Err(Failure::refused(Code::InvalidInput, format!("several people are called {named:?}; give the person's number instead")))
            }
            (None, _) => {
                let known: Vec<&str> = people.iter().map(|(_, name, _)| name.as_str()).collect();
                Err(Failure::refused(Code::NotFound, format!("nobody here is called {named:?}; there are {}", known.join(", "))))
            }
        }
    }
}
