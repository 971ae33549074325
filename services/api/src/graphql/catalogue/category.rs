//! Categories: a tree, shown whole.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use catalogue::{CategoryId, SaveCategory};
use kernel::Permission;

use super::input::change;
use crate::graphql::base::{Answer, Asking as _, Kind, payload};

pub(crate) const CATEGORY: Kind = Kind("Category");

/// A place in the tree of categories.
#[derive(Clone, Debug)]
pub(crate) struct Category(pub(crate) catalogue::Category);

/// A place in the tree of categories.
#[Object]
impl Category {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        CATEGORY.id(self.0.id)
    }

    /// Its name in addresses, unique in the co-op.
    async fn handle(&self) -> &str {
        &self.0.handle
    }

    /// Its name, unique beside its siblings.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The one it lies in; null at the top.
    async fn parent(&self, ctx: &Context<'_>) -> Answer<Option<Category>> {
        match self.0.parent {
            Some(parent) => Ok(ctx.loaders()?.load(parent).await?.map(Category)),
            None => Ok(None),
        }
    }

    /// 1 at the top, one more on each floor below.
    async fn depth(&self) -> i16 {
        self.0.depth
    }

    /// Its place among its siblings.
    async fn position(&self) -> i32 {
        self.0.position
    }
}

/// What making a category takes.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct CreateCategoryInput {
    /// Its name, unique beside its siblings.
    name: String,
    /// Its name in addresses; made of its name when nothing is said.
    handle: Option<String>,
    /// The one it lies in; at the top when nothing is said.
    parent: Option<ID>,
    /// Its place among its siblings, from 0 on.
    position: Option<i32>,
}

/// What is to become of a category. What is left out stays as it is.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct UpdateCategoryInput {
    /// Its name, unique beside its siblings.
    name: Option<String>,
    /// Its name in addresses.
    handle: Option<String>,
    /// The one it lies in; null puts it at the top. What is below it moves with it.
    parent: MaybeUndefined<ID>,
    /// Its place among its siblings, from 0 on.
    position: Option<i32>,
}

/// A category that is gone.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct DeletedCategory {
    /// The id that it had.
    id: ID,
}

payload! {
    /// What came of making a category.
    CreateCategoryPayload {
        /// The category.
        category: Category
    }
}
payload! {
    /// What came of changing a category.
    UpdateCategoryPayload {
        /// The category as it is now.
        category: Category
    }
}
payload! {
    /// What came of deleting a category.
    DeleteCategoryPayload {
        /// The category that is gone.
        deleted: DeletedCategory
    }
}

#[derive(Debug, Default)]
pub(crate) struct CategoryMutation;

#[Object]
impl CategoryMutation {
    /// Makes a category. A second attempt is refused by its handle.
    async fn create_category(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is to be.")] input: CreateCategoryInput,
    ) -> Answer<CreateCategoryPayload> {
        CreateCategoryPayload::of(async {
            let actor = ctx.actor_who_may(Permission::CatalogueWrite)?;
            let parent = input.parent.map_or(MaybeUndefined::Undefined, MaybeUndefined::Value);
            let wish = SaveCategory {
                name: Some(input.name),
                handle: input.handle,
                parent: change(parent, |id| CategoryId(CATEGORY.key(&id).unwrap_or(0))),
                position: input.position,
            };
            Ok(Category(ctx.house().catalogue.create_category(actor, wish).await?))
        })
        .await
    }

    /// Changes a category, or moves it with everything below it.
    async fn update_category(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which category.")] id: ID,
        #[graphql(desc = "What it is to be.")] input: UpdateCategoryInput,
    ) -> Answer<UpdateCategoryPayload> {
        UpdateCategoryPayload::of(async {
            let actor = ctx.actor_who_may(Permission::CatalogueWrite)?;
            let wish = SaveCategory {
                name: input.name,
                handle: input.handle,
                parent: change(input.parent, |id| CategoryId(CATEGORY.key(&id).unwrap_or(0))),
                position: input.position,
            };
            Ok(Category(ctx.house().catalogue.update_category(actor, CategoryId(CATEGORY.key(&id)?), wish).await?))
        })
        .await
    }

    /// Deletes a category that no product and no other category is in.
    async fn delete_category(&self, ctx: &Context<'_>, #[graphql(desc = "Which category.")] id: ID) -> Answer<DeleteCategoryPayload> {
        DeleteCategoryPayload::of(async {
            let actor = ctx.actor_who_may(Permission::CatalogueWrite)?;
            ctx.house().catalogue.delete_category(actor, CategoryId(CATEGORY.key(&id)?)).await?;
            Ok(DeletedCategory { id })
        })
        .await
    }
}
