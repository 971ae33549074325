//! Defining roles.

use async_graphql::{Context, ID, InputObject, Object};
use identity::{NewRole, RoleId};
use kernel::Permission;

use super::{
    identity,
    role::{KIND, Role, permissions},
};
use crate::graphql::base::{Answer, Asking as _, payload};

/// What a role is to be.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct RoleInput {
    /// Its name, unique in the co-op: 1 to 60 characters.
    name: String,
    /// What it is to allow: names such as `payouts.read`, none that you lack yourself.
    permissions: Vec<String>,
}

payload! {
    /// What came of defining a role.
    CreateRolePayload {
        /// The role.
        role: Role
    }
}
payload! {
    /// What came of changing a role.
    UpdateRolePayload {
        /// The role as it is now.
        role: Role
    }
}
payload! {
    /// What came of deleting a role.
    DeleteRolePayload {
        /// The id of what is gone.
        deleted: ID
    }
}

impl RoleInput {
    fn parse(self) -> Answer<NewRole> {
        Ok(NewRole { permissions: permissions(&self.permissions)?, name: self.name })
    }
}

#[derive(Debug, Default)]
pub(crate) struct RoleMutation;

#[Object]
impl RoleMutation {
    /// Defines a role. Nobody puts into it what they lack themselves.
    async fn create_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the role is to be.")] input: RoleInput,
    ) -> Answer<CreateRolePayload> {
        CreateRolePayload::of(async {
            let actor = ctx.actor_who_may(Permission::RolesManage)?;
            Ok(Role(identity(ctx).create_role(actor, input.parse()?).await?))
        })
        .await
    }

    /// Gives a role another name or other permissions; its members have them within seconds.
    async fn update_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which role.")] id: ID,
        #[graphql(desc = "What the role is to be.")] input: RoleInput,
    ) -> Answer<UpdateRolePayload> {
        UpdateRolePayload::of(async {
            let actor = ctx.actor_who_may(Permission::RolesManage)?;
            Ok(Role(identity(ctx).update_role(actor, RoleId(KIND.key(&id)?), input.parse()?).await?))
        })
        .await
    }

    /// Deletes a role that nobody has. The co-op's first roles stay.
    async fn delete_role(&self, ctx: &Context<'_>, #[graphql(desc = "Which role.")] id: ID) -> Answer<DeleteRolePayload> {
        DeleteRolePayload::of(async {
            let actor = ctx.actor_who_may(Permission::RolesManage)?;
            identity(ctx).delete_role(actor, RoleId(KIND.key(&id)?)).await?;
            Ok(id)
        })
        .await
    }
}
