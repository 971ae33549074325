//! Edges to one: gathered while a page is resolved, read with one statement each, in the actor's co-op alone.

use std::{collections::HashMap, hash::Hash};

use async_graphql::dataloader::{DataLoader, Loader};
use db::statement;
use identity::Party;
use kernel::{CoopId, PartyId, PersonId};
use sea_orm::{ConnectionTrait as _, DatabaseConnection};

use super::base::{Answer, Failure};

/// The loaders of one request.
pub(crate) struct Loaders(DataLoader<Reader>);

/// Reads the rows of one co-op.
pub(crate) struct Reader {
    db: DatabaseConnection,
    coop: CoopId,
}

impl Loaders {
    pub(crate) fn new(db: DatabaseConnection, coop: CoopId) -> Self {
        Self(DataLoader::new(Reader { db, coop }, tokio::spawn))
    }

    /// The row of that key, if the actor's co-op has one.
    pub(crate) async fn load<K>(&self, key: K) -> Answer<Option<<Reader as Loader<K>>::Value>>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        Reader: Loader<K, Error = Failure>,
    {
        self.0.load_one(key).await
    }
}

impl Loader<PartyId> for Reader {
    type Value = Party;
    type Error = Failure;

    async fn load(&self, keys: &[PartyId]) -> Result<HashMap<PartyId, Party>, Failure> {
        let tx = db::begin(&self.db, self.coop).await?;
        let all = identity::parties(&tx, self.coop).await?;
        tx.commit().await?;
        Ok(all.into_iter().filter(|party| keys.contains(&party.id)).map(|party| (party.id, party)).collect())
    }
}
