//! Looking at imports, and at what a label names.

use async_graphql::{Context, ID, Object, connection::Connection};
use imports::products::{ImportId, find_label, product_import, product_imports, rejected_rows};
use kernel::Permission;
use uuid::Uuid;

use super::{
    import::{IMPORT, ProductImport, RejectedRow},
    label::LabelledLot,
};
use crate::graphql::base::{Answer, Asking as _, Page, page_cost};

const IMPORTS: &str = "productImports";
const REJECTED: &str = "rejectedRows";

#[derive(Debug, Default)]
pub(crate) struct ImportsQuery;

#[Object]
impl ImportsQuery {
    /// The imports of products, the latest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn product_imports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the import before them.")] after: Option<String>,
    ) -> Answer<Connection<String, ProductImport>> {
        let actor = ctx.actor_who_may(Permission::CatalogueWrite)?;
        let page: Page<Uuid> = Page::of(IMPORTS, first, after.as_deref())?;
        let tx = ctx.reading().await?;
        let limit = u32::try_from(page.limit()).unwrap_or(u32::MAX);
        let found = product_imports(&tx, actor.coop, page.after.map(ImportId), limit).await?;
        Ok(page.connection(IMPORTS, found, |import| import.id.0, ProductImport::from))
    }

    /// An import of products.
    async fn product_import(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Answer<ProductImport> {
        let actor = ctx.actor_who_may(Permission::CatalogueWrite)?;
        let tx = ctx.reading().await?;
        let found = product_import(&tx, actor.coop, ImportId(IMPORT.key(&id)?)).await?;
        Ok(found.ok_or_else(|| IMPORT.missing(&id))?.into())
    }

    /// The rows of an import that did not go in, by line.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn rejected_rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The import's id.")] import: ID,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the row before them.")] after: Option<String>,
    ) -> Answer<Connection<String, RejectedRow>> {
        let actor = ctx.actor_who_may(Permission::CatalogueWrite)?;
        let page: Page<u64> = Page::of(REJECTED, first, after.as_deref())?;
        let tx = ctx.reading().await?;
        let id = ImportId(IMPORT.key(&import)?);
        product_import(&tx, actor.coop, id).await?.ok_or_else(|| IMPORT.missing(&import))?;
        let found = rejected_rows(&tx, actor.coop, id, page.after.unwrap_or(0), page.limit().unsigned_abs()).await?;
        Ok(page.connection(REJECTED, found, |row| row.line, RejectedRow::from))
    }

    /// The lot that a printed label names, and whose it is; null where no lot here has that label.
    async fn labelled_lot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was scanned: the whole address, or the code at its end.")] scanned: String,
    ) -> Answer<Option<LabelledLot>> {
        ctx.actor_who_may(Permission::StockRead)?;
        let tx = ctx.reading().await?;
        Ok(find_label(&tx, ctx.coop()?, &scanned).await?.map(LabelledLot::from))
    }
}
