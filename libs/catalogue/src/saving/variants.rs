//! What the variants of a product become.

use std::collections::HashSet;

use kernel::{Code, ProductId, VariantId};
use uuid::Uuid;

use super::{Change, SaveVariant, decide::Batch, known::KnownVariant, row::VariantRow};
use crate::{
    ProductStatus,
    flaw::{Flaw, Flaws, Trail},
    words::{self, LONGEST_SKU},
};

/// The most variants of a product, archived ones included.
const MAX_VARIANTS: usize = 250;
/// The most letters of an option's value.
const LONGEST_VALUE: usize = 80;

impl Batch {
    /// The variants that are mentioned. Those that are not stay; but when the options are others, each has to be.
    pub(super) fn variants(
        &mut self,
        flaws: &mut Flaws,
        row: &Trail<'_>,
        (product, wishes): (ProductId, Vec<SaveVariant>),
        option_names: &[String],
    ) -> Vec<VariantRow> {
        let list = row.field("variants");
        let there = self.known.of_product.get(&product).cloned().unwrap_or_default();
        let is_there =
            |wish: &&SaveVariant| wish.id.is_some() || wish.sku.as_ref().is_some_and(|sku| self.known.skus.contains_key(sku.trim()));
        if there.len() + wishes.iter().filter(|wish| !is_there(wish)).count() > MAX_VARIANTS {
            flaws.whole::<()>(Err(list.invalid(format!("a product has {MAX_VARIANTS} variants at most"))));
            return Vec::new();
        }
        let mut next = there.iter().map(|id| self.known.variants[id].position + 1).max().unwrap_or(0);
        let mut decided: Vec<VariantRow> = Vec::with_capacity(wishes.len());
        for (place, wish) in wishes.into_iter().enumerate() {
            let at = list.item(place);
            let checked = self.variant(flaws, &at, (product, wish), (option_names, next));
            let checked = checked.and_then(|variant| self.apart(&at, variant, (&there, &decided)));
            if let Some(variant) = flaws.part(checked) {
                next = next.max(variant.position + 1);
                decided.push(variant);
            }
        }
        let mentioned: HashSet<VariantId> = decided.iter().map(|variant| variant.id).collect();
        let left = there.iter().filter(|id| !mentioned.contains(id)).map(|id| &self.known.variants[id]);
        if let Some(left) = left.into_iter().find(|variant| variant.options.len() != option_names.len()) {
            let message = format!("with other options every variant needs its values; {:?} has none of them yet", left.sku);
            flaws.whole::<()>(Err(row.field("optionNames").invalid(message)));
        }
        decided
    }

    fn variant(
        &mut self,
        flaws: &mut Flaws,
        at: &Trail<'_>,
        (product, wish): (ProductId, SaveVariant),
        (option_names, next): (&[String], i32),
    ) -> Result<VariantRow, Flaw> {
        let (before, sku) = self.meant(at, product, &wish)?;
        let id = before.as_ref().map_or_else(|| VariantId(Uuid::now_v7()), |before| before.id);
        let barcode = self.barcode(&at.field("barcode"), id, wish.barcode, before.as_ref())?;
        let options = options(&at.field("options"), wish.options, option_names, before.as_ref())?;
        let position = wish.position.or(before.as_ref().map(|before| before.position)).unwrap_or(next);
        if wish.position.is_some() && !words::is_position(position) {
            return Err(at.field("position").invalid("a position is 0 to 1,000,000"));
        }
        let was = before.as_ref().and_then(|before| before.archived_at);
        let archived_at = match wish.archived {
            Some(true) => was.or(Some(self.now)),
            Some(false) => None,
            None => was,
        };
        let offers = self.offers(flaws, &at.field("offers"), id, wish.offers);
        Ok(VariantRow { id, sku, barcode, options, position, archived_at, offers })
    }

    /// The variant that is meant, if it is there, and its SKU from now on.
    fn meant(&mut self, at: &Trail<'_>, product: ProductId, wish: &SaveVariant) -> Result<(Option<KnownVariant>, String), Flaw> {
        let at_sku = at.field("sku");
        let given = match &wish.sku {
            None => None,
            Some(sku) => Some(
                words::line(sku, LONGEST_SKU)
                    .ok_or_else(|| at_sku.invalid(format!("a SKU has 1 to {LONGEST_SKU} characters on one line")))?,
            ),
        };
        let of_sku = given.as_ref().and_then(|sku| self.known.skus.get(sku)).map(|id| &self.known.variants[id]);
        let before = match wish.id {
            Some(id) => {
                let known = self.known.variants.get(&id).filter(|known| known.product == product);
                Some(known.ok_or_else(|| at.field("id").flaw(Code::NotFound, "the product has no such variant"))?)
            }
            None => of_sku,
        };
        if let Some(other) = of_sku
            && (other.product != product || before.is_some_and(|before| before.id != other.id))
        {
            return Err(at_sku.flaw(Code::Conflict, format!("the SKU {:?} is another variant's; choose another", other.sku)));
        }
        let sku = given.or_else(|| before.map(|before| before.sku.clone()));
        let sku = sku.ok_or_else(|| at_sku.invalid("a new variant takes a SKU"))?;
        let before = before.cloned();
        if !self.skus.insert(sku.clone()) {
            return Err(at_sku.flaw(Code::Conflict, format!("the SKU {sku:?} comes twice in this batch")));
        }
        Ok((before, sku))
    }

    fn barcode(
        &mut self,
        at: &Trail<'_>,
        id: VariantId,
        wished: Change<String>,
        before: Option<&KnownVariant>,
    ) -> Result<Option<String>, Flaw> {
        let is_new = matches!(wished, Change::To(_));
        let Some(barcode) = wished.over(before.and_then(|before| before.barcode.clone())) else { return Ok(None) };
        if !is_new {
            return Ok(Some(barcode));
        }
        let barcode = barcode.trim().to_owned();
        if !words::is_barcode(&barcode) {
            return Err(at.invalid("a barcode has 1 to 80 letters, digits, dots and hyphens"));
        }
        let is_others = self.known.barcodes.get(&barcode).is_some_and(|owner| *owner != id);
        if is_others || !self.barcodes.insert(barcode.clone()) {
            return Err(at.flaw(Code::Conflict, format!("the barcode {barcode:?} is another variant's")));
        }
        Ok(Some(barcode))
    }

    /// No two variants that are for sale have the same options.
    fn apart(&self, at: &Trail<'_>, variant: VariantRow, (there, decided): (&[VariantId], &[VariantRow])) -> Result<VariantRow, Flaw> {
        let is_like = |options: &[String], archived: bool| !archived && options == variant.options;
        let is_decided = |id: &VariantId| *id == variant.id || decided.iter().any(|other| other.id == *id);
        let taken = decided.iter().any(|other| is_like(&other.options, other.archived_at.is_some()))
            || there
                .iter()
                .filter(|id| !is_decided(id))
                .map(|id| &self.known.variants[id])
                .any(|other| is_like(&other.options, other.archived_at.is_some()));
        if variant.archived_at.is_none() && taken {
            return Err(at.field("options").flaw(Code::Conflict, "another variant of the product has the same options"));
        }
        Ok(variant)
    }

    /// What is for sale has a variant that is.
    pub(super) fn activated(&self, at: &Trail<'_>, product: ProductId, variants: &[VariantRow]) -> Result<ProductStatus, Flaw> {
        let known = self.known.of_product.get(&product).into_iter().flatten().map(|id| &self.known.variants[id]);
        let untouched = known.filter(|known| variants.iter().all(|variant| variant.id != known.id));
        let archived = untouched.map(|known| known.archived_at).chain(variants.iter().map(|variant| variant.archived_at));
        if archived.into_iter().any(|archived| archived.is_none()) {
            Ok(ProductStatus::Active)
        } else {
            Err(at.flaw(Code::NotNow, "a product without a variant cannot be sold; give it one with a SKU first"))
        }
    }
}

fn options(
    at: &Trail<'_>,
    wished: Option<Vec<String>>,
    option_names: &[String],
    before: Option<&KnownVariant>,
) -> Result<Vec<String>, Flaw> {
    let options = match (wished, before) {
        (Some(wished), _) => wished,
        (None, Some(before)) => before.options.clone(),
        (None, None) => Vec::new(),
    };
    if options.len() != option_names.len() {
        let names = if option_names.is_empty() { "no options".to_owned() } else { option_names.join(", ") };
        return Err(at.invalid(format!("a variant has one value for each option of its product, in their order: {names}")));
    }
    let checked = |(place, value): (usize, &String)| {
        words::line(value, LONGEST_VALUE)
            .ok_or_else(|| at.item(place).invalid(format!("an option's value has 1 to {LONGEST_VALUE} characters on one line")))
    };
    options.iter().enumerate().map(checked).collect()
}
