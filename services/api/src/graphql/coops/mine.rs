//! The co-ops of whoever asks.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use kernel::Permission;

use super::export::CoOpExport;
use crate::graphql::{
    base::{Answer, Asking as _},
    co_op::CoOp,
    members::{ROLE, identity},
};

/// How somebody belongs to a co-op.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "identity::MembershipStatus")]
pub(crate) enum MembershipStatus {
    /// A member.
    Active,
    /// A member who may do nothing and see nothing for now.
    Suspended,
    /// On the way out: sees what is their own until the last of it is paid.
    Leaving,
    /// Not a member any more. What they did stays.
    Left,
}

/// One of the co-ops that whoever asks belongs to.
#[derive(Debug)]
pub(crate) struct Membership(identity::Membership);

/// One of the co-ops that whoever asks belongs to.
#[Object]
impl Membership {
    /// The co-op; name its slug in the header `Guildhall-Co-op` to act in it.
    async fn co_op(&self) -> CoOp {
        CoOp(self.0.coop.clone())
    }

    /// The id of their role there.
    async fn role_id(&self) -> ID {
        ROLE.id(self.0.role)
    }

    /// What the role is called.
    async fn role_name(&self) -> &str {
        &self.0.role_name
    }

    /// What they may do there: names such as `payouts.read`.
    async fn permissions(&self) -> Vec<&'static str> {
        self.0.permissions.iter().map(kernel::Permission::name).collect()
    }

    /// How they belong to it.
    async fn status(&self) -> MembershipStatus {
        self.0.status.into()
    }

    /// Why they are suspended, or leaving.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Since when they are a member.
    async fn joined_at(&self) -> DateTime<Utc> {
        self.0.joined_at
    }
}

#[derive(Debug, Default)]
pub(crate) struct CoOpsQuery;

#[Object]
impl CoOpsQuery {
    /// The co-ops that whoever asks belongs to, by name. Needs no co-op to be named.
    #[graphql(complexity = "20 * (1 + child_complexity)")]
    async fn my_co_ops(&self, ctx: &Context<'_>) -> Answer<Vec<Membership>> {
        let person = ctx.person()?;
        Ok(identity::memberships_of(&ctx.house().db, person).await?.into_iter().map(Membership).collect())
    }

    /// The co-op's latest exports, newest first, at most 20.
    #[graphql(complexity = "20 * (1 + child_complexity)")]
    async fn co_op_exports(&self, ctx: &Context<'_>) -> Answer<Vec<CoOpExport>> {
        let actor = ctx.actor_who_may(Permission::CoopManage)?;
        Ok(identity(ctx).exports(actor).await?.into_iter().map(CoOpExport).collect())
    }
}
