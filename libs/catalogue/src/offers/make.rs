//! Offering a variant, and taking an offer back: by whoever may change everything, or by its maker.

use db::statement;
use kernel::{Actor, CoopId, OfferId, PartyId, Permission, ProductId, VariantId};
use sea_orm::{ConnectionTrait as _, DbErr};

use super::{Offer, offers_of};
use crate::{Catalogue, CatalogueError, Change, Policy, SaveOffer, SaveProduct, SaveVariant, Which, products::variants_by_id, saving};

/// What making an offer takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MakeOffer {
    /// Of which variant.
    pub variant: VariantId,
    /// What it is to be. One that the maker has already is changed.
    pub offer: SaveOffer,
}

/// How deep in a batch of one the flaws of an offer lie: `0 / variants / 0 / offers / 0`.
const PLACE: usize = 5;

/// # Errors
/// [`kernel::Code::Forbidden`] when the actor is not that maker and lacks the permission.
pub(super) fn may_change(actor: &Actor, maker: PartyId) -> Result<(), CatalogueError> {
    match (actor.party, actor.require(Permission::CatalogueWrite)) {
        (_, Ok(())) => Ok(()),
        (Some(own), Err(_)) if own == maker => Ok(()),
        (Some(_), Err(_)) => Err(CatalogueError::NotYours),
        (None, Err(refusal)) => Err(refusal.into()),
    }
}

impl Catalogue {
    /// Offers a variant, or changes the offer that the maker has of it. Makers do so for themselves; for others it takes the
    /// permission.
    #[tracing::instrument(name = "catalogue.offer", skip_all, fields(coop.id = %actor.coop, variant.id = %wish.variant))]
    pub async fn offer(&self, actor: &Actor, wish: MakeOffer) -> Result<Offer, CatalogueError> {
        may_change(actor, wish.offer.maker)?;
        let (variant, maker) = (wish.variant, wish.offer.maker);
        let tx = db::begin(&self.db, actor.coop).await?;
        let product = product_of(&tx, actor.coop, variant).await?.ok_or(CatalogueError::NoVariant(variant))?;
        let with_offer = SaveVariant { id: Some(variant), offers: vec![wish.offer], ..SaveVariant::default() };
        let product = SaveProduct { variants: vec![with_offer], ..SaveProduct::of(Which::Known(product)) };
        saving::save(&tx, (actor.coop, self.now()), vec![product], Policy::AllOrNothing).await.map_err(of_offer)?;
        let found = variants_by_id(&tx, actor.coop, &[variant]).await?;
        tx.commit().await?;
        let mut offers = found.into_iter().flat_map(|variant| variant.offers);
        offers.find(|offer| offer.maker == maker).ok_or(CatalogueError::NoVariant(variant))
    }

    /// Takes an offer back: nobody buys by it any more. A second time changes nothing.
    #[tracing::instrument(name = "catalogue.withdraw_offer", skip_all, fields(coop.id = %actor.coop, offer.id = %id))]
    pub async fn withdraw_offer(&self, actor: &Actor, id: OfferId) -> Result<Offer, CatalogueError> {
        if actor.party.is_none() {
            actor.require(Permission::CatalogueWrite)?;
        }
        let tx = db::begin(&self.db, actor.coop).await?;
        let found = offers_of(&tx, actor.coop, &[id]).await?;
        tx.commit().await?;
        let offer = found.into_iter().next().ok_or(CatalogueError::NoOffer(id))?;
        let wish = SaveOffer { maker: offer.maker, sku: Change::Keep, withdrawn: Some(true), prices: None };
        self.offer(actor, MakeOffer { variant: offer.variant, offer: wish }).await
    }
}

async fn product_of(tx: &db::Tx, coop: CoopId, variant: VariantId) -> Result<Option<ProductId>, DbErr> {
    const PRODUCT: &str = "select product_id from variant where coop_id = $1 and variant_id = $2";
    let row = tx.query_one_raw(statement(PRODUCT, [coop.0.into(), variant.0.into()])).await?;
    row.map(|row| Ok(ProductId(row.try_get("", "product_id")?))).transpose()
}

/// What is wrong with the offer, by its place in the offer.
fn of_offer(error: CatalogueError) -> CatalogueError {
    match error {
        CatalogueError::Flawed(mut flaws) => {
            for flaw in &mut flaws {
                flaw.path.drain(..PLACE.min(flaw.path.len()));
            }
            CatalogueError::Flawed(flaws)
        }
        other => other,
    }
}
