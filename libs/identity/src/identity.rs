//! The use cases of this crate, over one database and one clock. Each room adds its own.

use kernel::Clock;
use sea_orm::DatabaseConnection;

/// What people do with co-ops, members and roles. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Identity {
    pub(crate) db: DatabaseConnection,
    pub(crate) clock: Clock,
}

impl Identity {
    /// Over this database, at the time of this clock.
    pub const fn new(db: DatabaseConnection, clock: Clock) -> Self {
        Self { db, clock }
    }
}
