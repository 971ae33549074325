//! A deposit and the balance after it: what is due, when, and what becomes of it when the buyer does not come.
//!
//! ```text
//! due -> paid -> ready -> settled
//!  |       |       +-----> forfeited   the balance was not paid in time: a part of the deposit is kept, the rest goes back
//!  |       +-------------> returned    given up before it was ready: all of it goes back
//!  +---------------------> void        given up before anything was paid
//! ```
//!
//! The money itself moves at the checkout. Here stand the amounts, which are decided once and never by anybody else.

use chrono::{DateTime, Utc};
use kernel::{Currency, Money};
use sea_orm::{DeriveActiveEnum, EnumIter};

use crate::promises::DepositId;

/// All of it, in ten-thousandths.
pub const ALL_BPS: i32 = 10_000;

/// How far a deposit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "deposit_state")]
pub enum DepositState {
    /// To be paid.
    #[sea_orm(string_value = "due")]
    Due,
    /// Paid; the balance is not asked for yet.
    #[sea_orm(string_value = "paid")]
    Paid,
    /// The balance is asked for, by a day.
    #[sea_orm(string_value = "ready")]
    Ready,
    /// The balance is paid.
    #[sea_orm(string_value = "settled")]
    Settled,
    /// The buyer did not come.
    #[sea_orm(string_value = "forfeited")]
    Forfeited,
    /// Given up in time; what was paid goes back.
    #[sea_orm(string_value = "returned")]
    Returned,
    /// Given up before anything was paid.
    #[sea_orm(string_value = "void")]
    Void,
}

/// What is to be paid in two parts. Amounts are minor units of `currency`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// In what.
    pub currency: Currency,
    /// All that is to be paid.
    pub total: i64,
    /// The part that is paid at once, at most the total.
    pub deposit: i64,
    /// How much of the deposit is kept when the buyer does not come, in ten-thousandths.
    pub forfeit_bps: i32,
}

/// A deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// Its number.
    pub id: DepositId,
    /// What was agreed.
    pub terms: Terms,
    /// How far it has come.
    pub state: DepositState,
    /// By when the balance is to be paid, once it is asked for.
    pub balance_due_at: Option<DateTime<Utc>>,
    /// What is kept of it.
    pub kept: i64,
    /// What goes back of it.
    pub back: i64,
}

/// It cannot become that from what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a deposit that is {} cannot be {wanted}", name(*.state))]
pub struct NotNow {
    /// What it is.
    pub state: DepositState,
    /// What it was to become.
    pub wanted: &'static str,
}

const fn name(state: DepositState) -> &'static str {
    match state {
        DepositState::Due => "due",
        DepositState::Paid => "paid",
        DepositState::Ready => "waiting for its balance",
        DepositState::Settled => "settled",
        DepositState::Forfeited => "forfeited",
        DepositState::Returned => "returned",
        DepositState::Void => "void",
    }
}

impl Terms {
    /// What is left to pay after the deposit.
    pub const fn balance(&self) -> i64 {
        self.total - self.deposit
    }

    /// What is kept of the deposit when the buyer does not come: its part in ten-thousandths, rounded down for the buyer.
    pub fn forfeit(&self) -> i64 {
        let kept = i128::from(self.deposit) * i128::from(self.forfeit_bps) / i128::from(ALL_BPS);
        i64::try_from(kept).expect("a part is no larger than the whole")
    }
}

impl Deposit {
    /// Nothing paid yet; where nothing is asked for at once, as good as paid.
    pub fn new(id: DepositId, terms: Terms) -> Self {
        let state = if terms.deposit == 0 { DepositState::Paid } else { DepositState::Due };
        Self { id, terms, state, balance_due_at: None, kept: 0, back: 0 }
    }

    /// What the buyer has to pay now.
    pub fn due(&self) -> Money {
        let minor = match self.state {
            DepositState::Due => self.terms.deposit,
            DepositState::Ready => self.terms.balance(),
            DepositState::Paid | DepositState::Settled | DepositState::Forfeited | DepositState::Returned | DepositState::Void => 0,
        };
        Money::new(minor, self.terms.currency)
    }

    /// What the buyer has paid so far.
    pub const fn paid(&self) -> i64 {
        match self.state {
            DepositState::Due | DepositState::Void => 0,
            DepositState::Paid | DepositState::Ready | DepositState::Forfeited | DepositState::Returned => self.terms.deposit,
            DepositState::Settled => self.terms.total,
        }
    }

    /// The deposit is paid. Again: the same.
    pub fn pay(self) -> Result<Self, NotNow> {
        match self.state {
            DepositState::Due => Ok(Self { state: DepositState::Paid, ..self }),
            DepositState::Paid | DepositState::Ready | DepositState::Settled => Ok(self),
            state @ (DepositState::Forfeited | DepositState::Returned | DepositState::Void) => Err(NotNow { state, wanted: "paid" }),
        }
    }

    /// What it is for is ready: the balance is asked for by a day.
    pub fn ask_balance(self, by: DateTime<Utc>) -> Result<Self, NotNow> {
        match self.state {
            DepositState::Paid => Ok(Self { state: DepositState::Ready, balance_due_at: Some(by), ..self }),
            DepositState::Ready | DepositState::Settled => Ok(self),
            state @ (DepositState::Due | DepositState::Forfeited | DepositState::Returned | DepositState::Void) => {
                Err(NotNow { state, wanted: "asked for its balance" })
            }
        }
    }

    /// The balance is paid. Again: the same.
    pub fn settle(self) -> Result<Self, NotNow> {
        match self.state {
            DepositState::Ready => Ok(Self { state: DepositState::Settled, ..self }),
            DepositState::Settled => Ok(self),
            state @ (DepositState::Due | DepositState::Paid | DepositState::Forfeited | DepositState::Returned | DepositState::Void) => {
                Err(NotNow { state, wanted: "settled" })
            }
        }
    }

    /// The buyer did not come, or did not pay the balance in time: a part is kept, the rest goes back.
    pub fn no_show(self) -> Result<Self, NotNow> {
        match self.state {
            DepositState::Paid | DepositState::Ready => {
                let kept = self.terms.forfeit();
                Ok(Self { state: DepositState::Forfeited, kept, back: self.terms.deposit - kept, ..self })
            }
            DepositState::Due => Ok(Self { state: DepositState::Void, ..self }),
            DepositState::Forfeited | DepositState::Void => Ok(self),
            state @ (DepositState::Settled | DepositState::Returned) => Err(NotNow { state, wanted: "forfeited" }),
        }
    }

    /// Given up: before it is ready all of it goes back; when it is ready, goods were held for it and it counts as not coming.
    pub fn give_up(self) -> Result<Self, NotNow> {
        match self.state {
            DepositState::Due => Ok(Self { state: DepositState::Void, ..self }),
            DepositState::Paid => Ok(Self { state: DepositState::Returned, back: self.terms.deposit, ..self }),
            DepositState::Ready => self.no_show(),
            DepositState::Forfeited | DepositState::Returned | DepositState::Void => Ok(self),
            state @ DepositState::Settled => Err(NotNow { state, wanted: "given up" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn deposit(total: i64, deposit: i64, forfeit_bps: i32) -> Deposit {
        Deposit::new(DepositId(Uuid::nil()), Terms { currency: "EUR".parse().unwrap(), total, deposit, forfeit_bps })
    }

    #[test]
    fn b13_a_deposit_is_due_now_and_the_balance_when_it_is_ready() {
        let by = Utc.with_ymd_and_hms(2026, 12, 1, 0, 0, 0).unwrap();
        let due = deposit(10_000, 2_500, 5_000);
        assert_eq!((due.due().minor, due.paid()), (2_500, 0));
        assert!(due.settle().is_err() && due.ask_balance(by).is_err());
        let paid = due.pay().unwrap();
        assert_eq!((paid.due().minor, paid.paid()), (0, 2_500));
        let ready = paid.ask_balance(by).unwrap();
        assert_eq!((ready.due().minor, ready.balance_due_at), (7_500, Some(by)));
        let settled = ready.settle().unwrap();
        assert_eq!((settled.due().minor, settled.paid()), (0, 10_000));
        assert!(settled.no_show().is_err() && settled.give_up().is_err());
    }

    #[test]
    fn b13_who_does_not_come_loses_the_agreed_part_and_who_gives_up_in_time_nothing() {
        let paid = deposit(10_000, 2_501, 5_000).pay().unwrap();
        let forfeited = paid.no_show().unwrap();
        assert_eq!((forfeited.kept, forfeited.back, forfeited.state), (1_250, 1_251, DepositState::Forfeited));
        assert_eq!(forfeited.no_show(), Ok(forfeited), "twice is once");
        let returned = paid.give_up().unwrap();
        assert_eq!((returned.kept, returned.back, returned.state), (0, 2_501, DepositState::Returned));
        assert_eq!(deposit(10_000, 2_501, 5_000).give_up().unwrap().state, DepositState::Void);
    }

    proptest! {
        #[test]
        fn b13_what_is_kept_and_what_goes_back_is_what_was_paid(
            total in 0..i64::MAX, part in 0.0..1.0_f64, bps in 0..=ALL_BPS, ends in prop::collection::vec(0..5_u8, 0..8),
        ) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any part will do")]
            let first = ((total as f64 * part) as i64).clamp(0, total);
            let mut now = deposit(total, first, bps);
            let by = Utc.with_ymd_and_hms(2026, 12, 1, 0, 0, 0).unwrap();
            for end in ends {
                let next = match end {
                    0 => now.pay(),
                    1 => now.ask_balance(by),
                    2 => now.settle(),
                    3 => now.no_show(),
                    _ => now.give_up(),
                };
                now = next.unwrap_or(now);
                prop_assert!(now.kept >= 0 && now.back >= 0);
                let is_over = matches!(now.state, DepositState::Forfeited | DepositState::Returned);
                prop_assert_eq!(now.kept + now.back, if is_over { now.paid() } else { 0 });
                prop_assert!(now.paid() + now.due().minor <= total);
            }
        }
    }
}
