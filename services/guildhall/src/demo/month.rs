//! The month as it will be: every sale, and what goes wrong with some. Pure: the same month is planned the same way.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeZone as _, Utc, Weekday};
use chrono_tz::Tz;
use kernel::Month;

use super::{
    cast::{AFFILIATES, Good, MAKERS, ZINE},
    chance::Chance,
};

/// The day from which the second version of the co-op's agreement holds.
pub(super) const SECOND_VERSION_DAY: u32 = 16;
/// Refunds come this many days after the sale, the bank's questions are answered one day later.
const REFUND_AFTER: Days = Days::new(4);
const ANSWER_AFTER: Days = Days::new(1);

/// Where and how something is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Web,
    Stream,
    /// At the stall in this venue; by card or into the drawer.
    Stall {
        venue: usize,
        cash: bool,
    },
}

/// A line that will be sold.
#[derive(Clone, Debug)]
pub(super) struct PlannedLine {
    pub(super) good: &'static Good,
    /// The maker, by place among [`MAKERS`]; `None` for what several make together.
    pub(super) maker: Option<usize>,
    pub(super) quantity: i32,
    /// In cents.
    pub(super) discount: i64,
}

impl PlannedLine {
    pub(super) fn amount(&self) -> i64 {
        self.good.price * i64::from(self.quantity) - self.discount
    }

    /// The tax inside the amount, rounded down.
    pub(super) fn tax(&self) -> i64 {
        self.amount() * self.good.tax_percent / (100 + self.good.tax_percent)
    }
}

/// What becomes of a sale after it was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Kept,
    RefundedInFull,
    FirstLineRefunded,
    ThirdRefunded,
    /// Refunded in full, and the buyer's bank sends the money back.
    RefundReturned,
    /// The buyer's bank asks for the money; the co-op wins or loses.
    Disputed {
        won: bool,
    },
}

/// A sale that will be.
#[derive(Clone, Debug)]
pub(super) struct PlannedSale {
    pub(super) sold_at: DateTime<Utc>,
    /// When something becomes of it, unless it is kept.
    pub(super) fate_at: DateTime<Utc>,
    pub(super) place: Place,
    /// By place among [`AFFILIATES`].
    pub(super) affiliate: Option<usize>,
    pub(super) second_version: bool,
    pub(super) lines: Vec<PlannedLine>,
    pub(super) fate: Fate,
}

/// What goes wrong, with which sale among the web sales of the first half, in order.
const FATES: [(usize, Fate); 12] = [
    (3, Fate::RefundedInFull),
    (11, Fate::FirstLineRefunded),
    (17, Fate::ThirdRefunded),
    (24, Fate::Disputed { won: true }),
    (31, Fate::RefundReturned),
    (38, Fate::Disputed { won: false }),
    (46, Fate::RefundedInFull),
    (55, Fate::FirstLineRefunded),
    (63, Fate::ThirdRefunded),
    (72, Fate::RefundedInFull),
    (80, Fate::FirstLineRefunded),
    (91, Fate::ThirdRefunded),
];

/// Plans a month in a time zone: at least 400 sales, in the order in which they are made.
pub(super) fn plan(month: Month, zone: Tz) -> Vec<PlannedSale> {
    let mut chance = Chance::seeded(0x6861_7262_6f75_7221);
    let mut sales = Vec::new();
    let days = month.first_day().iter_days().take_while(|day| Month::from(*day) == month);
    for day in days {
        let web = 9 + chance.below(4);
        push(&mut sales, &mut chance, (day, zone), (web / 2, 11), Place::Web);
        if let Some(venue) = stall_on(day) {
            // On the second Saturday the card reader is broken
            let cash = day.weekday() == Weekday::Sat && (8..=14).contains(&day.day());
            push(&mut sales, &mut chance, (day, zone), (12, 14), Place::Stall { venue, cash });
        }
        push(&mut sales, &mut chance, (day, zone), (web - web / 2, 16), Place::Web);
        if day.weekday() == Weekday::Thu {
            push(&mut sales, &mut chance, (day, zone), (11, 20), Place::Stream);
        }
    }
    let web: Vec<usize> = (0..sales.len()).filter(|place| sales[*place].place == Place::Web).collect();
    for (number, fate) in FATES {
        // A refund of the first line is told apart from one in full by the second line
        let fits = |place: &&usize| fate != Fate::FirstLineRefunded || sales[**place].lines.len() > 1;
        if let Some(place) = web[number..].iter().find(|place| sales[**place].fate == Fate::Kept && fits(place)) {
            sales[*place].fate = fate;
        }
    }
    sales
}

/// The venue of a day's stall: Quay Hall on Saturdays, Old Church on every second Sunday.
fn stall_on(day: NaiveDate) -> Option<usize> {
    match day.weekday() {
        Weekday::Sat => Some(0),
        Weekday::Sun if day.day().div_ceil(7).is_multiple_of(2) => Some(1),
        _ => None,
    }
}

fn push(sales: &mut Vec<PlannedSale>, chance: &mut Chance, (day, zone): (NaiveDate, Tz), (count, hour): (u64, u32), place: Place) {
    let moment = |day: NaiveDate, hour| {
        let local = day.and_hms_opt(hour, 0, 0).expect("every hour from 0 to 23 is on the clock");
        zone.from_local_datetime(&local).earliest().map_or_else(|| local.and_utc(), |at| at.with_timezone(&Utc))
    };
    for _ in 0..count {
        let affiliate = match place {
            Place::Web if chance.once_in(5) => Some(()),
            Place::Stream if chance.once_in(3) => Some(()),
            Place::Web | Place::Stream | Place::Stall { .. } => None,
        };
        let affiliate = affiliate.and_then(|()| usize::try_from(chance.below(AFFILIATES.len() as u64)).ok());
        let lines = (0..=chance.below(5) / 3).map(|_| line(chance, place)).collect();
        sales.push(PlannedSale {
            sold_at: moment(day, hour),
            fate_at: moment(day + REFUND_AFTER, 12),
            place,
            affiliate,
            second_version: day.day() >= SECOND_VERSION_DAY,
            lines,
            fate: Fate::Kept,
        });
    }
}

fn line(chance: &mut Chance, place: Place) -> PlannedLine {
    let goods: Vec<(Option<usize>, &'static Good)> = MAKERS
        .iter()
        .enumerate()
        .flat_map(|(maker, has)| has.goods.iter().map(move |good| (Some(maker), good)))
        .chain([(None, &ZINE)])
        .collect();
    let weights: Vec<u64> = goods.iter().map(|(_, good)| good.weight).collect();
    let (maker, good) = goods[chance.weighted(&weights)];
    let quantity = *chance.pick(&[1, 1, 1, 1, 2, 2, 3]);
    let list = good.price * i64::from(quantity);
    // A tenth off, now and then
    let discount = if place == Place::Web && chance.once_in(8) { list / 10 } else { 0 };
    PlannedLine { good, maker, quantity, discount }
}

/// Something that happens to a sale on a day of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Sales up to here (exclusive), from where the last turn of this kind ended, are paid together.
    Paid { from: usize, until: usize },
    /// The sale's refund is made.
    Refunded(usize),
    /// The co-op answers the buyer's bank.
    Answered(usize),
}

/// The month's happenings in their order, each with its moment.
pub(super) fn turns(sales: &[PlannedSale]) -> Vec<(DateTime<Utc>, Turn)> {
    let mut turns = Vec::new();
    let mut from = 0;
    for group in sales.chunk_by(|one, other| one.sold_at == other.sold_at) {
        turns.push((group[0].sold_at, Turn::Paid { from, until: from + group.len() }));
        from += group.len();
    }
    for (place, sale) in sales.iter().enumerate() {
        match sale.fate {
            Fate::Kept => {}
            Fate::Disputed { .. } => turns.push((sale.fate_at + ANSWER_AFTER, Turn::Answered(place))),
            Fate::RefundedInFull | Fate::FirstLineRefunded | Fate::ThirdRefunded | Fate::RefundReturned => {
                turns.push((sale.fate_at, Turn::Refunded(place)));
            }
        }
    }
    turns.sort_by_key(|(at, _)| *at);
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_month_has_all_that_the_demo_shows() {
        for month in ["2026-02", "2026-10", "2028-02", "2026-12"] {
            let month: Month = month.parse().unwrap();
            let zone = chrono_tz::Europe::Amsterdam;
            let sales = plan(month, zone);
            assert!(sales.len() >= 400, "{month}: {}", sales.len());
            assert!(
                sales
                    .iter()
                    .all(|sale| Month::of(sale.sold_at, &zone) == month && sale.lines.iter().all(|line| line.amount() > line.tax()))
            );
            let count = |wanted: fn(&PlannedSale) -> bool| sales.iter().filter(|sale| wanted(sale)).count();
            assert!(count(|sale| sale.place == Place::Stream) >= 40);
            assert!(count(|sale| matches!(sale.place, Place::Stall { cash: true, .. })) == 12);
            assert!(count(|sale| matches!(sale.place, Place::Stall { venue: 1, .. })) >= 12);
            assert!(count(|sale| sale.fate != Fate::Kept) == FATES.len());
            assert!(count(|sale| sale.lines.iter().any(|line| line.discount > 0)) > 10);
            let turns = turns(&sales);
            assert!(turns.is_sorted_by_key(|(at, _)| *at));
            assert!(turns.iter().all(|(at, _)| Month::of(*at, &zone) == month), "{month}: all of it happens within the month");
        }
    }
}
