//! Products by words, filters and facets.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};
use catalogue::{Attribute, CategoryId, FoundPage, PriceRange, SearchAsk, SearchKey};
use kernel::{PartyId, ProductId};
use uuid::Uuid;

use crate::graphql::{
    base::{Answer, Asking as _, BigInt, CurrencyCode, Page},
    catalogue::{CATEGORY, Category, Product, ProductStatus, channel_of},
    parties::{self, Party},
    sales::SaleChannel,
};

const FOUND: &str = "searchProducts";

/// A cursor: how well the last product fits, bit by bit; the product; whether it is spelled almost alike.
type Cursor = (u64, Uuid, bool);

/// What is looked for. Nothing said is everything that may be seen.
#[derive(Clone, Debug, Default, InputObject)]
pub(crate) struct SearchProductsInput {
    /// Words as they are typed: `"a phrase"`, `-not this`, a SKU, a barcode. At most 200 characters.
    text: Option<String>,
    /// The language of the words, such as `nl`; those that the co-op writes in when nothing is said.
    language: Option<String>,
    /// Only what is shown there now.
    channel: Option<SaleChannel>,
    /// Only what has come that far. Those who do not read the catalogue find what is for sale, whatever they say here.
    status: Option<ProductStatus>,
    /// Only what is in that category, or in one below it.
    category: Option<ID>,
    /// Only what one of these makers offers.
    makers: Option<Vec<ID>>,
    /// Only what has these: of each name one of the values.
    attributes: Option<Vec<SearchAttributeInput>>,
    /// Only what costs that much.
    price: Option<PriceRangeInput>,
    /// Only what somebody could take home now.
    in_stock: Option<bool>,
}

/// Something that a product is to have.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct SearchAttributeInput {
    /// Its name, such as `material`.
    name: String,
    /// Its value, such as `oak`.
    value: String,
}

/// What may be paid, both ends within.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct PriceRangeInput {
    /// In what.
    currency: CurrencyCode,
    /// At least that many minor units.
    least: Option<BigInt>,
    /// At most that many minor units.
    most: Option<BigInt>,
}

impl SearchProductsInput {
    fn read(self) -> Answer<SearchAsk> {
        let makers = self.makers.unwrap_or_default();
        let attributes = self.attributes.unwrap_or_default();
        Ok(SearchAsk {
            text: self.text,
            language: self.language,
            channel: self.channel.map(channel_of),
            status: self.status.map(catalogue::ProductStatus::from),
            category: self.category.map(|id| CATEGORY.key(&id).map(CategoryId)).transpose()?,
            makers: makers.iter().map(|id| parties::KIND.key(id).map(PartyId)).collect::<Answer<_>>()?,
            attributes: attributes.into_iter().map(|SearchAttributeInput { name, value }| Attribute { name, value }).collect(),
            price: self.price.map(|PriceRangeInput { currency, least, most }| PriceRange {
                currency: currency.0,
                least: least.map(|least| least.0),
                most: most.map(|most| most.0),
            }),
            in_stock: self.in_stock.unwrap_or_default(),
        })
    }
}

/// What was found.
#[derive(Debug)]
pub(crate) struct ProductSearch {
    ask: SearchAsk,
    page: Page<Cursor>,
    found: FoundPage,
}

/// How what was found is spread. Each list counts without its own filter, so that it shows what else could be chosen, the most
/// frequent 50.
#[derive(Debug, SimpleObject)]
pub(crate) struct SearchFacets {
    /// How many products there are with all filters.
    total: BigInt,
    /// By category; what lies below one counts in it, too.
    categories: Vec<CategoryCount>,
    /// By maker.
    makers: Vec<MakerCount>,
    /// By attribute.
    attributes: Vec<AttributeCount>,
}

/// How many are in a category.
#[derive(Debug)]
pub(crate) struct CategoryCount(catalogue::Facet<CategoryId>);

/// How many a maker offers.
#[derive(Debug)]
pub(crate) struct MakerCount(catalogue::Facet<PartyId>);

/// How many have an attribute.
#[derive(Debug, SimpleObject)]
pub(crate) struct AttributeCount {
    /// Its name, such as `material`.
    name: String,
    /// Its value, such as `oak`.
    value: String,
    /// How many products.
    products: BigInt,
}

/// How many are in a category.
#[Object]
impl CategoryCount {
    /// The category.
    async fn category(&self, ctx: &Context<'_>) -> Answer<Option<Category>> {
        Ok(ctx.loaders()?.load(self.0.value).await?.map(Category))
    }

    /// How many products.
    async fn products(&self) -> BigInt {
        BigInt(self.0.products)
    }
}

/// How many a maker offers.
#[Object]
impl MakerCount {
    /// The maker.
    async fn maker(&self, ctx: &Context<'_>) -> Answer<Option<Party>> {
        Party::load(ctx, self.0.value).await
    }

    /// How many products.
    async fn products(&self) -> BigInt {
        BigInt(self.0.products)
    }
}

/// What was found.
#[Object]
impl ProductSearch {
    /// The products, best first; of what fits equally well, newest first.
    #[graphql(complexity = "100 * child_complexity")]
    async fn products(&self) -> Connection<String, Product> {
        let cursor = |(key, _): &(SearchKey, catalogue::Product)| (key.rank.to_bits(), key.product.0, key.almost);
        self.page.connection(FOUND, self.found.products.clone(), cursor, |(_, product)| Product(product))
    }

    /// Whether nothing has the words as they are typed, and this is spelled almost like them.
    async fn almost(&self) -> bool {
        self.found.almost
    }

    /// How what was found is spread.
    #[graphql(complexity = "50 * child_complexity")]
    async fn facets(&self, ctx: &Context<'_>) -> Answer<SearchFacets> {
        let actor = ctx.actor()?;
        let found = ctx.house().catalogue.facets(actor, &self.ask, self.found.almost).await?;
        let attribute = |facet: catalogue::Facet<Attribute>| AttributeCount {
            name: facet.value.name,
            value: facet.value.value,
            products: BigInt(facet.products),
        };
        Ok(SearchFacets {
            total: BigInt(found.total),
            categories: found.categories.into_iter().map(CategoryCount).collect(),
            makers: found.makers.into_iter().map(MakerCount).collect(),
            attributes: found.attributes.into_iter().map(attribute).collect(),
        })
    }
}

#[derive(Debug, Default)]
pub(crate) struct SearchQuery;

#[Object]
impl SearchQuery {
    /// Products of the co-op by words, filters and facets. Members find what is for sale; those who read the catalogue find all of it.
    async fn search_products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is looked for.")] input: SearchProductsInput,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the product before them.")] after: Option<String>,
    ) -> Answer<ProductSearch> {
        let actor = ctx.actor()?;
        let page: Page<Cursor> = Page::of(FOUND, first, after.as_deref())?;
        let ask = input.read()?;
        let after = page.after.map(|(rank, product, almost)| SearchKey { rank: f64::from_bits(rank), product: ProductId(product), almost });
        let limit = u32::try_from(page.limit()).expect("a page is small");
        let found = ctx.house().catalogue.search(actor, &ask, after, limit).await?;
        Ok(ProductSearch { ask, page, found })
    }
}
