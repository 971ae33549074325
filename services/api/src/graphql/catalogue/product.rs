//! A product, as the graph shows it.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::PartyId;

use super::{Category, Medium, Variant, sale_channel};
use crate::graphql::{
    base::{Answer, Asking as _, Kind},
    loaders::{AttributesOf, ContributorsOf, MediaOf, PublicationsOf, TextsOf, VariantsOf},
    parties::Party,
    sales::SaleChannel,
};

pub(crate) const PRODUCT: Kind = Kind("Product");

/// What sort of thing a product is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "catalogue::ProductKind")]
pub(crate) enum ProductKind {
    /// A thing that lies somewhere.
    Goods,
    /// Several things that are sold as one.
    Kit,
    /// A place at a time: a workshop, a table, a seat.
    Slot,
    /// Something that is downloaded.
    Digital,
}

/// How far a product has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "catalogue::ProductStatus")]
pub(crate) enum ProductStatus {
    /// Being prepared.
    Draft,
    /// For sale, where it is published.
    Active,
    /// Not for sale any more; what was sold of it still finds it.
    Archived,
}

/// Something that is sold, in one or several variants.
#[derive(Clone, Debug)]
pub(crate) struct Product(pub(crate) catalogue::Product);

/// Title and description in one language.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ProductText {
    /// The language, as in BCP 47: `nl`, `pt-BR`.
    language: String,
    /// The title.
    title: String,
    /// The description; may be empty.
    description: String,
}

/// What a product is made of, how, or what speaks for it.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ProductAttribute {
    /// `material`, `technique`, `origin`, `sustainability`, or another name of that form.
    name: String,
    /// Its value. A name may have several.
    value: String,
}

/// That a product is shown somewhere.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct Publication {
    /// Where.
    channel: SaleChannel,
    /// From when on.
    from: DateTime<Utc>,
    /// Until when; null: until further notice.
    until: Option<DateTime<Utc>>,
}

/// Somebody who had a hand in a product.
#[derive(Clone, Debug)]
pub(crate) struct Contributor(catalogue::Contributor);

/// Something that is sold, in one or several variants.
#[Object]
impl Product {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        PRODUCT.id(self.0.id)
    }

    /// Its name in addresses, unique in the co-op.
    async fn handle(&self) -> &str {
        &self.0.handle
    }

    /// What sort of thing it is.
    async fn kind(&self) -> ProductKind {
        self.0.kind.into()
    }

    /// How far it has come.
    async fn status(&self) -> ProductStatus {
        self.0.status.into()
    }

    /// Its title, in the language that it was written in.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Its description, in the language that it was written in; may be empty.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// The language that it was written in, as in BCP 47.
    async fn language(&self) -> &str {
        &self.0.language
    }

    /// Its texts in all languages.
    #[graphql(complexity = "3 * child_complexity")]
    async fn texts(&self, ctx: &Context<'_>) -> Answer<Vec<ProductText>> {
        let texts = ctx.loaders()?.load(TextsOf(self.0.id)).await?.unwrap_or_default();
        let shown = |text: catalogue::Text| ProductText { language: text.language, title: text.title, description: text.description };
        Ok(texts.into_iter().map(shown).collect())
    }

    /// The category that it is in.
    async fn category(&self, ctx: &Context<'_>) -> Answer<Option<Category>> {
        match self.0.category {
            Some(category) => Ok(ctx.loaders()?.load(category).await?.map(Category)),
            None => Ok(None),
        }
    }

    /// What its variants differ in, such as size and colour.
    async fn option_names(&self) -> &[String] {
        &self.0.option_names
    }

    /// Its variants in their order, with every maker's offer; archived ones are among them.
    #[graphql(complexity = "4 * child_complexity")]
    async fn variants(&self, ctx: &Context<'_>) -> Answer<Vec<Variant>> {
        let variants = ctx.loaders()?.load(VariantsOf(self.0.id)).await?.unwrap_or_default();
        Ok(variants.into_iter().map(Variant).collect())
    }

    /// What it is made of, how, and what speaks for it.
    #[graphql(complexity = "5 * child_complexity")]
    async fn attributes(&self, ctx: &Context<'_>) -> Answer<Vec<ProductAttribute>> {
        let attributes = ctx.loaders()?.load(AttributesOf(self.0.id)).await?.unwrap_or_default();
        Ok(attributes.into_iter().map(|one| ProductAttribute { name: one.name, value: one.value }).collect())
    }

    /// Who made it together, the weightiest part first; empty where the maker is whoever offers it.
    #[graphql(complexity = "3 * child_complexity")]
    async fn contributors(&self, ctx: &Context<'_>) -> Answer<Vec<Contributor>> {
        let contributors = ctx.loaders()?.load(ContributorsOf(self.0.id)).await?.unwrap_or_default();
        Ok(contributors.into_iter().map(Contributor).collect())
    }

    /// Where it is shown, from when until when.
    #[graphql(complexity = "2 * child_complexity")]
    async fn publications(&self, ctx: &Context<'_>) -> Answer<Vec<Publication>> {
        let publications = ctx.loaders()?.load(PublicationsOf(self.0.id)).await?.unwrap_or_default();
        let shown = |one: catalogue::Publication| Publication { channel: sale_channel(one.channel), from: one.from, until: one.until };
        Ok(publications.into_iter().map(shown).collect())
    }

    /// Its pictures in their order.
    #[graphql(complexity = "3 * child_complexity")]
    async fn media(&self, ctx: &Context<'_>) -> Answer<Vec<Medium>> {
        let media = ctx.loaders()?.load(MediaOf(self.0.id)).await?.unwrap_or_default();
        Ok(media.into_iter().map(Medium).collect())
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When its own fields last changed; those of its variants have no part in this.
    async fn changed_at(&self) -> DateTime<Utc> {
        self.0.changed_at
    }
}

/// Somebody who had a hand in a product.
#[Object]
impl Contributor {
    /// Who.
    async fn party(&self, ctx: &Context<'_>) -> Answer<Option<Party>> {
        let party: PartyId = self.0.party;
        Party::load(ctx, party).await
    }

    /// What their part weighs beside the others'.
    async fn weight(&self) -> i32 {
        self.0.weight
    }

    /// What they did, in words; may be empty.
    async fn part(&self) -> &str {
        &self.0.part
    }
}
