//! Costs that parties share: pools, and what each month of them was charged to whom.

use async_graphql::{Context, Enum, ID, InputObject, Object, connection::Connection};
use costs::{Charge, Costs, NewPool, PoolId, Sharer};
use kernel::{PartyId, Permission};
use uuid::Uuid;

use super::{
    base::{Answer, Asking as _, BigInt, CurrencyCode, Kind, Money, MonthOf, Page, page_cost, payload},
    once::once,
    parties::{self, Party},
};

const KIND: Kind = Kind("CostPool");
const LIST: &str = "costPools";

/// By what a cost is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "costs::Rule")]
pub(crate) enum CostRule {
    /// Everybody the same.
    Equal,
    /// By what each earned from sales in the month, net of what was given back.
    Sales,
    /// By a number that each was given: square metres, kilograms.
    Measure,
}

/// A cost that parties share.
#[derive(Debug)]
pub(crate) struct CostPool(costs::Pool);

/// A cost that parties share.
#[Object]
impl CostPool {
    /// Its id.
    async fn id(&self) -> ID {
        KIND.id(self.0.id)
    }

    /// What it is for.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What is paid in.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.0.currency)
    }

    /// By what it is shared.
    async fn rule(&self) -> CostRule {
        self.0.rule.into()
    }

    /// By whom.
    #[graphql(complexity = "10 * child_complexity")]
    async fn sharers(&self) -> Vec<CostSharer> {
        self.0.sharers.iter().copied().map(CostSharer).collect()
    }
}

/// One who shares a cost.
#[derive(Debug)]
pub(crate) struct CostSharer(Sharer);

/// One who shares a cost.
#[Object]
impl CostSharer {
    /// Who.
    async fn party(&self, ctx: &Context<'_>) -> Answer<Option<Party>> {
        Party::load(ctx, self.0.party).await
    }

    /// Their measure; 0 where none counts.
    async fn measure(&self) -> BigInt {
        BigInt(self.0.measure)
    }
}

/// A month that was charged to a pool.
#[derive(Debug)]
pub(crate) struct CostCharge(costs::Charged);

/// A month that was charged to a pool.
#[Object]
impl CostCharge {
    /// Which month.
    async fn month(&self) -> MonthOf {
        MonthOf(self.0.month)
    }

    /// What it came to; the shares sum to it.
    async fn amount(&self) -> Money {
        Money::of(self.0.shares.iter().map(|share| share.amount).sum(), self.0.currency)
    }

    /// What each pays.
    #[graphql(complexity = "10 * child_complexity")]
    async fn shares(&self) -> Vec<CostShare> {
        self.0.shares.iter().map(|share| CostShare(*share, Money::of(share.amount, self.0.currency))).collect()
    }
}

/// One party's share of a cost.
#[derive(Debug)]
pub(crate) struct CostShare(costs::Share, Money);

/// One party's share of a cost.
#[Object]
impl CostShare {
    /// Whose.
    async fn party(&self, ctx: &Context<'_>) -> Answer<Option<Party>> {
        Party::load(ctx, self.0.party).await
    }

    /// What it was shared by: 1 for everybody, minor units earned, or the measure.
    async fn weight(&self) -> BigInt {
        BigInt(self.0.weight)
    }

    /// What is taken out of what the co-op owes them.
    async fn amount(&self) -> Money {
        self.1
    }
}

/// One who is to share a cost.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct CostSharerInput {
    /// Which party.
    party: ID,
    /// Their measure, where one counts.
    measure: Option<BigInt>,
}

/// What opening a cost pool takes.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct OpenCostPoolInput {
    /// What it is for: 1 to 120 characters in one line.
    name: String,
    /// What is paid in; the co-op's own currency when nothing is said.
    currency: Option<CurrencyCode>,
    /// By what it is shared.
    rule: CostRule,
    /// By whom, 1 to 500.
    sharers: Vec<CostSharerInput>,
}

payload! {
    /// What came of opening a cost pool.
    OpenCostPoolPayload {
        /// The pool.
        pool: CostPool
    }
}
payload! {
    /// What came of charging a month.
    ChargeCostPoolPayload {
        /// What each pays.
        charge: CostCharge
    }
}

fn costs_of<'c>(ctx: &'c Context<'_>) -> &'c Costs {
    &ctx.house().costs
}

fn party(id: &ID) -> Answer<PartyId> {
    Ok(PartyId(parties::KIND.key(id)?))
}

#[derive(Debug, Default)]
pub(crate) struct CostQuery;

#[Object]
impl CostQuery {
    /// The costs that parties share, in the order of their numbers.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn cost_pools(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the pool before them.")] after: Option<String>,
    ) -> Answer<Connection<String, CostPool>> {
        let actor = ctx.actor_who_may(Permission::LedgerRead)?;
        let page: Page<Uuid> = Page::of(LIST, first, after.as_deref())?;
        let rows = costs_of(ctx).pools_page(actor.coop, page.limit(), page.after.map(PoolId)).await?;
        Ok(page.connection(LIST, rows, |pool| pool.id.0, CostPool))
    }

    /// What a month of a pool was charged to whom; null when it was not charged.
    async fn cost_charge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which pool.")] pool: ID,
        #[graphql(desc = "Which month.")] month: MonthOf,
    ) -> Answer<Option<CostCharge>> {
        let actor = ctx.actor_who_may(Permission::LedgerRead)?;
        let charged = costs_of(ctx).charged(actor.coop, PoolId(KIND.key(&pool)?), month.0).await?;
        Ok((!charged.shares.is_empty()).then_some(CostCharge(charged)))
    }
}

/// A month's cost.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ChargeCostPoolInput {
    /// Of which pool.
    pool: ID,
    /// Which month.
    month: MonthOf,
    /// What it came to, in minor units of the pool's currency.
    amount: BigInt,
}

#[derive(Debug, Default)]
pub(crate) struct CostMutation;

#[Object]
impl CostMutation {
    /// Opens a pool for a cost that parties share, for good: where sharers or the rule change, another pool goes on.
    async fn open_cost_pool(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Names this wish: the same again opens nothing more.")] idempotency_key: String,
        #[graphql(desc = "What it is.")] input: OpenCostPoolInput,
    ) -> Answer<OpenCostPoolPayload> {
        OpenCostPoolPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StatementsClose)?;
            let sharer = |sharer: &CostSharerInput| -> Answer<Sharer> {
                Ok(Sharer { party: party(&sharer.party)?, measure: sharer.measure.map_or(0, |measure| measure.0) })
            };
            let sharers: Answer<Vec<Sharer>> = input.sharers.iter().map(sharer).collect();
            let sharers = sharers?;
            let currency = input.currency.map_or(ctx.coop()?.currency, |code| code.0);
            let (name, rule) = (input.name, costs::Rule::from(input.rule));
            let asked = (&name, currency, format!("{rule:?}"), &sharers);
            let id: Uuid = once(ctx, actor, ("openCostPool", &idempotency_key), &asked, async |claim| {
                let new = NewPool { id: PoolId(claim.name()), name: name.clone(), currency, rule, sharers: sharers.clone() };
                Ok(costs_of(ctx).open(actor, new).await?.id.0)
            })
            .await?;
            Ok(CostPool(costs_of(ctx).pool(actor.coop, PoolId(id)).await?))
        })
        .await
    }

    /// Charges a month that is over to a pool, once: each share is taken out of what the co-op owes its party. Takes a second
    /// factor that was shown a few minutes ago at most.
    async fn charge_cost_pool(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Names this wish: the same again charges nothing more.")] idempotency_key: String,
        #[graphql(desc = "What it came to.")] input: ChargeCostPoolInput,
    ) -> Answer<ChargeCostPoolPayload> {
        ChargeCostPoolPayload::of(async {
            let (actor, _) = ctx.actor_with_fresh_factor(Permission::StatementsClose)?;
            let (pool, month, amount) = (PoolId(KIND.key(&input.pool)?), input.month.0, input.amount.0);
            let charge = Charge { pool, month, amount };
            let asked = (pool, month, amount);
            once::<(), _>(ctx, actor, ("chargeCostPool", &idempotency_key), &asked, async |_| {
                costs_of(ctx).charge(actor, charge, &ctx.coop()?.zone).await?;
                Ok(())
            })
            .await?;
            Ok(CostCharge(costs_of(ctx).charged(actor.coop, pool, month).await?))
        })
        .await
    }
}
