//! Taking an import back: what it made goes, what it changed becomes what it was.
//!
//! A product is taken back whole or not at all. It is kept, with the reason, when anybody has changed it since, when a later
//! import touched it, or when its units were sold, moved or promised since. What an import made is archived and not deleted,
//! as everything that lots and sales may name; its lots go back to their owners.

use std::collections::{HashMap, HashSet};

use catalogue::{CategoryId, Change, Channel, NewPrice, Policy, ProductStatus, SaveOffer, SaveProduct, SaveVariant, Text, Which};
use db::{column, statement};
use kernel::{Currency, PartyId, ProductId, VariantId};
use sea_orm::{ConnectionTrait as _, DbErr, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Progress,
    run::ProductImports,
    shelves::{self, Move, Moved},
    store::{self, ImportId, ImportState},
};
use crate::ImportsError;

/// How many products one transaction takes back.
const BATCH: i32 = 250;
/// How many products that are kept are told of.
const SHOWN: usize = 50;

/// A product that an undo left as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Its handle.
    pub product: String,
    /// Why.
    pub reason: String,
}

/// What an undo did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Undone {
    /// Which import.
    pub import: ImportId,
    /// Products that the import had made, and that are archived now.
    pub archived: usize,
    /// Products that are again what they were before it.
    pub restored: usize,
    /// Products that it touched and that stay as they are.
    pub kept: usize,
    /// The first of those, and why.
    pub kept_products: Vec<Kept>,
}

#[derive(Deserialize)]
struct Image {
    status: String,
    category: Option<i32>,
    language: String,
    option_names: Vec<String>,
    texts: Vec<ImageText>,
    variants: Vec<ImageVariant>,
}

#[derive(Deserialize)]
struct ImageText {
    language: String,
    title: String,
    description: String,
}

#[derive(Deserialize)]
struct ImageVariant {
    id: VariantId,
    sku: String,
    barcode: Option<String>,
    options: Vec<String>,
    archived: bool,
    offers: Vec<ImageOffer>,
}

#[derive(Deserialize)]
struct ImageOffer {
    maker: PartyId,
    withdrawn: bool,
    prices: Vec<ImagePrice>,
}

#[derive(Deserialize)]
struct ImagePrice {
    currency: Currency,
    channel: String,
    amount: i64,
}

/// A product that an import touched, as it is now.
struct Touched {
    product: ProductId,
    handle: String,
    before: Option<Image>,
    now: Image,
    moved: Vec<Moved>,
    /// Why it stays, if it does.
    reason: Option<&'static str>,
}

/// The touched products and what has happened to them since; locked, so that nothing more happens.
const TOUCHED: &str = "
select touch.product_id, product.handle, touch.before::text as before, touch.moved::text as moved, now.image::text as image,
       sha256(convert_to(now.image::text, 'UTF8')) <> touch.after as changed,
       exists (select from product_import_touch later where later.coop_id = $1 and later.product_id = touch.product_id
           and later.import_id > touch.import_id and later.undone_at is null) as again,
       coalesce(since.sold, false) as sold, coalesce(since.moved, false) as went, coalesce(promised.any, false) as promised
from (select * from product_import_touch where coop_id = $1 and import_id = $2 and undone_at is null and product_id > $3
      order by product_id limit $4) touch
cross join lateral (select handle from product where coop_id = $1 and product_id = touch.product_id for no key update) product
cross join lateral (select product_image($1, touch.product_id) as image offset 0) now
left join lateral (
    select bool_or(other.kind = 'sold') as sold, sum(other.quantity) filter (where other.kind <> 'allocated') <> 0 as moved
    from jsonb_to_recordset(touch.moved) as own (movement uuid, lot uuid)
    cross join lateral (select recorded_at from movement where coop_id = $1 and movement_id = own.movement offset 0) mine
    cross join lateral (select kind, quantity from movement where coop_id = $1 and lot_id = own.lot and recorded_at > mine.recorded_at offset 0) other
    having count(*) > 0
) since on true
left join lateral (
    select bool_or(stock.reserved > 0 or stock.allocated > 0) as any
    from jsonb_to_recordset(touch.moved) as own (lot uuid, location uuid)
    cross join lateral (select reserved, allocated from stock where coop_id = $1 and lot_id = own.lot and location_id = own.location
        offset 0) stock
) promised on true
order by touch.product_id";
const LYING: &str = "
select asked.lot, asked.location, stock.on_hand, lot.variant_id, lot.party_id
from unnest($2::uuid[], $3::uuid[]) as asked (lot, location)
cross join lateral (select on_hand from stock where coop_id = $1 and lot_id = asked.lot and location_id = asked.location offset 0) stock
cross join lateral (select variant_id, party_id from lot where coop_id = $1 and lot_id = asked.lot offset 0) lot";
const UNDONE: &str = "
update product_import_touch set undone_at = $4 where coop_id = $1 and import_id = $2 and product_id = any ($3::uuid[])";
const ALL_UNDONE: &str = "
update product_import set state = 'undone', undone_at = $3 where coop_id = $1 and import_id = $2 and state = 'done'
and not exists (select from product_import_touch where coop_id = $1 and import_id = $2 and undone_at is null)";

impl ProductImports {
    /// Takes an import back, as far as nobody has built on it. Asked again, it tries what it kept.
    #[tracing::instrument(name = "imports.undo_products", skip_all, fields(coop.id = %self.coop.id, import.id = %import))]
    pub async fn undo(&self, import: ImportId, tell: &mut (dyn FnMut(Progress) + Send)) -> Result<Undone, ImportsError> {
        let coop = self.coop.id;
        let tx = db::begin(&self.db, coop).await?;
        let known = store::product_import(&tx, coop, import).await?.ok_or(ImportsError::NoImport(import.0))?;
        let count = "select count(*) as touched from product_import_touch where coop_id = $1 and import_id = $2 and undone_at is null";
        let row = tx.query_one_raw(statement(count, [coop.0.into(), import.0.into()])).await?;
        let total = row.map_or(Ok(0), |row| row.try_get::<i64>("", "touched"))?.unsigned_abs();
        tx.commit().await?;
        if known.state == ImportState::Running {
            return Err(ImportsError::StillRunning(known.file));
        }
        let mut undone = Undone { import, archived: 0, restored: 0, kept: 0, kept_products: Vec::new() };
        let (mut last, mut done) = (Uuid::nil(), 0);
        while let Some((furthest, size)) = self.undo_batch(import, last, &mut undone).await? {
            last = furthest;
            done += size as u64;
            tell(Progress { done, total });
        }
        let tx = db::begin(&self.db, coop).await?;
        tx.execute_raw(statement(ALL_UNDONE, [coop.0.into(), import.0.into(), self.now().into()])).await?;
        tx.commit().await?;
        Ok(undone)
    }

    /// Takes some products back; tells how far it came and how many it looked at, and nothing at the end.
    async fn undo_batch(&self, import: ImportId, after: Uuid, undone: &mut Undone) -> Result<Option<(Uuid, usize)>, ImportsError> {
        let (coop, now) = (self.coop.id, self.now());
        let tx = db::begin(&self.db, coop).await?;
        tx.execute_raw(statement("select pg_advisory_xact_lock(hashtext('product_import'), $1)", [coop.0.into()])).await?;
        let values = [coop.0.into(), import.0.into(), after.into(), BATCH.into()];
        let rows = tx.query_all_raw(statement(TOUCHED, values)).await?;
        let mut touched = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let Some(furthest) = touched.last().map(|one| one.product.0) else { return Ok(None) };
        let size = touched.len();
        let wishes: Vec<SaveProduct> = touched.iter().filter(|one| one.reason.is_none()).map(wish).collect();
        let outcomes = catalogue::save_in(&tx, (coop, now), wishes, Policy::LeaveOutRows).await?;
        let refused: HashMap<ProductId, String> = touched
            .iter()
            .filter(|one| one.reason.is_none())
            .zip(outcomes)
            .filter(|(_, outcome)| outcome.saved.is_none())
            .map(|(one, outcome)| (one.product, outcome.flaws.first().map_or_else(String::new, |flaw| flaw.message.clone())))
            .collect();
        touched.retain(|one| {
            let reason = one.reason.map(str::to_owned).or_else(|| refused.get(&one.product).cloned());
            if let Some(reason) = &reason {
                undone.kept += 1;
                if undone.kept_products.len() < SHOWN {
                    undone.kept_products.push(Kept { product: one.handle.clone(), reason: reason.clone() });
                }
            }
            reason.is_none()
        });
        self.move_back(&tx, &touched).await?;
        let ids = column(&touched, |one| one.product.0);
        tx.execute_raw(statement(UNDONE, [coop.0.into(), import.0.into(), ids, now.into()])).await?;
        tx.commit().await?;
        undone.archived += touched.iter().filter(|one| one.before.is_none()).count();
        undone.restored += touched.iter().filter(|one| one.before.is_some()).count();
        Ok(Some((furthest, size)))
    }

    /// Moves the units back that the import moved.
    async fn move_back(&self, tx: &db::Tx, touched: &[Touched]) -> Result<(), ImportsError> {
        let coop = self.coop.id;
        let moved: Vec<&Moved> = touched.iter().flat_map(|one| &one.moved).collect();
        if moved.is_empty() {
            return Ok(());
        }
        let values = [coop.0.into(), column(&moved, |moved| moved.lot.0), column(&moved, |moved| moved.location.0)];
        let mut lying = HashMap::new();
        for row in tx.query_all_raw(statement(LYING, values)).await? {
            let key: (Uuid, Uuid) = (row.try_get("", "lot")?, row.try_get("", "location")?);
            let of = (VariantId(row.try_get("", "variant_id")?), PartyId(row.try_get("", "party_id")?));
            lying.insert(key, (row.try_get::<i32>("", "on_hand")?, of));
        }
        let back = |moved: &&Moved| {
            let (expected, (variant, maker)) = *lying.get(&(moved.lot.0, moved.location.0))?;
            let what = Moved { movement: kernel::MovementId(Uuid::now_v7()), units: -moved.units, ..(*moved).clone() };
            Some(Move { what, variant, maker, expected })
        };
        let returns: Vec<Move> = moved.iter().filter_map(back).collect();
        Ok(shelves::write(tx, coop, &returns, "import taken back", self.now()).await?)
    }
}

fn read(row: &QueryResult) -> Result<Touched, DbErr> {
    let is = |column: &str| row.try_get::<bool>("", column);
    let reason = if is("sold")? {
        Some("some of it was sold since; archive it by hand when nothing of it is left")
    } else if is("again")? {
        Some("a later import changed it; take that one back first")
    } else if is("changed")? {
        Some("somebody changed it since; archive or change it by hand")
    } else if is("promised")? {
        Some("units of it are promised or set aside; release them first")
    } else if is("went")? {
        Some("its stock was moved since; correct it by hand")
    } else {
        None
    };
    Ok(Touched {
        product: ProductId(row.try_get("", "product_id")?),
        handle: row.try_get("", "handle")?,
        before: db::json_or_null(row, "before")?,
        now: db::json(row, "image")?,
        moved: db::json(row, "moved")?,
        reason,
    })
}

/// What a product is to become again.
fn wish(touched: &Touched) -> SaveProduct {
    let mut wish = SaveProduct::of(Which::Known(touched.product));
    let Some(before) = &touched.before else {
        wish.status = Some(ProductStatus::Archived);
        wish.variants = touched.now.variants.iter().map(|variant| gone(variant, None)).collect();
        return wish;
    };
    wish.status = ProductStatus::of_word(&before.status);
    wish.category = before.category.map_or(Change::Clear, |category| Change::To(CategoryId(category)));
    wish.language = Some(before.language.clone());
    let text =
        |text: &ImageText| Text { language: text.language.clone(), title: text.title.clone(), description: text.description.clone() };
    wish.texts = Some(before.texts.iter().map(text).collect());
    wish.option_names = Some(before.option_names.clone());
    let there: HashSet<VariantId> = before.variants.iter().map(|variant| variant.id).collect();
    let made = touched.now.variants.iter().filter(|variant| !there.contains(&variant.id));
    wish.variants = made.map(|variant| gone(variant, Some(before.option_names.len()))).collect();
    wish.variants.extend(before.variants.iter().map(|variant| {
        let now = touched.now.variants.iter().find(|known| known.id == variant.id);
        again(variant, now.map_or(&[][..], |now| &now.offers))
    }));
    wish
}

/// A variant that the import made is for sale no more. It gets as many options as the others.
fn gone(variant: &ImageVariant, options: Option<usize>) -> SaveVariant {
    let withdrawn = |offer: &ImageOffer| SaveOffer { maker: offer.maker, sku: Change::Keep, withdrawn: Some(true), prices: None };
    let mut values = variant.options.clone();
    SaveVariant {
        id: Some(variant.id),
        options: options.map(|count| {
            values.resize(count, variant.sku.clone());
            values
        }),
        archived: Some(true),
        offers: variant.offers.iter().map(withdrawn).collect(),
        ..SaveVariant::default()
    }
}

/// A variant as it was before, with the offers as they were; those that came since are withdrawn.
fn again(variant: &ImageVariant, now: &[ImageOffer]) -> SaveVariant {
    let price = |price: &ImagePrice| NewPrice { currency: price.currency, channel: Channel::of_word(&price.channel), amount: price.amount };
    let as_before = |offer: &ImageOffer| SaveOffer {
        maker: offer.maker,
        sku: Change::Keep,
        withdrawn: Some(offer.withdrawn),
        prices: Some(offer.prices.iter().map(price).collect()),
    };
    let new = now.iter().filter(|offer| variant.offers.iter().all(|known| known.maker != offer.maker));
    let withdrawn = new.map(|offer| SaveOffer { maker: offer.maker, sku: Change::Keep, withdrawn: Some(true), prices: None });
    SaveVariant {
        id: Some(variant.id),
        sku: Some(variant.sku.clone()),
        barcode: variant.barcode.clone().map_or(Change::Clear, Change::To),
        options: Some(variant.options.clone()),
        position: None,
        archived: Some(variant.archived),
        offers: variant.offers.iter().map(as_before).chain(withdrawn).collect(),
    }
}
