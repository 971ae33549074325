//! Stock counts.

use async_graphql::{Context, ID, InputObject, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::Permission;
use stock::{CountId, NewCount};
use uuid::Uuid;

use super::{COUNT, Location, Lot, location_id, stock, transfer::LotUnitsInput};
use crate::graphql::{
    base::{Answer, Asking as _, Page, page_cost, payload},
    people::Person,
};

const LIST: &str = "stockCounts";

/// What somebody found on the shelf, beside what was expected there.
#[derive(Clone, Debug)]
pub(crate) struct StockCount(stock::Count);

/// How many units of a lot were found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StockCountLine(stock::CountLine);

/// What somebody found on the shelf, beside what was expected there.
#[Object]
impl StockCount {
    /// Its id.
    async fn id(&self) -> ID {
        COUNT.id(self.0.id)
    }

    /// Where.
    async fn location(&self, ctx: &Context<'_>) -> Answer<Option<Location>> {
        Location::load(ctx, self.0.location).await
    }

    /// What there is to say of it.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// When.
    async fn counted_at(&self) -> DateTime<Utc> {
        self.0.counted_at
    }

    /// By whom; null for keys.
    async fn counted_by(&self, ctx: &Context<'_>) -> Answer<Option<Person>> {
        match self.0.counted_by {
            Some(person) => Person::load(ctx, person).await,
            None => Ok(None),
        }
    }

    /// What was found.
    #[graphql(complexity = "10 * child_complexity")]
    async fn lines(&self) -> Vec<StockCountLine> {
        self.0.lines.iter().copied().map(StockCountLine).collect()
    }
}

/// How many units of a lot were found.
#[Object]
impl StockCountLine {
    /// Of which lot.
    async fn lot(&self, ctx: &Context<'_>) -> Answer<Option<Lot>> {
        Lot::load(ctx, self.0.lot).await
    }

    /// Units that should have been there.
    async fn expected(&self) -> i32 {
        self.0.expected
    }

    /// Units that were there.
    async fn counted(&self) -> i32 {
        self.0.counted
    }
}

/// What somebody found.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct CountStockInput {
    /// Its number, a UUIDv7 of yours: the same count twice is one.
    id: Uuid,
    /// Where.
    location: ID,
    /// Which lots, each once, and how many units of each. Lots that are not named were not counted.
    lines: Vec<LotUnitsInput>,
    /// What there is to say of it.
    note: Option<String>,
}

payload! {
    /// What came of a stock count.
    CountStockPayload {
        /// The count.
        count: StockCount
    }
}

#[derive(Debug, Default)]
pub(crate) struct CountQuery;

#[Object]
impl CountQuery {
    /// Stock counts, oldest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn stock_counts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of this location alone.")] location: Option<ID>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the count before them.")] after: Option<String>,
    ) -> Answer<Connection<String, StockCount>> {
        let actor = ctx.actor_who_may(Permission::StockRead)?;
        let page: Page<Uuid> = Page::of(LIST, first, after.as_deref())?;
        let location = location.map(|location| location_id(&location)).transpose()?;
        let tx = ctx.reading().await?;
        let rows = ::stock::counts_page(&tx, actor.coop, location, (page.limit(), page.after.map(CountId))).await?;
        tx.commit().await?;
        Ok(page.connection(LIST, rows, |row| row.id.0, StockCount))
    }
}

#[derive(Debug, Default)]
pub(crate) struct CountMutation;

#[Object]
impl CountMutation {
    /// Writes a stock count down: what is on hand becomes what was found. Fewer than are reserved or set aside is refused.
    async fn count_stock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was found.")] input: CountStockInput,
    ) -> Answer<CountStockPayload> {
        CountStockPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let new = NewCount {
                id: CountId(input.id),
                location: location_id(&input.location)?,
                lines: input.lines.iter().map(LotUnitsInput::parse).collect::<Answer<_>>()?,
                note: input.note,
            };
            Ok(StockCount(stock(ctx).count(actor, &new).await?))
        })
        .await
    }
}
