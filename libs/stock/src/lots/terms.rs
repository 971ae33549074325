//! The terms under which lots are handed to the pool, and what follows from them: pure.

use chrono::{DateTime, Days, NaiveDate, Utc};
use kernel::{Currency, Money, PartyId};
use serde::{Deserialize, Serialize};

use crate::StockError;

/// Markdowns that one version may have.
const MAX_MARKDOWNS: usize = 20;
const MAX_DAYS: u32 = 3_650;
const MAX_GRACE_DAYS: u32 = 365;

/// A share of a whole in millionths, 0 to 1,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millionths(u32);

impl Millionths {
    /// The whole.
    pub const WHOLE: Self = Self(1_000_000);

    /// `None` for more than the whole.
    pub const fn try_new(millionths: u32) -> Option<Self> {
        if millionths <= Self::WHOLE.0 { Some(Self(millionths)) } else { None }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// That share of an amount, rounded down.
    fn of(self, amount: i64) -> i64 {
        let part = i128::from(amount) * i128::from(self.0) / i128::from(Self::WHOLE.0);
        i64::try_from(part).expect("a part is no larger than the whole")
    }
}

/// What the owner gets of a unit that is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerTerms {
    /// What the split agreements say.
    Agreed,
    /// This share of what the buyer pays.
    Share(Millionths),
    /// This much for each unit, whatever the buyer pays.
    Price(Money),
}

/// From a day on, a unit costs less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Markdown {
    /// Days since the lot came in.
    pub after_days: u32,
    /// What is taken off the list price; not off the price before it.
    pub off: Millionths,
}

/// What becomes of units that were not sold in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Back to the owner.
    Return,
    /// Given away.
    Donate,
    /// They become this party's; the co-op's own when none is named.
    Pool(Option<PartyId>),
}

/// Consignment terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What the owner gets.
    pub owner: OwnerTerms,
    /// No unit is sold for less.
    pub minimum_price: Option<Money>,
    /// When units cost less, in the order of their days.
    pub markdowns: Vec<Markdown>,
    /// A lot is sold for this many days; for good when there is no number.
    pub expires_after_days: Option<u32>,
    /// Then its owner has this many days to fetch what is left.
    pub grace_days: u32,
    /// And then this happens.
    pub ending: Ending,
}

impl Terms {
    /// What the split agreements say, for good.
    pub const fn agreed() -> Self {
        Self {
            owner: OwnerTerms::Agreed,
            minimum_price: None,
            markdowns: Vec::new(),
            expires_after_days: None,
            grace_days: 0,
            ending: Ending::Return,
        }
    }

    /// The same, if a lot can be handed in under it.
    pub(crate) fn checked(self) -> Result<Self, StockError> {
        let invalid = |sentence: String| Err(StockError::Invalid(sentence));
        let is_priced = |money: Money| money.minor >= 0;
        let owner_price = if let OwnerTerms::Price(price) = self.owner { Some(price) } else { None };
        if ![owner_price, self.minimum_price].into_iter().flatten().all(is_priced) {
            return invalid("a price is not negative".to_owned());
        }
        if let (Some(owner), Some(minimum)) = (owner_price, self.minimum_price)
            && owner.currency != minimum.currency
        {
            return invalid("the owner's price and the minimum price are in one currency".to_owned());
        }
        if self.markdowns.len() > MAX_MARKDOWNS || self.markdowns.iter().any(|markdown| markdown.after_days > MAX_DAYS) {
            return invalid(format!("there are at most {MAX_MARKDOWNS} markdowns, none after more than {MAX_DAYS} days"));
        }
        if self.markdowns.windows(2).any(|pair| pair[0].after_days >= pair[1].after_days || pair[0].off > pair[1].off) {
            return invalid("markdowns come in the order of their days, and never take off less than the one before".to_owned());
        }
        match self.expires_after_days {
            None if self.grace_days > 0 || self.ending != Ending::Return => {
                invalid("say after how many days a lot expires, or what becomes of it then never happens".to_owned())
            }
            Some(days) if days == 0 || days > MAX_DAYS => invalid(format!("a lot expires after 1 to {MAX_DAYS} days")),
            Some(_) if self.grace_days > MAX_GRACE_DAYS => invalid(format!("the days of grace are {MAX_GRACE_DAYS} at most")),
            Some(_) | None => Ok(self),
        }
    }

    /// The currency that its prices are in, if it has any.
    pub fn currency(&self) -> Option<Currency> {
        let owner = if let OwnerTerms::Price(price) = self.owner { Some(price.currency) } else { None };
        owner.or(self.minimum_price.map(|minimum| minimum.currency))
    }

    /// What a unit costs on a day, in the co-op's time zone: the list price less the last markdown that has come, and no less
    /// than the minimum. What is taken off is rounded down. A minimum in another currency says nothing of this price.
    pub fn price_on(&self, list: Money, received_on: NaiveDate, day: NaiveDate) -> Money {
        let days = u32::try_from((day - received_on).num_days()).unwrap_or(0);
        let come = self.markdowns.iter().rev().find(|markdown| markdown.after_days <= days);
        let marked = list.minor - come.map_or(0, |markdown| markdown.off.of(list.minor));
        let least = self.minimum_price.filter(|minimum| minimum.currency == list.currency).map_or(marked, |minimum| minimum.minor);
        Money::new(marked.max(least), list.currency)
    }

    /// When a lot that came in then is not sold any more.
    pub fn expires_at(&self, received_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        received_at.checked_add_days(Days::new(self.expires_after_days?.into()))
    }

    /// When what is left of it is returned, donated or pooled.
    pub fn ends_at(&self, received_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.expires_at(received_at)?.checked_add_days(Days::new(self.grace_days.into()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn eur(minor: i64) -> Money {
        Money::new(minor, "EUR".parse().unwrap())
    }

    fn day(number: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 1).unwrap() + Days::new(number)
    }

    fn marked(steps: &[(u32, u32)]) -> Vec<Markdown> {
        steps.iter().map(|(after_days, off)| Markdown { after_days: *after_days, off: Millionths::try_new(*off).unwrap() }).collect()
    }

    #[test]
    fn b4_a_price_falls_on_its_days_and_never_below_the_minimum() {
        let terms = Terms { markdowns: marked(&[(30, 200_000), (60, 500_000)]), minimum_price: Some(eur(600)), ..Terms::agreed() };
        let price = |number| terms.price_on(eur(999), day(0), day(number)).minor;
        assert_eq!((price(0), price(29), price(30), price(59), price(60), price(400)), (999, 999, 800, 800, 600, 600));
        assert_eq!(terms.price_on(eur(999), day(10), day(0)), eur(999), "before it came in it costs what the list says");
        assert_eq!(terms.price_on(Money::new(999, "CHF".parse().unwrap()), day(0), day(60)).minor, 500, "a minimum in euros");
    }

    #[test]
    fn terms_that_contradict_themselves_are_refused() {
        let wrong = [
            Terms { markdowns: marked(&[(30, 200_000), (30, 500_000)]), ..Terms::agreed() },
            Terms { markdowns: marked(&[(30, 500_000), (60, 200_000)]), ..Terms::agreed() },
            Terms { ending: Ending::Donate, ..Terms::agreed() },
            Terms { grace_days: 1, ..Terms::agreed() },
            Terms { expires_after_days: Some(0), ..Terms::agreed() },
            Terms { minimum_price: Some(eur(-1)), ..Terms::agreed() },
            Terms { owner: OwnerTerms::Price(Money::new(1, "CHF".parse().unwrap())), minimum_price: Some(eur(1)), ..Terms::agreed() },
        ];
        for terms in wrong {
            assert!(terms.clone().checked().is_err(), "{terms:?}");
        }
        assert!(Terms::agreed().checked().is_ok());
    }

    proptest! {
        #[test]
        fn a_price_never_rises_with_time_and_never_leaves_its_bounds(
            list in 0..10_000_000_i64, minimum in 0..10_000_i64, first in 0..1_000_000_u32, more in 0..1_000_000_u32, days in prop::collection::vec(0..4_000_u64, 2),
        ) {
            let steps = marked(&[(10, first.min(more)), (20, first.max(more))]);
            let terms = Terms { markdowns: steps, minimum_price: Some(eur(minimum)), ..Terms::agreed() }.checked().unwrap();
            let (early, late) = (*days.iter().min().unwrap(), *days.iter().max().unwrap());
            let price = |number| terms.price_on(eur(list), day(0), day(number)).minor;
            prop_assert!(price(late) <= price(early));
            prop_assert!(price(late) >= minimum && price(early) <= list.max(minimum));
        }
    }
}
