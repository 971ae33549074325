//! Parties: anyone a split can pay.

use async_graphql::{Context, Enum, ID, Object, SimpleObject, connection::Connection};
use kernel::{PartyId, Permission};

use super::base::{Answer, Asking as _, Kind, Money, Page, page_cost};

pub(crate) const KIND: Kind = Kind("Party");
const LIST: &str = "parties";

/// What a party is to the co-op.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "identity::PartyKind", name = "PartyKind")]
pub(crate) enum PartyKind {
    /// Somebody who sells through the co-op.
    Member,
    /// The co-op itself.
    Coop,
    /// Money set aside for a purpose.
    Pool,
    /// Whoever lends the place.
    Venue,
    /// Whoever brings buyers.
    Affiliate,
    /// Whoever the taxes are owed to.
    Tax,
}

/// Anyone a split can pay: a member, the co-op, a pool, a venue, an affiliate.
#[derive(Clone, Debug)]
pub(crate) struct Party(pub(crate) identity::Party);

/// What stands between a party and its payouts, as far as Stripe has told.
#[derive(Debug, SimpleObject)]
pub(crate) struct PayoutAccount {
    /// Whether there is a connected account.
    connected: bool,
    /// Whether Stripe pays out to it; null until it said anything.
    payouts_enabled: Option<bool>,
    /// Why not.
    reason: Option<String>,
}

/// Anyone a split can pay: a member, the co-op, a pool, a venue, an affiliate.
#[Object]
impl Party {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        KIND.id(self.0.id)
    }

    /// What it is to the co-op.
    async fn kind(&self) -> PartyKind {
        self.0.kind.into()
    }

    /// Its short name, unique in the co-op.
    async fn handle(&self) -> &str {
        &self.0.handle
    }

    /// Its name on statements.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where its statements are mailed to; null for those who may not see it.
    async fn email(&self, ctx: &Context<'_>) -> Answer<Option<&str>> {
        Ok(if self.is_open_to(ctx, Permission::MembersRead)? { self.0.email.as_deref() } else { None })
    }

    /// Its way to the bank; null for those who may not see it.
    async fn payout_account(&self, ctx: &Context<'_>) -> Answer<Option<PayoutAccount>> {
        let account = &self.0.account;
        Ok(self.is_open_to(ctx, Permission::PayoutsRead)?.then(|| PayoutAccount {
            connected: account.stripe_account.is_some(),
            payouts_enabled: account.payouts_enabled,
            reason: account.reason.clone(),
        }))
    }

    /// It is not paid less than this at once.
    async fn minimum_payout(&self, ctx: &Context<'_>) -> Answer<Option<Money>> {
        let open = self.is_open_to(ctx, Permission::PayoutsRead)?;
        Ok(if open { Some(Money::of(self.0.minimum_payout, ctx.coop()?.currency)) } else { None })
    }

    /// Why the co-op pays it nothing for now; null when nothing is held.
    async fn held_reason(&self, ctx: &Context<'_>) -> Answer<Option<&str>> {
        Ok(if self.is_open_to(ctx, Permission::PayoutsRead)? { self.0.held_reason.as_deref() } else { None })
    }
}

impl Party {
    /// A party of the actor's co-op.
    pub(crate) async fn load(ctx: &Context<'_>, party: PartyId) -> Answer<Option<Self>> {
        Ok(ctx.loaders()?.load(party).await?.map(Self))
    }

    /// Whether whoever asks may see what is the party's own: they are paid as it, or their role lets them.
    fn is_open_to(&self, ctx: &Context<'_>, permission: Permission) -> Answer<bool> {
        let actor = ctx.actor()?;
        Ok(actor.party == Some(self.0.id) || actor.permissions.contains(permission))
    }
}

#[derive(Debug, Default)]
pub(crate) struct PartyQuery;

#[Object]
impl PartyQuery {
    /// The parties of the co-op, in the order in which they came. Every member sees who there is.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn parties(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the party before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Party>> {
        let actor = ctx.actor()?;
        let page: Page<i64> = Page::of(LIST, first, after.as_deref())?;
        let tx = ctx.reading().await?;
        let rows = identity::parties_after(&tx, actor.coop, PartyId(page.after.unwrap_or(0)), page.first as u64 + 1).await?;
        tx.commit().await?;
        Ok(page.connection(LIST, rows, |party: &identity::Party| party.id.0, Party))
    }
}

/// The party of that id.
pub(crate) async fn node(ctx: &Context<'_>, id: &ID) -> Answer<Option<Party>> {
    match KIND.key(id) {
        Ok(key) => Ok(ctx.loaders()?.load(PartyId(key)).await?.map(Party)),
        Err(_) => Ok(None),
    }
}
