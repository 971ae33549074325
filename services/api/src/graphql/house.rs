//! The services that resolvers work with.

use std::sync::Arc;

use access::Access;
use catalogue::Catalogue;
use costs::Costs;
use kernel::Clock;
use ledger::Accounts;
use partners::{Keys, Limits, Quotas};
use payouts::Payouts;
use sea_orm::DatabaseConnection;
use statements::Statements;
use storage::Storage;

use super::{live::Pulse, usage::Usage};

/// Everything behind the graph. In the data of the schema; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct House {
    pub(crate) db: DatabaseConnection,
    pub(crate) clock: Clock,
    pub(crate) payouts: Payouts,
    pub(crate) catalogue: Catalogue,
    pub(crate) costs: Costs,
    pub(crate) statements: Statements,
    /// Who people are; nobody can sign in without.
    pub(crate) access: Option<Access>,
    pub(crate) keys: Keys,
    pub(crate) limits: Limits,
    /// Which fields are used by whom.
    pub(crate) usage: Usage,
    /// What is listened to.
    pub(crate) pulse: Pulse,
    /// Where the files of statements lie; without it there is nothing to download.
    pub(crate) storage: Option<Arc<Storage>>,
}

impl House {
    pub(crate) fn new(db: DatabaseConnection, clock: Clock, access: Option<Access>, storage: Option<Arc<Storage>>, quotas: Quotas) -> Self {
        let accounts = Accounts::default();
        Self {
            // What is approved here is sent by the worker, which knows the way to Stripe
            payouts: Payouts::new(db.clone(), accounts.clone(), None, clock.clone()),
            catalogue: Catalogue::new(db.clone(), clock.clone()),
            costs: Costs::new(db.clone(), accounts.clone(), clock.clone()),
            statements: Statements::new(db.clone(), accounts, clock.clone()),
            keys: Keys::new(db.clone(), clock.clone()),
            limits: Limits::new(db.clone(), quotas, clock.clone()),
            access,
            usage: Usage::default(),
            pulse: Pulse::default(),
            storage,
            clock,
            db,
        }
    }
}
