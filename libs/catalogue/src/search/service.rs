//! Asking the database.

use db::statement;
use kernel::{Actor, CoopId, PartyId, ProductId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

use super::{SearchAsk, SearchKey, ask::Question};
use crate::{Attribute, Catalogue, CatalogueError, CategoryId, Product, products_of};

/// Products that are found at once at most: a page of a hundred, and one to see that there are more.
pub const MAX_SEARCH: u32 = 101;
/// Values that a facet shows: the most frequent ones.
const MAX_VALUES: i32 = 50;

/// A page of what was found.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundPage {
    /// The products, best first, each with where a page that ends with it goes on.
    pub products: Vec<(SearchKey, Product)>,
    /// Whether nothing has the words as they are typed, and this is spelled almost like them.
    pub almost: bool,
}

/// A value, and how many products have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet<T> {
    /// The value.
    pub value: T,
    /// How many products.
    pub products: i64,
}

/// How what was found is spread. Each counts without its own filter, so that it shows what else could be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// How many there are with all filters.
    pub total: i64,
    /// By category; what lies below one counts in it, too.
    pub categories: Vec<Facet<CategoryId>>,
    /// By maker.
    pub makers: Vec<Facet<PartyId>>,
    /// By attribute.
    pub attributes: Vec<Facet<Attribute>>,
}

const PAGE: &str = "
select product_id, rank from search_products($1, $2::jsonb, $3, $4, nullif($5, '00000000-0000-0000-0000-000000000000'::uuid), $6)";
const FACETS: &str = "select facet, value, products from search_facets($1, $2::jsonb, $3, $4)";

#[derive(FromQueryResult)]
struct Hit {
    product_id: Uuid,
    rank: f64,
}

#[derive(FromQueryResult)]
struct Counted {
    facet: String,
    value: String,
    products: i64,
}

impl Catalogue {
    /// A page of the products that fit, best first. Three statements at most: as typed, as almost typed, and the products.
    pub async fn search(&self, actor: &Actor, ask: &SearchAsk, after: Option<SearchKey>, first: u32) -> Result<FoundPage, CatalogueError> {
        let question = ask.question(actor, self.now())?;
        let (coop, first) = (actor.coop, first.min(MAX_SEARCH));
        let tx = db::begin(&self.db, coop).await?;
        let mut almost = after.is_some_and(|after| after.almost);
        let mut hits = hits(&tx, coop, &question, (almost, after, first)).await?;
        if hits.is_empty() && after.is_none() && question.query.is_some() {
            almost = true;
            hits = self::hits(&tx, coop, &question, (almost, after, first)).await?;
        }
        let ids: Vec<ProductId> = hits.iter().map(|hit| ProductId(hit.product_id)).collect();
        let mut found: std::collections::HashMap<_, _> =
            products_of(&tx, coop, &ids).await?.into_iter().map(|product| (product.id.0, product)).collect();
        tx.commit().await?;
        let key = |hit: &Hit| SearchKey { rank: hit.rank, product: ProductId(hit.product_id), almost };
        let products = hits.iter().filter_map(|hit| Some((key(hit), found.remove(&hit.product_id)?))).collect();
        Ok(FoundPage { products, almost })
    }

    /// How the products that fit are spread; `almost` as the page told it. One statement.
    pub async fn facets(&self, actor: &Actor, ask: &SearchAsk, almost: bool) -> Result<Facets, CatalogueError> {
        let question = json(&ask.question(actor, self.now())?)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let values: [Value; 4] = [actor.coop.0.into(), question.into(), almost.into(), MAX_VALUES.into()];
        let rows = Counted::find_by_statement(statement(FACETS, values)).all(&tx).await?;
        tx.commit().await?;
        let mut facets = Facets::default();
        for Counted { facet, value, products } in rows {
            match facet.as_str() {
                "total" => facets.total = products,
                "category" => facets.categories.push(Facet { value: CategoryId(number(&value)?), products }),
                "maker" => facets.makers.push(Facet { value: PartyId(number(&value)?), products }),
                _ => {
                    let (name, value) = value.split_once('=').unwrap_or((&value, ""));
                    facets.attributes.push(Facet { value: Attribute { name: name.to_owned(), value: value.to_owned() }, products });
                }
            }
        }
        Ok(facets)
    }
}

async fn hits(
    db: &impl ConnectionTrait,
    coop: CoopId,
    question: &Question,
    (almost, after, first): (bool, Option<SearchKey>, u32),
) -> Result<Vec<Hit>, DbErr> {
    let rank = after.map_or(0.0, |after| after.rank);
    let product = after.map_or(Uuid::nil(), |after| after.product.0);
    let first = i32::try_from(first).expect("a page is small");
    let values: [Value; 6] = [coop.0.into(), json(question)?.into(), almost.into(), rank.into(), product.into(), first.into()];
    Hit::find_by_statement(statement(PAGE, values)).all(db).await
}

fn json(question: &Question) -> Result<String, DbErr> {
    serde_json::to_string(question).map_err(|error| DbErr::Json(error.to_string()))
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, DbErr> {
    text.parse().map_err(|_| DbErr::Type(format!("{text:?} is no number")))
}
