//! A member, as the graph shows them.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{identity, role::Role};
use crate::graphql::{
    base::{Answer, Asking as _, Kind, Money},
    coops::MembershipStatus,
    parties::Party,
};

pub(crate) const KIND: Kind = Kind("Member");

/// Somebody in a co-op.
#[derive(Clone, Debug)]
pub(crate) struct Member(pub(crate) identity::Member);

/// Somebody in a co-op.
#[Object]
impl Member {
    /// Their id.
    pub(crate) async fn id(&self) -> ID {
        KIND.id(self.0.person)
    }

    /// Their name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Their address.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// Their role.
    async fn role(&self) -> Role {
        Role(self.0.role.clone())
    }

    /// The party they are paid as; null when there is none.
    async fn party(&self, ctx: &Context<'_>) -> Answer<Option<Party>> {
        match self.0.party {
            Some(party) => Ok(ctx.loaders()?.load(party).await?.map(Party)),
            None => Ok(None),
        }
    }

    /// How they belong to the co-op.
    async fn status(&self) -> MembershipStatus {
        self.0.status.into()
    }

    /// Why they are suspended, leaving or gone.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Since when they are a member.
    async fn joined_at(&self) -> DateTime<Utc> {
        self.0.joined_at
    }

    /// Why they are paid nothing for now: what the co-op wants of them and they do not meet any more. Empty for most.
    #[graphql(complexity = 5)]
    async fn blocked_because(&self, ctx: &Context<'_>) -> Answer<Vec<String>> {
        Ok(identity(ctx).blocked_reasons(ctx.actor()?, self.0.person).await?)
    }
}

/// Something between a member and the co-op that is not settled.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct OpenAmount {
    /// What it is, as the books call it: `member_payable`, `held`, `advance`, or `payout` for one under way.
    what: String,
    /// How much the co-op owes; negative: is owed.
    amount: Money,
}

/// Somebody on the way out.
#[derive(Clone, Debug)]
pub(crate) struct Departure(pub(crate) identity::Departure);

/// Somebody on the way out.
#[Object]
impl Departure {
    /// Who, and whether they are leaving or have left.
    async fn member(&self) -> Member {
        Member(self.0.member.clone())
    }

    /// What is still to be settled; empty for those who have left.
    async fn open(&self) -> Vec<OpenAmount> {
        self.0.open.iter().map(|open| OpenAmount { what: open.what.clone(), amount: Money(open.amount) }).collect()
    }
}
