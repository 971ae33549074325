//! A maker's offer and its prices, as the graph shows them.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{Variant, channel_of, sale_channel};
use crate::graphql::{
    base::{Answer, Asking as _, CurrencyCode, Kind, Money},
    parties::Party,
    sales::SaleChannel,
};

pub(crate) const OFFER: Kind = Kind("Offer");

/// One maker's offer of a variant.
#[derive(Clone, Debug)]
pub(crate) struct Offer(pub(crate) catalogue::Offer);

/// What a buyer pays for one, tax inside.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct Price {
    /// How much.
    amount: Money,
    /// Where; null: wherever there is no price of its own.
    channel: Option<SaleChannel>,
}

/// One maker's offer of a variant.
#[Object]
impl Offer {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        OFFER.id(self.0.id)
    }

    /// Of which variant.
    async fn variant(&self, ctx: &Context<'_>) -> Answer<Option<Variant>> {
        Ok(ctx.loaders()?.load(self.0.variant).await?.map(Variant))
    }

    /// Who makes it.
    async fn maker(&self, ctx: &Context<'_>) -> Answer<Option<Party>> {
        Party::load(ctx, self.0.maker).await
    }

    /// What the maker calls it.
    async fn sku(&self) -> Option<&str> {
        self.0.sku.as_deref()
    }

    /// What it costs, by currency and channel.
    #[graphql(complexity = "2 * child_complexity")]
    async fn prices(&self) -> Vec<Price> {
        let shown = |price: &catalogue::Price| Price { amount: Money(price.amount), channel: price.channel.map(sale_channel) };
        self.0.prices.iter().map(shown).collect()
    }

    /// What it costs there in that currency: the channel's own price, else the one for all; null when it has neither.
    async fn price(
        &self,
        #[graphql(desc = "Where.")] channel: SaleChannel,
        #[graphql(desc = "In what.")] currency: CurrencyCode,
    ) -> Option<Money> {
        self.0.price(channel_of(channel), currency.0).map(Money)
    }

    /// Since when it is offered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Since when it is not offered any more; null while it is.
    async fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        self.0.withdrawn_at
    }
}
