//! Many products or prices at once, with a policy for what is wrong and problems row by row.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use catalogue::{Outcome, SetPrice, Which};
use kernel::{Code, OfferId, Permission, ProductId};
use uuid::Uuid;

use super::{OFFER, Offer, PRODUCT, Product, channel_of, input::ProductInput, problem, told};
use crate::graphql::{
    base::{Answer, Asking as _, BigInt, CurrencyCode, Problem, at, payload},
    sales::SaleChannel,
};

/// The most products of a request.
const MAX_PRODUCTS: usize = 100;
/// The most prices of a request.
const MAX_PRICES: usize = 500;

/// What becomes of many rows when something is wrong with some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
#[graphql(remote = "catalogue::Policy")]
pub(crate) enum BulkPolicy {
    /// Nothing is saved while anything is wrong.
    #[default]
    AllOrNothing,
    /// Rows with a problem are left out; the others are saved.
    LeaveOutRows,
    /// What is wrong in a row is left out and the rest of the row is saved; a row that makes no sense without it is left out.
    LeaveOutParts,
}

/// A product to make or to change, with everything about it.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct SaveProductInput {
    /// Which product; a new one when nothing is said.
    id: Option<ID>,
    /// What it is to be.
    #[graphql(flatten)]
    product: ProductInput,
}

/// A price to set or to take away.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct SetPriceInput {
    /// Of which offer.
    offer: ID,
    /// In what.
    currency: CurrencyCode,
    /// Where; wherever there is no price of its own when nothing is said.
    channel: Option<SaleChannel>,
    /// Whole minor units, tax inside; null takes the price away.
    amount: Option<BigInt>,
}

/// What came of a row about a product.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct SavedProduct {
    /// The product as it is now; null when the row was left out.
    product: Option<Product>,
    /// What was wrong with the row; with a product: what of it was left out. Paths begin in the row.
    problems: Vec<Problem>,
}

/// What came of a row about a price.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct SavedPrice {
    /// The offer as it is now; null when the row was left out.
    offer: Option<Offer>,
    /// What was wrong with the row. Paths begin in the row.
    problems: Vec<Problem>,
}

payload! {
    /// What came of saving products.
    SaveProductsPayload {
        /// What came of each row, in their order.
        rows: Vec<SavedProduct>
    }
}
payload! {
    /// What came of setting prices.
    SetPricesPayload {
        /// What came of each row, in their order.
        rows: Vec<SavedPrice>
    }
}

#[derive(Debug, Default)]
pub(crate) struct BulkMutation;

#[Object]
impl BulkMutation {
    /// Makes and changes up to 100 products with everything about them, in a handful of statements. The same rows again change
    /// nothing of products that are named by their ids.
    #[graphql(complexity = "1 + rows.len() * child_complexity")]
    async fn save_products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the products are to be.")] rows: Vec<SaveProductInput>,
        #[graphql(desc = "What becomes of the rest when something is wrong.", default)] policy: BulkPolicy,
    ) -> Answer<SaveProductsPayload> {
        SaveProductsPayload::of(async {
            let (actor, house) = (ctx.actor_who_may(Permission::CatalogueWrite)?, ctx.house());
            short_enough(rows.len(), MAX_PRODUCTS)?;
            let now = house.clock.now();
            let wishes = rows.into_iter().map(|row| {
                let known = row.id.map(|id| Which::Known(ProductId(PRODUCT.key(&id).unwrap_or(Uuid::nil()))));
                row.product.read(known.unwrap_or_else(|| Which::New(ProductId(Uuid::now_v7()))), now)
            });
            let saved = house.catalogue.save_products(actor, wishes.collect(), policy.into()).await;
            let outcomes = saved.map_err(|error| told(error, &["rows"], 0))?;
            let ids: Vec<ProductId> = outcomes.iter().filter_map(|outcome| outcome.saved).collect();
            let tx = ctx.reading().await?;
            let found = catalogue::products_of(&tx, actor.coop, &ids).await?;
            tx.commit().await?;
            let found: HashMap<ProductId, catalogue::Product> = found.into_iter().map(|product| (product.id, product)).collect();
            let row = |outcome: &Outcome<ProductId>| SavedProduct {
                product: outcome.saved.and_then(|id| found.get(&id).cloned()).map(Product),
                problems: problems(outcome),
            };
            Ok(outcomes.iter().map(row).collect())
        })
        .await
    }

    /// Sets up to 500 prices, or takes them away; other prices of the same offers stay. Makers do so with their own offers,
    /// whatever their role lets them. The same rows again change nothing.
    #[graphql(complexity = "1 + rows.len() * child_complexity")]
    async fn set_prices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the offers are to cost.")] rows: Vec<SetPriceInput>,
        #[graphql(desc = "What becomes of the rest when something is wrong. A price has no parts.", default)] policy: BulkPolicy,
    ) -> Answer<SetPricesPayload> {
        SetPricesPayload::of(async {
            let (actor, house) = (ctx.actor()?, ctx.house());
            if actor.party.is_none() {
                actor.require(Permission::CatalogueWrite)?;
            }
            short_enough(rows.len(), MAX_PRICES)?;
            let wish = |row: &SetPriceInput| SetPrice {
                offer: OfferId(OFFER.key(&row.offer).unwrap_or(Uuid::nil())),
                currency: row.currency.0,
                channel: row.channel.map(channel_of),
                amount: row.amount.map(|amount| amount.0),
            };
            let wishes: Vec<SetPrice> = rows.iter().map(wish).collect();
            let saved = house.catalogue.set_prices(actor, &wishes, policy.into()).await;
            let outcomes = saved.map_err(|error| told(error, &["rows"], 0))?;
            let ids: Vec<OfferId> = outcomes.iter().filter_map(|outcome| outcome.saved).collect();
            let tx = ctx.reading().await?;
            let found = catalogue::offers_of(&tx, actor.coop, &ids).await?;
            tx.commit().await?;
            let found: HashMap<OfferId, catalogue::Offer> = found.into_iter().map(|offer| (offer.id, offer)).collect();
            let row = |outcome: &Outcome<OfferId>| SavedPrice {
                offer: outcome.saved.and_then(|id| found.get(&id).cloned()).map(Offer),
                problems: problems(outcome),
            };
            Ok(outcomes.iter().map(row).collect())
        })
        .await
    }
}

fn short_enough(rows: usize, most: usize) -> Answer<()> {
    if rows <= most {
        Ok(())
    } else {
        Err(at(&["rows"], Code::InvalidInput, format!("{rows} rows are too many for one request; send {most} at most")))
    }
}

fn problems<T>(outcome: &Outcome<T>) -> Vec<Problem> {
    outcome.flaws.iter().map(|flaw| problem(flaw, &[], 0)).collect()
}
