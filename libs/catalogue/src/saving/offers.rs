//! What offers and prices become.

use std::collections::HashSet;

use kernel::{Code, Currency, OfferId, VariantId};
use uuid::Uuid;

use super::{
    Change, NewPrice, SaveOffer,
    decide::Batch,
    known::KnownOffer,
    row::{OfferRow, PriceRow},
};
use crate::{
    Channel,
    flaw::{Flaw, Flaws, Trail},
    words::{self, LONGEST_SKU},
};

/// The highest price in minor units: many of them still add up in 64 bits.
pub(crate) const MOST_MINOR: i64 = 1_000_000_000_000;

/// Whether something can cost that.
pub(crate) const fn is_amount(minor: i64) -> bool {
    0 <= minor && minor <= MOST_MINOR
}

impl Batch {
    /// The offers that are mentioned; others stay.
    pub(super) fn offers(&mut self, flaws: &mut Flaws, list: &Trail<'_>, variant: VariantId, wishes: Vec<SaveOffer>) -> Vec<OfferRow> {
        let (mut decided, mut makers) = (Vec::with_capacity(wishes.len()), HashSet::new());
        for (place, wish) in wishes.into_iter().enumerate() {
            let at = list.item(place);
            let maker = wish.maker;
            let checked = if makers.insert(maker) {
                self.offer(flaws, &at, variant, wish)
            } else {
                Err(at.field("maker").flaw(Code::Conflict, "a maker offers a variant once"))
            };
            decided.extend(flaws.part(checked));
        }
        decided
    }

    fn offer(&mut self, flaws: &mut Flaws, at: &Trail<'_>, variant: VariantId, wish: SaveOffer) -> Result<OfferRow, Flaw> {
        let maker = wish.maker;
        if !self.known.makers.contains(&maker) {
            return Err(at.field("maker").flaw(Code::NotFound, "there is no such maker: offers are members' or the co-op's own"));
        }
        let before = self.known.offers.get(&(variant, maker)).cloned();
        let id = before.as_ref().map_or_else(|| OfferId(Uuid::now_v7()), |before| before.id);
        let sku = self.own_sku(&at.field("sku"), (id, &wish), before.as_ref())?;
        let was = before.as_ref().and_then(|before| before.withdrawn_at);
        let withdrawn_at = match wish.withdrawn {
            Some(true) => was.or(Some(self.now)),
            Some(false) => None,
            None => was,
        };
        let prices = wish.prices.map(|prices| checked_prices(flaws, &at.field("prices"), id, &prices));
        Ok(OfferRow { id, variant, maker, sku, withdrawn_at, prices })
    }

    fn own_sku(&mut self, at: &Trail<'_>, (id, wish): (OfferId, &SaveOffer), before: Option<&KnownOffer>) -> Result<Option<String>, Flaw> {
        let Change::To(sku) = &wish.sku else { return Ok(wish.sku.clone().over(before.and_then(|before| before.sku.clone()))) };
        let sku = words::line(sku, LONGEST_SKU)
            .ok_or_else(|| at.invalid(format!("a maker's own SKU has 1 to {LONGEST_SKU} characters on one line")))?;
        let key = (wish.maker, sku.clone());
        let is_others = self.known.own_skus.get(&key).is_some_and(|owner| *owner != id);
        if is_others || !self.own_skus.insert(key) {
            return Err(at.flaw(Code::Conflict, format!("the maker calls something else {sku:?} already")));
        }
        Ok(Some(sku))
    }
}

/// All prices of an offer, without those that cannot be.
fn checked_prices(flaws: &mut Flaws, list: &Trail<'_>, offer: OfferId, prices: &[NewPrice]) -> Vec<PriceRow> {
    let mut seen: HashSet<(Currency, Option<Channel>)> = HashSet::new();
    let mut checked = |(place, price): (usize, &NewPrice)| {
        let at = list.item(place);
        if !is_amount(price.amount) {
            return Err(at.field("amount").invalid(format!("a price is 0 to {MOST_MINOR} minor units")));
        }
        if !seen.insert((price.currency, price.channel)) {
            return Err(at.flaw(Code::Conflict, "there are two prices in this currency for the same channel"));
        }
        Ok(PriceRow { offer, currency: price.currency, channel: price.channel, amount: price.amount })
    };
    prices.iter().enumerate().filter_map(|priced| flaws.part(checked(priced))).collect()
}
