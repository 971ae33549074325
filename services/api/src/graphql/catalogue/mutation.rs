//! Making and changing products one at a time, and makers' offers.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use catalogue::{MakeOffer, NewPrice, Policy, SaveOffer, Which};
use kernel::{Code, OfferId, Permission, ProductId, VariantId};
use uuid::Uuid;

use super::{
    OFFER, Offer, PRODUCT, Product, VARIANT,
    input::{PriceInput, ProductInput, change, party},
    told,
};
use crate::graphql::base::{Answer, Asking as _, at, payload};

/// What offering a variant takes.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct OfferVariantInput {
    /// Which variant.
    variant: ID,
    /// Whose offer; one's own when nothing is said. For others it takes the permission.
    maker: Option<ID>,
    /// What the maker calls it; null for nothing.
    sku: MaybeUndefined<String>,
    /// What it costs: all prices. As before when nothing is said.
    prices: Option<Vec<PriceInput>>,
}

payload! {
    /// What came of making a product.
    CreateProductPayload {
        /// The product.
        product: Product
    }
}
payload! {
    /// What came of changing a product.
    UpdateProductPayload {
        /// The product as it is now.
        product: Product
    }
}
payload! {
    /// What came of offering a variant.
    OfferVariantPayload {
        /// The offer.
        offer: Offer
    }
}
payload! {
    /// What came of withdrawing an offer.
    WithdrawOfferPayload {
        /// The offer, withdrawn.
        offer: Offer
    }
}

#[derive(Debug, Default)]
pub(crate) struct ProductMutation;

#[Object]
impl ProductMutation {
    /// Makes a product with its texts, variants, offers and prices.
    async fn create_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its number, a UUIDv7 that you make: the same again makes no second product.")] number: Option<Uuid>,
        #[graphql(desc = "What it is to be.")] input: ProductInput,
    ) -> Answer<CreateProductPayload> {
        CreateProductPayload::of(async {
            ctx.actor_who_may(Permission::CatalogueWrite)?;
            if number.is_some_and(|number| number.get_version_num() != 7) {
                return Err(at(&["number"], Code::InvalidInput, "a product's number is a UUIDv7: products are listed by it, newest first"));
            }
            save(ctx, Which::New(ProductId(number.unwrap_or_else(Uuid::now_v7))), input).await
        })
        .await
    }

    /// Changes a product. Lists of values are meant whole; variants and offers that are not mentioned stay.
    async fn update_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which product.")] id: ID,
        #[graphql(desc = "What it is to be.")] input: ProductInput,
    ) -> Answer<UpdateProductPayload> {
        UpdateProductPayload::of(async {
            ctx.actor_who_may(Permission::CatalogueWrite)?;
            save(ctx, Which::Known(ProductId(PRODUCT.key(&id)?)), input).await
        })
        .await
    }

    /// Offers a variant as its maker, or changes the offer that the maker has of it; one that was withdrawn is back. Makers do
    /// so for themselves, whatever their role lets them.
    async fn offer_variant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is offered.")] input: OfferVariantInput,
    ) -> Answer<OfferVariantPayload> {
        OfferVariantPayload::of(async {
            let actor = ctx.actor()?;
            if actor.party.is_none() {
                actor.require(Permission::CatalogueWrite)?;
            }
            let maker = input.maker.as_ref().map(party).or(actor.party);
            let maker =
                maker.ok_or_else(|| at(&["input", "maker"], Code::InvalidInput, "you make nothing yourself; say whose offer it is"))?;
            let offer = SaveOffer {
                maker,
                sku: change(input.sku, std::convert::identity),
                withdrawn: Some(false),
                prices: input.prices.map(|prices| prices.into_iter().map(NewPrice::from).collect()),
            };
            let wish = MakeOffer { variant: VariantId(VARIANT.key(&input.variant)?), offer };
            Ok(Offer(ctx.house().catalogue.offer(actor, wish).await.map_err(|error| told(error, &["input"], 0))?))
        })
        .await
    }

    /// Takes an offer back: nobody buys by it any more. Makers do so with their own, whatever their role lets them.
    async fn withdraw_offer(&self, ctx: &Context<'_>, #[graphql(desc = "Which offer.")] id: ID) -> Answer<WithdrawOfferPayload> {
        WithdrawOfferPayload::of(async {
            let actor = ctx.actor()?;
            if actor.party.is_none() {
                actor.require(Permission::CatalogueWrite)?;
            }
            Ok(Offer(ctx.house().catalogue.withdraw_offer(actor, OfferId(OFFER.key(&id)?)).await?))
        })
        .await
    }
}

/// Saves one product; what is wrong with it is told by its place in the input.
async fn save(ctx: &Context<'_>, which: Which, input: ProductInput) -> Answer<Product> {
    let (actor, house) = (ctx.actor_who_may(Permission::CatalogueWrite)?, ctx.house());
    let wish = input.read(which, house.clock.now());
    let saved = house.catalogue.save_products(actor, vec![wish], Policy::AllOrNothing).await;
    saved.map_err(|error| told(error, &["input"], 1))?;
    Ok(Product(house.catalogue.product(actor, which.id()).await?))
}
