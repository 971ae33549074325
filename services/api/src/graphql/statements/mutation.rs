//! Closing a month, and noting that a statement was looked at.

use async_graphql::{Context, ID, Object, SimpleObject};
use kernel::Permission;
use serde::{Deserialize, Serialize};

use super::{
    query::node,
    statement::{KIND, Statement},
};
use crate::graphql::{
    base::{Answer, Asking as _, MonthOf, payload},
    once::once,
};

/// A month that is closed: its books are barred and its statements issued.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct MonthClose {
    /// Which month.
    month: MonthOf,
    /// How many statements were issued or changed by this.
    issued: i32,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    issued: usize,
}

payload! {
    /// What came of closing a month.
    CloseMonthPayload {
        /// The close.
        close: MonthClose
    }
}
payload! {
    /// What came of looking at a statement.
    MarkStatementViewedPayload {
        /// The statement.
        statement: Statement
    }
}

#[derive(Debug, Default)]
pub(crate) struct StatementMutation;

#[Object]
impl StatementMutation {
    /// Closes a month that is over: settles its guarantees, bars its books, issues the statements. Takes a second factor
    /// that was shown a few minutes ago at most.
    async fn close_month(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Names this wish: the same again closes nothing more.")] idempotency_key: String,
        #[graphql(desc = "Which month.")] month: MonthOf,
    ) -> Answer<CloseMonthPayload> {
        CloseMonthPayload::of(async {
            let (actor, person) = ctx.actor_with_fresh_factor(Permission::StatementsClose)?;
            let coop = ctx.coop()?.clone();
            let kept: Kept = once(ctx, actor, ("closeMonth", &idempotency_key), &month.0, async |_| {
                let closed = ctx.house().statements.close(&coop, month.0, Some(person)).await?;
                Ok(Kept { issued: closed.statements.issued.len() })
            })
            .await?;
            Ok(MonthClose { month, issued: i32::try_from(kept.issued).unwrap_or(i32::MAX) })
        })
        .await
    }

    /// Notes that its party looked at a statement; the first time counts. Nothing is noted for others who may see it.
    async fn mark_statement_viewed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which statement.")] id: ID,
    ) -> Answer<MarkStatementViewedPayload> {
        MarkStatementViewedPayload::of(async {
            let actor = ctx.actor()?;
            let found = node(ctx, &id).await?.ok_or_else(|| KIND.missing(&id))?;
            if actor.party == Some(found.0.party) {
                ctx.house().statements.viewed(actor.coop, &found.0.number, Some(found.0.revision)).await?;
            }
            Ok(node(ctx, &id).await?.ok_or_else(|| KIND.missing(&id))?)
        })
        .await
    }
}
