//! Edges of promises.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use stock::deposits::{Deposit, Of, of_many};

use super::Reader;
use crate::graphql::base::Failure;

/// The deposits of preorders, places and reservations.
impl Loader<Of> for Reader {
    type Value = Deposit;
    type Error = Failure;

    async fn load(&self, keys: &[Of]) -> Result<HashMap<Of, Deposit>, Failure> {
        let tx = self.reading().await?;
        let found = of_many(&tx, self.coop, keys).await?;
        tx.commit().await?;
        Ok(found.into_iter().collect())
    }
}
