//! What there is of what a batch of products names, by a number of statements that does not depend on how many there are.

use std::collections::HashMap;

use catalogue::CategoryId;
use db::statement;
use kernel::{CoopId, ProductId};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::{
    plan::{Existing, Known, path},
    sheet::Product,
    text::handle_of,
};
use crate::ImportsError;

const HANDLES: &str = "
select product.product_id from unnest($2::text[]) as asked (handle)
cross join lateral (select product_id from product where coop_id = $1 and handle = asked.handle offset 0) product";
const TAKEN: &str = "
select variant.sku, variant.barcode, product.handle from (
    select found.* from unnest($2::text[]) as asked (sku)
    cross join lateral (select * from variant where coop_id = $1 and sku = asked.sku offset 0) found
    union
    select found.* from unnest($3::text[]) as asked (barcode)
    cross join lateral (select * from variant where coop_id = $1 and barcode = asked.barcode offset 0) found
) variant
cross join lateral (select handle from product where coop_id = $1 and product_id = variant.product_id offset 0) product";
const CATEGORIES: &str = "
with recursive tree as (
    select category_id, array[lower(name)] as path from category where coop_id = $1 and parent_id is null
    union all
    select category.category_id, tree.path || lower(category.name)
    from tree join category on category.coop_id = $1 and category.parent_id = tree.category_id
) select category_id, path from tree";
/// Another of the same handle elsewhere in the tree makes it take a number.
const NEW_CATEGORY: &str = "
insert into category (coop_id, handle, name, parent_id, depth)
select $1, case when exists (select from category where coop_id = $1 and handle = $2)
                then left($2, 70) || '-' || (select count(*) from category where coop_id = $1) else $2 end,
       $3, nullif($4, 0), $5
returning category_id";

/// Looks up what the products name.
pub(crate) async fn known(tx: &db::Tx, coop: CoopId, products: &[Product]) -> Result<Known, DbErr> {
    let handles: Vec<String> = products.iter().map(|product| product.handle.clone()).collect();
    let rows = tx.query_all_raw(statement(HANDLES, [coop.0.into(), handles.into()])).await?;
    let ids = rows.iter().map(|row| Ok(ProductId(row.try_get::<Uuid>("", "product_id")?))).collect::<Result<Vec<_>, DbErr>>()?;
    let mut known = Known { categories: categories(tx, coop).await?, ..Known::default() };
    if !ids.is_empty() {
        let mut by_id: HashMap<ProductId, Existing> = HashMap::new();
        for product in catalogue::products_of(tx, coop, &ids).await? {
            by_id.insert(product.id, Existing { product, texts: Vec::new(), variants: Vec::new() });
        }
        for (product, text) in catalogue::texts_of(tx, coop, &ids).await? {
            by_id.entry(product).and_modify(|known| known.texts.push(text));
        }
        for variant in catalogue::variants_of(tx, coop, &ids).await? {
            by_id.entry(variant.product).and_modify(|known| known.variants.push(variant));
        }
        known.products = by_id.into_values().map(|existing| (existing.product.handle.clone(), existing)).collect();
    }
    let items = || products.iter().flat_map(|product| &product.items).map(|(_, item)| item);
    let skus: Vec<String> = items().map(|item| item.sku.clone()).collect();
    let barcodes: Vec<String> = items().filter(|item| !item.barcode.is_empty()).map(|item| item.barcode.clone()).collect();
    for row in tx.query_all_raw(statement(TAKEN, [coop.0.into(), skus.into(), barcodes.into()])).await? {
        let sku: String = row.try_get("", "sku")?;
        if let Some(barcode) = row.try_get::<Option<String>>("", "barcode")? {
            known.barcodes.insert(barcode, sku.clone());
        }
        known.skus.insert(sku, row.try_get("", "handle")?);
    }
    Ok(known)
}

async fn categories(db: &impl ConnectionTrait, coop: CoopId) -> Result<HashMap<Vec<String>, CategoryId>, DbErr> {
    let rows = db.query_all_raw(statement(CATEGORIES, [coop.0.into()])).await?;
    rows.iter().map(|row| Ok((row.try_get("", "path")?, CategoryId(row.try_get("", "category_id")?)))).collect()
}

/// Makes the categories that the products are in and that are missing, from the root down. There are few of them.
pub(crate) async fn make_categories(tx: &db::Tx, coop: CoopId, products: &[Product], known: &mut Known) -> Result<(), ImportsError> {
    for product in products {
        let levels = &product.head.category;
        let whole = path(levels);
        if levels.is_empty() || known.categories.contains_key(&whole) {
            continue;
        }
        let mut parent = 0;
        for depth in 1..=levels.len() {
            if let Some(found) = known.categories.get(&whole[..depth]) {
                parent = found.0;
                continue;
            }
            if i64::try_from(known.categories.len()).is_ok_and(|count| count >= catalogue::MAX_CATEGORIES) {
                return Err(catalogue::CatalogueError::TooManyCategories.into());
            }
            let handle = handle_of(&levels[..depth].join(" "));
            let handle = handle.get(..80).unwrap_or(&handle).trim_end_matches('-').to_owned();
            let deep = i16::try_from(depth).expect("a path is no deeper than the tree");
            let values = [coop.0.into(), handle.into(), levels[depth - 1].clone().into(), parent.into(), deep.into()];
            let row = tx.query_one_raw(statement(NEW_CATEGORY, values)).await?;
            let row = row.ok_or_else(|| DbErr::RecordNotFound("the category that was just made".to_owned()))?;
            parent = row.try_get("", "category_id")?;
            known.categories.insert(whole[..depth].to_vec(), CategoryId(parent));
        }
    }
    Ok(())
}
