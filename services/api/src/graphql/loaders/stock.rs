//! Edges into the stock.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use kernel::{LocationId, LotId, VariantId};
use stock::{Level, LotSums, Place, TermsId};

use super::Reader;
use crate::graphql::base::Failure;

/// How much there is of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LevelOf(pub(crate) VariantId);

/// What became of the units of a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SumsOf(pub(crate) LotId);

/// Where the units of a lot lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PlacesOf(pub(crate) LotId);

impl Loader<LocationId> for Reader {
    type Value = stock::Location;
    type Error = Failure;

    async fn load(&self, keys: &[LocationId]) -> Result<HashMap<LocationId, stock::Location>, Failure> {
        let tx = self.reading().await?;
        let found = stock::locations_of(&tx, self.coop, keys).await?;
        tx.commit().await?;
        Ok(found.into_iter().map(|one| (one.id, one)).collect())
    }
}

impl Loader<LotId> for Reader {
    type Value = stock::Lot;
    type Error = Failure;

    async fn load(&self, keys: &[LotId]) -> Result<HashMap<LotId, stock::Lot>, Failure> {
        let tx = self.reading().await?;
        let found = stock::lots_of(&tx, self.coop, keys).await?;
        tx.commit().await?;
        Ok(found.into_iter().map(|one| (one.id, one)).collect())
    }
}

impl Loader<TermsId> for Reader {
    type Value = stock::TermsVersion;
    type Error = Failure;

    async fn load(&self, keys: &[TermsId]) -> Result<HashMap<TermsId, stock::TermsVersion>, Failure> {
        let tx = self.reading().await?;
        let found = stock::terms_versions(&tx, self.coop, keys).await?;
        tx.commit().await?;
        Ok(found.into_iter().map(|one| (one.id, one)).collect())
    }
}

impl Loader<LevelOf> for Reader {
    type Value = Level;
    type Error = Failure;

    async fn load(&self, keys: &[LevelOf]) -> Result<HashMap<LevelOf, Level>, Failure> {
        let variants: Vec<VariantId> = keys.iter().map(|key| key.0).collect();
        let tx = self.reading().await?;
        let found = stock::levels_of_variants(&tx, self.coop, &variants).await?;
        tx.commit().await?;
        Ok(found.into_iter().map(|(variant, level)| (LevelOf(variant), level)).collect())
    }
}

impl Loader<SumsOf> for Reader {
    type Value = LotSums;
    type Error = Failure;

    async fn load(&self, keys: &[SumsOf]) -> Result<HashMap<SumsOf, LotSums>, Failure> {
        let lots: Vec<LotId> = keys.iter().map(|key| key.0).collect();
        let tx = self.reading().await?;
        let found = stock::sums_of_lots(&tx, self.coop, &lots).await?;
        tx.commit().await?;
        Ok(found.into_iter().map(|(lot, sums)| (SumsOf(lot), sums)).collect())
    }
}

impl Loader<PlacesOf> for Reader {
    type Value = Vec<Place>;
    type Error = Failure;

    async fn load(&self, keys: &[PlacesOf]) -> Result<HashMap<PlacesOf, Vec<Place>>, Failure> {
        let lots: Vec<LotId> = keys.iter().map(|key| key.0).collect();
        let tx = self.reading().await?;
        let places = stock::places_of_lots(&tx, self.coop, &lots).await?;
        tx.commit().await?;
        let mut found: HashMap<PlacesOf, Vec<Place>> = HashMap::new();
        for place in places {
            found.entry(PlacesOf(place.lot)).or_default().push(place);
        }
        Ok(found)
    }
}
