//! Agreements and their versions.

use async_graphql::{Context, Enum, ID, Json, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{AgreementId, AgreementVersionId, Permission};
use orders::AgreementHead;

use crate::graphql::base::{Answer, Asking as _, Kind, Page, page_cost};

pub(crate) const AGREEMENT: Kind = Kind("Agreement");
pub(crate) const VERSION: Kind = Kind("AgreementVersion");
const LIST: &str = "agreements";

/// Where an agreement lies, from the outermost to the innermost. Steps run in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "splits::Layer")]
pub(crate) enum AgreementLayer {
    /// The co-op's default agreement.
    CoOp,
    /// The micro-contract of the market where the sale was made.
    Market,
    /// The agreement of the affiliate code.
    Affiliate,
    /// The product's contributors.
    Product,
    /// The terms of the lot.
    Lot,
}

/// A split agreement: who gets what of a sale, through all of its versions.
#[derive(Clone, Debug)]
pub(crate) struct Agreement(pub(crate) AgreementHead);

/// A split agreement: who gets what of a sale, through all of its versions.
#[Object]
impl Agreement {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        AGREEMENT.id(self.0.id)
    }

    /// Where it lies among the others.
    async fn layer(&self) -> AgreementLayer {
        self.0.layer.into()
    }

    /// Its name, unique in the layer.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its versions, latest first. A version never changes; a sale pins the one it was made under.
    #[graphql(complexity = "5 + 5 * child_complexity")]
    async fn versions(&self, ctx: &Context<'_>) -> Answer<Vec<AgreementVersion>> {
        let versions = ctx.loaders()?.load(self.0.id).await?.unwrap_or_default();
        Ok(versions.into_iter().map(AgreementVersion).collect())
    }
}

/// A version of an agreement.
#[derive(Clone, Debug)]
pub(crate) struct AgreementVersion(pub(crate) orders::Version);

/// A version of an agreement.
#[Object]
impl AgreementVersion {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        VERSION.id(self.0.id)
    }

    /// 1, 2, 3 …
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// Its steps, as `guildhall schema` describes agreements.
    async fn body(&self) -> Json<splits::Agreement> {
        Json(self.0.body.clone())
    }

    /// The vote or the person that adopted it.
    async fn adopted_by(&self) -> Option<&str> {
        self.0.adopted_by.as_deref()
    }

    /// From when sales are made under it.
    async fn effective_from(&self) -> DateTime<Utc> {
        self.0.effective_from
    }

    /// When it was adopted.
    async fn adopted_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

#[derive(Debug, Default)]
pub(crate) struct AgreementQuery;

#[Object]
impl AgreementQuery {
    /// The split agreements of the co-op, in the order in which they came.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn agreements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the agreement before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Agreement>> {
        let actor = ctx.actor_who_may(Permission::AgreementsRead)?;
        let page: Page<i64> = Page::of(LIST, first, after.as_deref())?;
        let tx = ctx.reading().await?;
        let rows = orders::agreements_page(&tx, actor.coop, page.limit(), page.after.map(AgreementId)).await?;
        tx.commit().await?;
        Ok(page.connection(LIST, rows, |agreement| agreement.id.0, Agreement))
    }

    /// A split agreement.
    async fn agreement(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Answer<Agreement> {
        ctx.actor_who_may(Permission::AgreementsRead)?;
        Ok(agreement(ctx, &id).await?.ok_or_else(|| AGREEMENT.missing(&id))?)
    }
}

/// The agreement of that id, for those who may see agreements.
pub(crate) async fn agreement(ctx: &Context<'_>, id: &ID) -> Answer<Option<Agreement>> {
    let actor = ctx.actor()?;
    let Ok(key) = AGREEMENT.key(id) else { return Ok(None) };
    if !actor.permissions.contains(Permission::AgreementsRead) {
        return Ok(None);
    }
    let tx = ctx.reading().await?;
    let found = orders::agreements_of(&tx, actor.coop, &[AgreementId(key)]).await?.pop();
    tx.commit().await?;
    Ok(found.map(Agreement))
}

/// The version of that id, for those who may see agreements.
pub(crate) async fn version(ctx: &Context<'_>, id: &ID) -> Answer<Option<AgreementVersion>> {
    let actor = ctx.actor()?;
    let Ok(key) = VERSION.key(id) else { return Ok(None) };
    if !actor.permissions.contains(Permission::AgreementsRead) {
        return Ok(None);
    }
    let tx = ctx.reading().await?;
    let found = orders::versions_by_id(&tx, actor.coop, &[AgreementVersionId(key)]).await?.pop();
    tx.commit().await?;
    Ok(found.map(AgreementVersion))
}
