//! What a device without a network keeps of the catalogue: a snapshot to begin with, and what changed since.
//!
//! Each co-op's catalogue has a version that only grows (migrations/0023_feed.sql, infra/adr/0007). A product or a category that
//! was touched stands in the feed once, under its newest number; whoever has everything up to N asks for what is numbered above N and
//! has missed nothing, however many wrote meanwhile. A product is told whole, with its variants, offers and prices, so a device
//! replaces what it had; one that is no longer for sale is told as gone.
//!
//! A product is in the feed while it is active and shown on the channel of the device, or on any where none is named. From when until when it is
//! shown goes with it: a device keeps that time itself. How many there are is not told here: a reservation would be a change, and
//! what a device heard an hour ago sells nothing. The server decides when the sale comes in.

mod bodies;
mod changes;
mod snapshot;

pub use changes::{Feed, FeedAsk, FeedEntry, FeedThing, MAX_FEED};
pub use snapshot::Snapshot;

use db::statement;
use kernel::{Actor, Code, CoopId, Permission, Refusal};
use sea_orm::{ConnectionTrait, DbErr};

use crate::{Catalogue, CatalogueError};

/// How a co-op's catalogue is numbered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedVersion {
    /// The number of its last change; 0 before the first.
    pub version: i64,
    /// Whoever stands before this begins anew.
    pub goes_back_to: i64,
}

impl FeedVersion {
    /// Whether a device that has everything up to `since` can go on from there. One that has nothing always can.
    fn take_up(self, since: i64) -> Result<(), Refusal> {
        if since < 0 {
            return Err(Refusal::new(Code::InvalidInput, "since is a version of the catalogue: 0, or one that was told before"));
        }
        if since != 0 && (since < self.goes_back_to || since > self.version) {
            return Err(Refusal::new(
                Code::NotNow,
                "the catalogue has begun anew since then; take the snapshot and go on from its version",
            ));
        }
        Ok(())
    }
}

impl Catalogue {
    /// The version of the co-op's catalogue.
    pub async fn feed_version(&self, actor: &Actor) -> Result<FeedVersion, CatalogueError> {
        actor.require(Permission::CatalogueRead)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let found = version(&tx, actor.coop).await?;
        tx.commit().await?;
        Ok(found)
    }
}

const VERSION: &str = "select version, goes_back_to from catalogue_version where coop_id = $1";

async fn version(db: &impl ConnectionTrait, coop: CoopId) -> Result<FeedVersion, DbErr> {
    let row = db.query_one_raw(statement(VERSION, [coop.0.into()])).await?;
    row.map_or(Ok(FeedVersion::default()), |row| {
        Ok(FeedVersion { version: row.try_get("", "version")?, goes_back_to: row.try_get("", "goes_back_to")? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_goes_on_where_it_stands_unless_the_catalogue_began_anew() {
        let told = FeedVersion { version: 20, goes_back_to: 10 };
        for right in [0, 10, 15, 20] {
            assert_eq!(told.take_up(right), Ok(()), "{right}");
        }
        for (wrong, code) in [(-1, Code::InvalidInput), (9, Code::NotNow), (21, Code::NotNow)] {
            assert_eq!(told.take_up(wrong).map_err(|refusal| refusal.code), Err(code), "{wrong}");
        }
        assert_eq!(FeedVersion::default().take_up(0), Ok(()));
    }
}
