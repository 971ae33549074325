//! Importing products, and taking an import back.

use async_graphql::{Context, ID, InputObject, Object};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use imports::products::{ImportId, Mapping, Options, ProductFile, ProductImports};
use kernel::{Code, Permission};

use super::import::{IMPORT, ProductFileFormat, ProductImportReport, UndoneImport};
use crate::graphql::base::{Answer, Asking as _, at, payload};

/// What a plain file calls one of our columns.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ColumnMappingInput {
    /// Our column, as in `title`.
    column: String,
    /// Their header.
    header: String,
}

/// A file of products, and how it is to be read.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ImportProductsInput {
    /// The file's name, for people.
    name: String,
    /// What is in it, in base64: CSV in UTF-8.
    content: String,
    /// Its layout; its header tells when nothing is said.
    format: Option<ProductFileFormat>,
    /// What a plain file calls our columns; those not named are called as ours.
    mapping: Option<Vec<ColumnMappingInput>>,
    /// Whose goods they are where a row does not say; a handle.
    maker: Option<String>,
    /// Where units lie of which the file does not say, by the location's name; the only location there is when nothing is said.
    location: Option<String>,
    /// The language of new products, as in `nl` or `pt-BR`; English when nothing is said.
    language: Option<String>,
    /// Leave the stock as it is.
    #[graphql(default)]
    without_stock: bool,
    /// Write nothing; the report is the same.
    #[graphql(default)]
    dry_run: bool,
}

payload! {
    /// What came of importing products.
    ImportProductsPayload {
        /// What became of every row.
        report: ProductImportReport
    }
}
payload! {
    /// What came of taking an import back.
    UndoProductImportPayload {
        /// What went and what stays.
        undone: UndoneImport
    }
}

#[derive(Debug, Default)]
pub(crate) struct ImportsMutation;

#[Object]
impl ImportsMutation {
    /// Brings in a file of products, with their offers, prices and stock. What is free in stock becomes what the file says. The same
    /// file again changes nothing, and one that was cut off goes on where it was: send it again. Larger files than a request
    /// takes are for the command `guildhall import products`.
    async fn import_products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file.")] input: ImportProductsInput,
    ) -> Answer<ImportProductsPayload> {
        ImportProductsPayload::of(async {
            let actor = ctx.actor_who_may(Permission::CatalogueWrite)?;
            if !input.without_stock {
                actor.require(Permission::StockWrite)?;
            }
            let bytes = STANDARD.decode(input.content.trim());
            let bytes = bytes.map_err(|_| at(&["input", "content"], Code::InvalidInput, "the content is not base64"))?;
            let pairs = |mapping: &Vec<ColumnMappingInput>| {
                let mapping = mapping.iter().map(|one| (one.column.as_str(), one.header.as_str()));
                Mapping::try_new(mapping).map_err(|told| at(&["input", "mapping"], Code::InvalidInput, told))
            };
            let options = Options {
                format: input.format.map(Into::into),
                mapping: input.mapping.as_ref().map(pairs).transpose()?,
                maker: input.maker,
                location: input.location,
                language: input.language,
                without_stock: input.without_stock,
                dry_run: input.dry_run,
            };
            let house = ctx.house();
            let imports = ProductImports::new(house.db.clone(), ctx.coop()?.clone(), house.clock.clone());
            let file = ProductFile { name: &input.name, bytes: &bytes };
            Ok(imports.import(file, &options, None, &mut |_| {}).await?.into())
        })
        .await
    }

    /// Takes an import back, as far as nothing of it was sold, promised or changed since. What it made is archived and its lots go
    /// back to their owners; what it changed becomes what it was.
    async fn undo_product_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The import's id.")] id: ID,
    ) -> Answer<UndoProductImportPayload> {
        UndoProductImportPayload::of(async {
            let actor = ctx.actor_who_may(Permission::CatalogueWrite)?;
            actor.require(Permission::StockWrite)?;
            let house = ctx.house();
            let imports = ProductImports::new(house.db.clone(), ctx.coop()?.clone(), house.clock.clone());
            Ok(imports.undo(ImportId(IMPORT.key(&id)?), &mut |_| {}).await?.into())
        })
        .await
    }
}
