//! The use cases of this crate, over one database and one clock. Each room adds its own.

use chrono::{DateTime, SubsecRound as _, Utc};
use kernel::Clock;
use sea_orm::DatabaseConnection;

/// What people do with products, offers and prices. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Catalogue {
    pub(crate) db: DatabaseConnection,
    pub(crate) clock: Clock,
}

impl Catalogue {
    /// Over this database, at the time of this clock.
    pub const fn new(db: DatabaseConnection, clock: Clock) -> Self {
        Self { db, clock }
    }

    /// The database keeps microseconds.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now().trunc_subsecs(6)
    }
}
