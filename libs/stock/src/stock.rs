//! What the use cases need.

use kernel::Clock;
use sea_orm::DatabaseConnection;

/// The use cases of the stock.
#[derive(Clone, Debug)]
pub struct Stock {
    pub(crate) db: DatabaseConnection,
    pub(crate) clock: Clock,
}

impl Stock {
    /// On a pool of the application's role.
    pub const fn new(db: DatabaseConnection, clock: Clock) -> Self {
        Self { db, clock }
    }
}
