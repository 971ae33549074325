//! Pictures of products. They are sent to, and fetched from, `/files/media`.

use async_graphql::{Context, ID, Object};
use catalogue::MediumId;
use chrono::{DateTime, Utc};
use kernel::Permission;

use super::Product;
use crate::graphql::base::{Answer, Asking as _, Kind, payload};

pub(crate) const MEDIUM: Kind = Kind("Medium");

/// A picture of a product.
#[derive(Clone, Debug)]
pub(crate) struct Medium(pub(crate) catalogue::Medium);

/// A picture of a product.
#[Object]
impl Medium {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        MEDIUM.id(self.0.id)
    }

    /// The product that it shows.
    async fn product(&self, ctx: &Context<'_>) -> Answer<Option<Product>> {
        Ok(ctx.loaders()?.load(self.0.product).await?.map(Product))
    }

    /// Where it is fetched, with the same authorization as the graph.
    async fn url(&self) -> String {
        format!("/files/media/{}", self.0.id)
    }

    /// Its type, as its bytes say it: `image/jpeg`, `image/png` or `image/webp`.
    async fn content_type(&self) -> &str {
        &self.0.content_type
    }

    /// How many bytes it has.
    async fn bytes(&self) -> i32 {
        self.0.size
    }

    /// Pixels across.
    async fn width(&self) -> i32 {
        self.0.width
    }

    /// Pixels down.
    async fn height(&self) -> i32 {
        self.0.height
    }

    /// What it shows, for those who do not see it; empty where nobody has said it yet.
    async fn alt(&self) -> &str {
        &self.0.alt
    }

    /// Its place among the product's pictures.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Since when it is there.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

payload! {
    /// What came of changing a picture.
    UpdateMediumPayload {
        /// The picture as it is now.
        medium: Medium
    }
}
payload! {
    /// What came of removing a picture.
    RemoveMediumPayload {
        /// The picture that was removed.
        medium: Medium
    }
}

#[derive(Debug, Default)]
pub(crate) struct MediumMutation;

#[Object]
impl MediumMutation {
    /// Says anew what a picture shows, or where it stands among the product's. New ones are sent to `/files/media`.
    async fn update_medium(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which picture.")] id: ID,
        #[graphql(desc = "What it shows; as before when nothing is said.")] alt: Option<String>,
        #[graphql(desc = "Its place, from 0 on; as before when nothing is said.")] position: Option<i32>,
    ) -> Answer<UpdateMediumPayload> {
        UpdateMediumPayload::of(async {
            let actor = ctx.actor_who_may(Permission::CatalogueWrite)?;
            let id = MediumId(MEDIUM.key(&id)?);
            Ok(Medium(ctx.house().catalogue.update_medium(actor, id, alt.as_deref(), position).await?))
        })
        .await
    }

    /// Removes a picture from its product.
    async fn remove_medium(&self, ctx: &Context<'_>, #[graphql(desc = "Which picture.")] id: ID) -> Answer<RemoveMediumPayload> {
        RemoveMediumPayload::of(async {
            let actor = ctx.actor_who_may(Permission::CatalogueWrite)?;
            Ok(Medium(ctx.house().catalogue.remove_medium(actor, MediumId(MEDIUM.key(&id)?)).await?))
        })
        .await
    }
}
