//! Opening + lines = closing, as a type that cannot be built otherwise.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{Kind, Line};

/// What the co-op owes a party, in minor units; negative when the party owes the co-op.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// In all, held or not.
    pub total: i64,
    /// The part of it that is held while a dispute is open.
    pub held: i64,
}

/// A party's month: its lines lead from the opening to the closing balance, in all and in what is held. Totals and days are
/// sums over the lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Told", into = "Told")]
pub struct MonthAccount(Told);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    opening: Owed,
    lines: Vec<Line>,
    totals: Vec<Total>,
    days: Vec<Day>,
    payouts: Vec<PayoutNote>,
    closing: Owed,
}

/// The sum of the lines of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// The kind.
    pub kind: Kind,
    /// How many lines.
    pub lines: usize,
    /// Their sum, in minor units.
    pub amount: i64,
}

/// What a day brought, payouts apart: a bar of the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// The day, in the co-op's time zone.
    pub on: NaiveDate,
    /// Minor units.
    pub earned: i64,
}

/// Where money that was paid out went. Explains payout lines; is not added to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutNote {
    /// The day it was decided, in the co-op's time zone.
    pub on: NaiveDate,
    /// Stripe's transfer, once there is one.
    pub transfer: Option<String>,
    /// Minor units, positive.
    pub amount: i64,
    /// How far it had come when the month ended.
    pub status: String,
}

/// The lines do not lead from opening to closing. The books and the statement disagree, so nothing may be issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("opening {opening:?} and the lines' sum {lines:?} do not make closing {closing:?} (total and held, minor units)")]
pub struct DoesNotAddUp {
    /// What was owed before.
    pub opening: (i64, i64),
    /// What the lines sum to.
    pub lines: (i128, i128),
    /// What is owed after.
    pub closing: (i64, i64),
}

impl MonthAccount {
    /// Builds a month from both balances and what lies between; lines are numbered from 1.
    pub fn try_new(opening: Owed, lines: Vec<Line>, payouts: Vec<PayoutNote>, closing: Owed) -> Result<Self, DoesNotAddUp> {
        let mut lines = lines;
        for (number, line) in (1..).zip(&mut lines) {
            line.number = number;
        }
        let sum = |of: fn(&Line) -> i64| lines.iter().map(|line| i128::from(of(line))).sum::<i128>();
        let (total, held) = (sum(|line| line.amount), sum(|line| line.held));
        if i128::from(opening.total) + total != i128::from(closing.total) || i128::from(opening.held) + held != i128::from(closing.held) {
            return Err(DoesNotAddUp {
                opening: (opening.total, opening.held),
                lines: (total, held),
                closing: (closing.total, closing.held),
            });
        }
        let (totals, days) = (totals(&lines), days(&lines));
        Ok(Self(Told { opening, lines, totals, days, payouts, closing }))
    }

    /// What was owed when the month began.
    pub const fn opening(&self) -> Owed {
        self.0.opening
    }

    /// What is owed when it ends.
    pub const fn closing(&self) -> Owed {
        self.0.closing
    }

    /// Every movement, in order.
    pub fn lines(&self) -> &[Line] {
        &self.0.lines
    }

    /// Sums by kind, in the order of [`Kind::ALL`]; kinds that do not occur are left out.
    pub fn totals(&self) -> &[Total] {
        &self.0.totals
    }

    /// What each day brought, by day; days without a line are left out.
    pub fn days(&self) -> &[Day] {
        &self.0.days
    }

    /// Where money that was paid out went.
    pub fn payouts(&self) -> &[PayoutNote] {
        &self.0.payouts
    }
}

impl TryFrom<Told> for MonthAccount {
    type Error = DoesNotAddUp;

    fn try_from(told: Told) -> Result<Self, DoesNotAddUp> {
        Self::try_new(told.opening, told.lines, told.payouts, told.closing)
    }
}

impl From<MonthAccount> for Told {
    fn from(account: MonthAccount) -> Self {
        account.0
    }
}

// Sums of lines fit: the whole sum was compared with two balances that do, and a part only exceeds it by other parts,
// each of which is an entry of the books.
fn totals(lines: &[Line]) -> Vec<Total> {
    let of = |kind| lines.iter().filter(move |line| line.kind == kind);
    Kind::ALL
        .into_iter()
        .filter(|kind| of(*kind).next().is_some())
        .map(|kind| Total { kind, lines: of(kind).count(), amount: of(kind).fold(0, |sum, line| line.amount.saturating_add(sum)) })
        .collect()
}

fn days(lines: &[Line]) -> Vec<Day> {
    let mut by_day: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for line in lines.iter().filter(|line| !line.kind.is_payout()) {
        let earned = by_day.entry(line.on).or_default();
        *earned = earned.saturating_add(line.amount);
    }
    by_day.into_iter().map(|(on, earned)| Day { on, earned }).collect()
}

#[cfg(test)]
mod tests;
