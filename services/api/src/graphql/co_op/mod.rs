//! The co-op itself, and what whoever asks is in it.

use async_graphql::{Context, ID, Object};
use identity::Coop;
use kernel::Actor;

use super::{
    base::{Answer, Asking as _, CurrencyCode, Kind},
    coops::CoOpStatus,
    parties::Party,
};

pub(crate) const KIND: Kind = Kind("CoOp");

/// A co-op: makers who pool their stock and share the money.
#[derive(Debug)]
pub(crate) struct CoOp(pub(crate) Coop);

/// A co-op: makers who pool their stock and share the money.
#[Object]
impl CoOp {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        KIND.id(self.0.id)
    }

    /// Its name in addresses, and in the header `Guildhall-Co-op`.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Its name on paper.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The currency its books are kept in.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.0.currency)
    }

    /// Where its days and months begin: an IANA name such as `Europe/Amsterdam`.
    async fn time_zone(&self) -> &'static str {
        self.0.zone.name()
    }

    /// Where it is at home: two letters of ISO 3166.
    async fn country(&self) -> &str {
        &self.0.country
    }

    /// Whether it works.
    async fn status(&self) -> CoOpStatus {
        self.0.status.into()
    }

    /// Why it does not.
    async fn status_reason(&self) -> Option<&str> {
        self.0.status_reason.as_deref()
    }

    /// Whether strangers may apply to become members.
    async fn takes_applications(&self) -> bool {
        self.0.takes_applications
    }
}

/// Whoever asks, in the co-op that they act in.
#[derive(Debug)]
pub(crate) struct Viewer(Actor);

/// Whoever asks, in the co-op that they act in.
#[Object]
impl Viewer {
    /// The co-op.
    async fn co_op(&self, ctx: &Context<'_>) -> Answer<CoOp> {
        Ok(CoOp(ctx.coop()?.clone()))
    }

    /// What their role, or their key, lets them do: names such as `payouts.read`.
    async fn permissions(&self) -> Vec<&'static str> {
        self.0.permissions.iter().map(kernel::Permission::name).collect()
    }

    /// The party they are paid as; null when there is none.
    async fn party(&self, ctx: &Context<'_>) -> Answer<Option<Party>> {
        match self.0.party {
            Some(party) => Ok(ctx.loaders()?.load(party).await?.map(Party)),
            None => Ok(None),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct CoOpQuery;

#[Object]
impl CoOpQuery {
    /// The co-op that the request acts in.
    async fn co_op(&self, ctx: &Context<'_>) -> Answer<CoOp> {
        ctx.actor()?;
        Ok(CoOp(ctx.coop()?.clone()))
    }

    /// Who asks, and what they may do.
    async fn viewer(&self, ctx: &Context<'_>) -> Answer<Viewer> {
        Ok(Viewer(*ctx.actor()?))
    }
}

/// The actor's co-op, when the id is its own.
pub(crate) fn node(ctx: &Context<'_>, id: &ID) -> Answer<Option<CoOp>> {
    let own = KIND.key::<i32>(id).is_ok_and(|key| ctx.actor().is_ok_and(|actor| actor.coop.0 == key));
    if own { Ok(Some(CoOp(ctx.coop()?.clone()))) } else { Ok(None) }
}
