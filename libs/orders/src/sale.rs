//! A sale and what is known of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::{CoopId, Currency, PartyId, SaleId};
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use splits::{Allocation, Owner};

use crate::{Dispute, OrdersError, Refund, TermsId};

/// Where it was sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "sale_channel")]
pub enum Channel {
    /// The co-op's shop front.
    #[sea_orm(string_value = "web")]
    Web,
    /// A till at a stall.
    #[sea_orm(string_value = "till")]
    Till,
    /// A live stream.
    #[sea_orm(string_value = "stream")]
    Stream,
    /// A subscription's delivery.
    #[sea_orm(string_value = "subscription")]
    Subscription,
}

impl Channel {
    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Till => "till",
            Self::Stream => "stream",
            Self::Subscription => "subscription",
        }
    }
}

/// How it was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "sale_payment")]
pub enum Payment {
    /// Through Stripe: webhooks settle it.
    #[sea_orm(string_value = "stripe")]
    Stripe,
    /// Into a drawer.
    #[sea_orm(string_value = "cash")]
    Cash,
    /// Elsewhere, and the co-op has the money.
    #[sea_orm(string_value = "outside")]
    Outside,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "sale_status")]
pub enum SaleStatus {
    /// Agreed, not paid.
    #[sea_orm(string_value = "placed")]
    Placed,
    /// Paid; the processor's fee is not known yet.
    #[sea_orm(string_value = "paid")]
    Paid,
    /// Shared out.
    #[sea_orm(string_value = "settled")]
    Settled,
}

/// One line of a sale. Amounts are minor units of the sale's currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1.
    pub number: i16,
    /// What was sold.
    pub sku: String,
    /// In words.
    pub description: String,
    /// Units.
    pub quantity: i32,
    /// Paid for it: tax inside, discount taken off.
    pub amount: i64,
    /// The tax inside.
    pub tax: i64,
    /// What was taken off the list price.
    pub discount: i64,
    /// The agreement versions that it was sold under.
    pub terms: TermsId,
    /// Whose lots were sold.
    pub owners: Vec<Owner>,
}

/// What the processor's balance transaction says about a payment. Known once and for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeKnown {
    /// The balance transaction, `txn_…`.
    pub balance_transaction: String,
    /// The gross, in the currency of the balance.
    pub gross: i64,
    /// The processor's fee, in the currency of the balance.
    pub fee: i64,
    /// The currency of the balance.
    pub currency: Currency,
    /// The rate, when the buyer paid in another currency.
    pub exchange_rate: Option<String>,
    /// When the balance moved.
    pub at: DateTime<Utc>,
    /// From when the money may leave.
    pub available_at: DateTime<Utc>,
}

/// A sale with its lines, refunds, disputes and allocations.
#[derive(Clone, Debug)]
pub struct Sale {
    /// The tenant.
    pub coop: CoopId,
    /// Its number.
    pub id: SaleId,
    /// Where it was sold.
    pub channel: Channel,
    /// How it is paid.
    pub payment: Payment,
    /// How far it has come.
    pub status: SaleStatus,
    /// Its name in the system it came from.
    pub reference: Option<String>,
    /// The currency the buyer pays in.
    pub currency: Currency,
    /// What the buyer pays.
    pub gross: i64,
    /// When it was sold.
    pub sold_at: DateTime<Utc>,
    /// The venue, when it was sold at one.
    pub venue: Option<PartyId>,
    /// The affiliate, when it carries a code.
    pub affiliate: Option<PartyId>,
    /// The Stripe charge, once known.
    pub charge: Option<String>,
    /// In the books as paid.
    pub paid: i64,
    /// In the books as settled.
    pub fee: Option<FeeKnown>,
    /// In the books as given back.
    pub refunded: i64,
    /// How much of each line that is; sums to `refunded`.
    pub returned: BTreeMap<i16, i64>,
    /// The lines, by number.
    pub lines: Vec<Line>,
    /// Refunds seen so far.
    pub refunds: BTreeMap<String, Refund>,
    /// Disputes seen so far.
    pub disputes: BTreeMap<String, Dispute>,
    /// What each line gave to whom, once settled.
    pub allocations: BTreeMap<i16, Allocation>,
    pub(crate) seen: Seen,
}

/// What was seen and is not booked yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) paid: bool,
    pub(crate) fee: Option<FeeKnown>,
    pub(crate) changed: bool,
}

impl Sale {
    /// Whether anything was seen since it was loaded.
    pub const fn is_changed(&self) -> bool {
        self.seen.changed
    }

    /// The buyer's money arrived: `amount` in `currency`, in full.
    pub fn saw_payment(&mut self, amount: i64, currency: &str, charge: Option<&str>) -> Result<(), OrdersError> {
        if amount != self.gross || !currency.eq_ignore_ascii_case(self.currency.code()) {
            return Err(OrdersError::PaidOther {
                sale: self.id,
                gross: self.gross,
                currency: self.currency,
                paid: amount,
                paid_in: currency.to_owned(),
            });
        }
        if self.charge.is_none() {
            self.charge = charge.map(ToOwned::to_owned);
            self.seen.changed |= self.charge.is_some();
        }
        if self.status == SaleStatus::Placed {
            (self.seen.paid, self.seen.changed) = (true, true);
        }
        Ok(())
    }

    /// The processor's fee became known.
    pub fn saw_fee(&mut self, fee: FeeKnown) {
        if self.fee.is_none() {
            self.seen.fee = Some(fee);
            self.seen.changed = true;
        }
    }

    /// A refund was seen, perhaps again, perhaps in an older state than before.
    pub fn saw_refund(&mut self, refund: Refund) {
        self.seen.changed |= match self.refunds.get_mut(&refund.id) {
            Some(known) => known.merge(&refund),
            None => self.refunds.insert(refund.id.clone(), refund).is_none(),
        };
    }

    /// A dispute was seen, perhaps again, perhaps in an older state than before.
    pub fn saw_dispute(&mut self, dispute: Dispute) {
        self.seen.changed |= match self.disputes.get_mut(&dispute.id) {
            Some(known) => known.merge(dispute),
            None => self.disputes.insert(dispute.id.clone(), dispute).is_none(),
        };
    }
}
