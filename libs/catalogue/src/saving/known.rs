//! What there is of what a batch names: looked up once for all rows, and locked where it may change.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, OfferId, PartyId, ProductId, VariantId};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, TryGetable, Value};
use uuid::Uuid;

use super::{Change, SaveProduct};
use crate::{CategoryId, ProductKind, ProductStatus};

/// A product as it is.
#[derive(Clone, Debug)]
pub(super) struct KnownProduct {
    pub(super) handle: String,
    pub(super) kind: ProductKind,
    pub(super) status: ProductStatus,
    pub(super) category: Option<CategoryId>,
    pub(super) language: String,
    pub(super) languages: Vec<String>,
    pub(super) option_names: Vec<String>,
}

/// A variant as it is.
#[derive(Clone, Debug)]
pub(super) struct KnownVariant {
    pub(super) id: VariantId,
    pub(super) product: ProductId,
    pub(super) sku: String,
    pub(super) barcode: Option<String>,
    pub(super) options: Vec<String>,
    pub(super) position: i32,
    pub(super) archived_at: Option<DateTime<Utc>>,
}

/// An offer as it is.
#[derive(Clone, Debug)]
pub(crate) struct KnownOffer {
    pub(crate) id: OfferId,
    pub(crate) sku: Option<String>,
    pub(crate) withdrawn_at: Option<DateTime<Utc>>,
}

/// What there is.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) products: HashMap<ProductId, KnownProduct>,
    pub(super) handles: HashMap<String, ProductId>,
    pub(super) variants: HashMap<VariantId, KnownVariant>,
    pub(super) of_product: HashMap<ProductId, Vec<VariantId>>,
    pub(super) skus: HashMap<String, VariantId>,
    pub(super) barcodes: HashMap<String, VariantId>,
    pub(super) offers: HashMap<(VariantId, PartyId), KnownOffer>,
    pub(super) own_skus: HashMap<(PartyId, String), OfferId>,
    /// Those that can be paid for what they make: makers, and the co-op itself.
    pub(super) makers: HashSet<PartyId>,
    pub(super) categories: HashSet<CategoryId>,
}

const PRODUCTS: &str = "
select product.product_id, product.handle, product.kind::text as kind, product.status::text as status, product.category_id,
       product.language, product.option_names,
       array(select language from product_text where coop_id = $1 and product_id = product.product_id) as languages
from unnest($2::uuid[]) as asked (id)
cross join lateral (select * from product where coop_id = $1 and product_id = asked.id for no key update) product";
const HANDLES: &str = "
select product.handle, product.product_id from unnest($2::text[]) as asked (handle)
cross join lateral (select handle, product_id from product where coop_id = $1 and handle = asked.handle offset 0) product";
/// Those of the products, and those of the numbers, SKUs and barcodes, wherever they are.
const VARIANTS: &str = "
select variant_id, product_id, sku, barcode, options, position, archived_at from (
    select found.* from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from variant where coop_id = $1 and product_id = asked.id offset 0) found
    union all
    select found.* from unnest($3::uuid[]) as asked (id)
    cross join lateral (select * from variant where coop_id = $1 and variant_id = asked.id offset 0) found
    union all
    select found.* from unnest($4::text[]) as asked (sku)
    cross join lateral (select * from variant where coop_id = $1 and sku = asked.sku offset 0) found
    union all
    select found.* from unnest($5::text[]) as asked (barcode)
    cross join lateral (select * from variant where coop_id = $1 and barcode = asked.barcode offset 0) found
) variant";
/// Those of the variants, and those that have a maker's own SKU already.
const OFFERS: &str = "
select offer_id, variant_id, party_id, sku, withdrawn_at from (
    select found.* from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from offer where coop_id = $1 and variant_id = asked.id offset 0) found
    union all
    select found.* from unnest($3::int8[], $4::text[]) as asked (party, sku)
    cross join lateral (select * from offer where coop_id = $1 and party_id = asked.party and sku = asked.sku offset 0) found
) offer";
const MAKERS: &str = "
select party_id from party where coop_id = $1 and party_id = any ($2::int8[]) and kind in ('member', 'coop')";
const CATEGORIES: &str = "select category_id from category where coop_id = $1 and category_id = any ($2::int4[])";

impl Known {
    /// Looks up whatever these wishes name. The products are locked: whoever else saves them waits.
    pub(super) async fn of(tx: &db::Tx, coop: CoopId, wishes: &[SaveProduct], handles: Vec<String>) -> Result<Self, DbErr> {
        let mut known = Self::default();
        let mut ids: Vec<Uuid> = wishes.iter().map(|wish| wish.which.id().0).collect();
        ids.sort_unstable(); // two batches lock in one order
        ids.dedup();
        let rows = tx.query_all_raw(statement(PRODUCTS, [coop.0.into(), ids.clone().into()])).await?;
        known.products = rows.iter().map(product).collect::<Result<_, _>>()?;
        let rows = tx.query_all_raw(statement(HANDLES, [coop.0.into(), handles.into()])).await?;
        known.handles =
            rows.iter().map(|row| Ok((get(row, "handle")?, ProductId(get(row, "product_id")?)))).collect::<Result<_, DbErr>>()?;
        let stocked: Vec<Uuid> = known.products.keys().map(|id| id.0).collect();
        known.look_up_variants(tx, coop, wishes, stocked).await?;
        known.look_up_offers(tx, coop, wishes).await?;
        known.look_up_others(tx, coop, wishes).await?;
        Ok(known)
    }

    async fn look_up_variants(&mut self, tx: &db::Tx, coop: CoopId, wishes: &[SaveProduct], products: Vec<Uuid>) -> Result<(), DbErr> {
        let wanted = || wishes.iter().flat_map(|wish| &wish.variants);
        let ids: Vec<Uuid> = wanted().filter_map(|variant| Some(variant.id?.0)).collect();
        let skus: Vec<String> = wanted().filter_map(|variant| variant.sku.as_deref()).map(|sku| sku.trim().to_owned()).collect();
        let barcodes: Vec<String> = wanted().filter_map(|variant| said(&variant.barcode)).collect();
        if products.is_empty() && ids.is_empty() && skus.is_empty() {
            return Ok(());
        }
        let values: [Value; 5] = [coop.0.into(), products.into(), ids.into(), skus.into(), barcodes.into()];
        for row in &tx.query_all_raw(statement(VARIANTS, values)).await? {
            let variant = variant(row)?;
            if self.variants.contains_key(&variant.id) {
                continue;
            }
            self.skus.insert(variant.sku.clone(), variant.id);
            self.barcodes.extend(variant.barcode.clone().map(|barcode| (barcode, variant.id)));
            self.of_product.entry(variant.product).or_default().push(variant.id);
            self.variants.insert(variant.id, variant);
        }
        Ok(())
    }

    async fn look_up_offers(&mut self, tx: &db::Tx, coop: CoopId, wishes: &[SaveProduct]) -> Result<(), DbErr> {
        let wanted: Vec<_> = wishes.iter().flat_map(|wish| &wish.variants).flat_map(|variant| &variant.offers).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let own: Vec<(i64, String)> = wanted.iter().filter_map(|offer| Some((offer.maker.0, said(&offer.sku)?))).collect();
        let variants: Vec<Uuid> = self.variants.keys().map(|id| id.0).collect();
        let values: [Value; 4] = [coop.0.into(), variants.into(), db::column(&own, |own| own.0), db::column(&own, |own| own.1.clone())];
        for row in &tx.query_all_raw(statement(OFFERS, values)).await? {
            let (variant, maker) = (VariantId(get(row, "variant_id")?), PartyId(get(row, "party_id")?));
            let offer = KnownOffer { id: OfferId(get(row, "offer_id")?), sku: get(row, "sku")?, withdrawn_at: get(row, "withdrawn_at")? };
            self.own_skus.extend(offer.sku.clone().map(|sku| ((maker, sku), offer.id)));
            self.offers.insert((variant, maker), offer);
        }
        Ok(())
    }

    async fn look_up_others(&mut self, tx: &db::Tx, coop: CoopId, wishes: &[SaveProduct]) -> Result<(), DbErr> {
        let offers = wishes.iter().flat_map(|wish| &wish.variants).flat_map(|variant| &variant.offers).map(|offer| offer.maker);
        let contributors = wishes.iter().flat_map(|wish| wish.contributors.iter().flatten()).map(|one| one.party);
        self.makers = makers(tx, coop, offers.chain(contributors)).await?;
        let mut categories: Vec<i32> = Vec::new();
        for wish in wishes {
            if let Change::To(category) = &wish.category {
                categories.push(category.0);
            }
        }
        if !categories.is_empty() {
            let rows = tx.query_all_raw(statement(CATEGORIES, [coop.0.into(), categories.into()])).await?;
            self.categories = rows.iter().map(|row| Ok(CategoryId(get(row, "category_id")?))).collect::<Result<_, DbErr>>()?;
        }
        Ok(())
    }
}

/// Those of these parties who can be paid for what they make.
pub(crate) async fn makers(
    db: &impl ConnectionTrait,
    coop: CoopId,
    parties: impl Iterator<Item = PartyId>,
) -> Result<HashSet<PartyId>, DbErr> {
    let mut parties: Vec<i64> = parties.map(|party| party.0).collect();
    parties.sort_unstable();
    parties.dedup();
    if parties.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = db.query_all_raw(statement(MAKERS, [coop.0.into(), parties.into()])).await?;
    rows.iter().map(|row| Ok(PartyId(get(row, "party_id")?))).collect()
}

fn said(change: &Change<String>) -> Option<String> {
    if let Change::To(text) = change { Some(text.trim().to_owned()) } else { None }
}

fn get<T: TryGetable>(row: &QueryResult, column: &str) -> Result<T, DbErr> {
    row.try_get("", column)
}

fn product(row: &QueryResult) -> Result<(ProductId, KnownProduct), DbErr> {
    let known = KnownProduct {
        handle: get(row, "handle")?,
        kind: ProductKind::decode(&get::<String>(row, "kind")?)?,
        status: ProductStatus::decode(&get::<String>(row, "status")?)?,
        category: get::<Option<i32>>(row, "category_id")?.map(CategoryId),
        language: get(row, "language")?,
        languages: get(row, "languages")?,
        option_names: get(row, "option_names")?,
    };
    Ok((ProductId(get(row, "product_id")?), known))
}

fn variant(row: &QueryResult) -> Result<KnownVariant, DbErr> {
    Ok(KnownVariant {
        id: VariantId(get(row, "variant_id")?),
        product: ProductId(get(row, "product_id")?),
        sku: get(row, "sku")?,
        barcode: get(row, "barcode")?,
        options: get(row, "options")?,
        position: get(row, "position")?,
        archived_at: get(row, "archived_at")?,
    })
}
