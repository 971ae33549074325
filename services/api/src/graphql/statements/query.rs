//! Looking at statements.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};
use kernel::{PartyId, Permission};
use statements::{StatementFilter, StatementHead, StatementId};

use super::statement::{KIND, Statement};
use crate::graphql::{
    base::{Answer, Asking as _, Money, MonthOf, Page, page_cost},
    parties,
    sales::{SaleExplanation, sale_explained},
};

const LIST: &str = "statements";

/// A line of a statement with all that is behind it.
#[derive(Debug, SimpleObject)]
pub(crate) struct StatementLineExplanation {
    /// What was sold, or what happened.
    description: String,
    /// What it did to the balance.
    amount: Money,
    /// The agreements that decided it.
    agreement: Option<String>,
    /// How the amount came about.
    arithmetic: Option<String>,
    /// The sale behind it, for those who may see the whole of it; null when there is none.
    sale: Option<SaleExplanation>,
}

/// Which statements are wanted; nothing said is all.
#[derive(Clone, Debug, Default, InputObject)]
pub(crate) struct StatementFilterInput {
    /// Of this month alone.
    month: Option<MonthOf>,
    /// Of this party alone.
    party: Option<ID>,
}

#[derive(Debug, Default)]
pub(crate) struct StatementQuery;

#[Object]
impl StatementQuery {
    /// The statements of the co-op, latest month first: the latest revision of each.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn statements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the statement before them.")] after: Option<String>,
        #[graphql(desc = "Which.")] filter: Option<StatementFilterInput>,
    ) -> Answer<Connection<String, Statement>> {
        ctx.actor_who_may(Permission::StatementsRead)?;
        let StatementFilterInput { month, party } = filter.unwrap_or_default();
        let party = party.map(|id| parties::KIND.key(&id)).transpose()?.map(PartyId);
        page(ctx, StatementFilter { month: month.map(|month| month.0), party }, (first, after)).await
    }

    /// The statements of whoever asks, latest month first; empty for those who are not paid.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn my_statements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the statement before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Statement>> {
        match ctx.actor()?.party {
            Some(party) => page(ctx, StatementFilter { month: None, party: Some(party) }, (first, after)).await,
            None => Ok(Connection::new(false, false)),
        }
    }

    /// A statement, for those who may see statements and for its party.
    async fn statement(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Answer<Statement> {
        ctx.actor()?;
        Ok(node(ctx, &id).await?.ok_or_else(|| KIND.missing(&id))?)
    }

    /// Why a line of a statement is what it is.
    #[graphql(complexity = "200 + child_complexity")]
    async fn statement_line(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The statement's id.")] statement: ID,
        #[graphql(desc = "The line's number, from 1.")] line: u32,
    ) -> Answer<StatementLineExplanation> {
        let actor = ctx.actor()?;
        let found = node(ctx, &statement).await?.ok_or_else(|| KIND.missing(&statement))?;
        let told = ctx.house().statements.explain_line(actor.coop, &found.0.number, line).await?;
        Ok(StatementLineExplanation {
            description: told.line.description,
            amount: Money::of(told.line.amount, told.currency),
            agreement: told.line.agreement,
            arithmetic: told.line.arithmetic,
            sale: told.sale.map(sale_explained),
        })
    }
}

async fn page(
    ctx: &Context<'_>,
    filter: StatementFilter,
    (first, after): (Option<i32>, Option<String>),
) -> Answer<Connection<String, Statement>> {
    let page: Page<String> = Page::of(LIST, first, after.as_deref())?;
    let tx = ctx.reading().await?;
    let rows = statements::statements_page(&tx, ctx.actor()?.coop, filter, page.limit(), page.after.as_deref()).await?;
    tx.commit().await?;
    Ok(page.connection(LIST, rows, |statement| statement.number.clone(), Statement))
}

/// The statement of that id, for those who may see statements and for its party.
pub(crate) async fn node(ctx: &Context<'_>, id: &ID) -> Answer<Option<Statement>> {
    let actor = ctx.actor()?;
    let Ok(key) = KIND.key(id) else { return Ok(None) };
    let tx = ctx.reading().await?;
    let found = statements::statements_of(&tx, actor.coop, &[StatementId(key)]).await?.pop();
    tx.commit().await?;
    let open = |statement: &StatementHead| actor.permissions.contains(Permission::StatementsRead) || actor.party == Some(statement.party);
    Ok(found.filter(open).map(Statement))
}
