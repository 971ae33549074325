//! Sales, whatever the channel, and why each cent of them went where it went.

mod explained;

use async_graphql::{Context, Enum, ID, InputObject, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{PartyId, Permission, SaleId};
use orders::{SaleFilter, SaleHead};
use uuid::Uuid;

use self::explained::explain;
pub(crate) use self::explained::{SaleExplanation, sale_explained};
use super::{
    base::{Answer, Asking as _, Kind, Money, Page, page_cost},
    parties::{self, Party},
};

pub(crate) const KIND: Kind = Kind("Sale");
const LIST: &str = "sales";

/// Where something is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "orders::Channel")]
pub(crate) enum SaleChannel {
    /// The co-op's shop front.
    Web,
    /// A till at a stall.
    Till,
    /// A live stream.
    Stream,
    /// A subscription's delivery.
    Subscription,
}

/// How a sale is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "orders::Payment")]
pub(crate) enum SalePayment {
    /// Through Stripe.
    Stripe,
    /// Into a drawer.
    Cash,
    /// Elsewhere, and the co-op has the money.
    Outside,
}

/// How far a sale has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "orders::SaleStatus")]
pub(crate) enum SaleStatus {
    /// Agreed, not paid.
    Placed,
    /// Paid; the processor's fee is not known yet.
    Paid,
    /// Shared out.
    Settled,
}

/// Which sales are wanted; nothing said is all.
#[derive(Clone, Debug, Default, InputObject)]
pub(crate) struct SaleFilterInput {
    /// Sold there.
    channel: Option<SaleChannel>,
    /// Not before this moment.
    from: Option<DateTime<Utc>>,
    /// Before this moment.
    until: Option<DateTime<Utc>>,
    /// With a lot of this party, at its venue, or with its code.
    party: Option<ID>,
}

impl SaleFilterInput {
    fn read(&self) -> Answer<SaleFilter> {
        let party = self.party.as_ref().map(|id| parties::KIND.key(id)).transpose()?.map(PartyId);
        Ok(SaleFilter { channel: self.channel.map(orders::Channel::from), from: self.from, until: self.until, party })
    }
}

/// A sale: an order that is paid, or to be paid, whatever the channel.
#[derive(Clone, Debug)]
pub(crate) struct Sale(pub(crate) SaleHead);

/// A sale: an order that is paid, or to be paid, whatever the channel.
#[Object]
impl Sale {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        KIND.id(self.0.id)
    }

    /// Where it was sold.
    async fn channel(&self) -> SaleChannel {
        self.0.channel.into()
    }

    /// How it is paid.
    async fn payment(&self) -> SalePayment {
        self.0.payment.into()
    }

    /// How far it has come.
    async fn status(&self) -> SaleStatus {
        self.0.status.into()
    }

    /// Its name in the system it came from.
    async fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    /// What the buyer pays.
    async fn gross(&self) -> Money {
        Money::of(self.0.gross, self.0.currency)
    }

    /// What went back to the buyer.
    async fn refunded(&self) -> Money {
        Money::of(self.0.refunded, self.0.currency)
    }

    /// When it was sold.
    async fn sold_at(&self) -> DateTime<Utc> {
        self.0.sold_at
    }

    /// The venue, when it was sold at one.
    async fn venue(&self, ctx: &Context<'_>) -> Answer<Option<Party>> {
        match self.0.venue {
            Some(party) => Party::load(ctx, party).await,
            None => Ok(None),
        }
    }

    /// The affiliate, when it carries a code.
    async fn affiliate(&self, ctx: &Context<'_>) -> Answer<Option<Party>> {
        match self.0.affiliate {
            Some(party) => Party::load(ctx, party).await,
            None => Ok(None),
        }
    }

    /// Why each cent went where it went: every step of the agreements, the postings, Stripe's ids.
    #[graphql(complexity = "200 + child_complexity")]
    async fn explanation(&self, ctx: &Context<'_>) -> Answer<SaleExplanation> {
        explain(ctx, self.0.id).await
    }
}

#[derive(Debug, Default)]
pub(crate) struct SaleQuery;

#[Object]
impl SaleQuery {
    /// The sales of the co-op, latest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn sales(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the sale before them.")] after: Option<String>,
        #[graphql(desc = "Which.")] filter: Option<SaleFilterInput>,
    ) -> Answer<Connection<String, Sale>> {
        ctx.actor_who_may(Permission::SalesRead)?;
        page(ctx, filter.unwrap_or_default().read()?, (first, after)).await
    }

    /// The sales that whoever asks has a part in; empty for those who are not paid.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn my_sales(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the sale before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Sale>> {
        match ctx.actor()?.party {
            Some(party) => page(ctx, SaleFilter { party: Some(party), ..SaleFilter::default() }, (first, after)).await,
            None => Ok(Connection::new(false, false)),
        }
    }

    /// A sale, for those who may see sales and for those who have a part in it.
    async fn sale(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Answer<Sale> {
        ctx.actor()?;
        Ok(node(ctx, &id).await?.ok_or_else(|| KIND.missing(&id))?)
    }
}

async fn page(ctx: &Context<'_>, filter: SaleFilter, (first, after): (Option<i32>, Option<String>)) -> Answer<Connection<String, Sale>> {
    let page: Page<(DateTime<Utc>, Uuid)> = Page::of(LIST, first, after.as_deref())?;
    let tx = ctx.reading().await?;
    let after = page.after.map(|(at, id)| (at, SaleId(id)));
    let rows = orders::sales_page(&tx, ctx.actor()?.coop, filter, page.limit(), after).await?;
    tx.commit().await?;
    Ok(page.connection(LIST, rows, |sale| (sale.sold_at, sale.id.0), Sale))
}

/// Whether whoever asks may see a sale: their role lets them, or they have a part in it.
async fn is_open(ctx: &Context<'_>, sale: SaleId) -> Answer<bool> {
    let actor = ctx.actor()?;
    if actor.permissions.contains(Permission::SalesRead) {
        return Ok(true);
    }
    let Some(party) = actor.party else { return Ok(false) };
    let tx = ctx.reading().await?;
    let part = orders::has_part(&tx, actor.coop, sale, party).await?;
    tx.commit().await?;
    Ok(part)
}

/// The sale of that id.
pub(crate) async fn node(ctx: &Context<'_>, id: &ID) -> Answer<Option<Sale>> {
    let Ok(key) = KIND.key(id) else { return Ok(None) };
    match ctx.loaders()?.load(SaleId(key)).await? {
        Some(sale) if is_open(ctx, sale.id).await? => Ok(Some(Sale(sale))),
        Some(_) | None => Ok(None),
    }
}
