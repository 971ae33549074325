//! What is known of one sale line when it is allocated.

use chrono::{DateTime, Utc};
use kernel::{Currency, PartyId};
use serde::{Deserialize, Serialize};

use crate::{AllocateError, MAX_MINOR, MAX_QUANTITY, Payee};

/// The facts of one sale line. Amounts are minor units of `currency`, none negative, none above [`MAX_MINOR`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The currency of the sale.
    pub currency: Currency,
    /// What the buyer paid for the line: tax included, discount taken off.
    pub gross: i64,
    /// The tax within `gross`.
    #[serde(default)]
    pub tax: i64,
    /// Who remits the tax.
    #[serde(default)]
    pub tax_remitter: Remitter,
    /// This line's part of the processor's fee.
    #[serde(default)]
    pub processor_fee: i64,
    /// What was taken off the list price of the line, tax included.
    #[serde(default)]
    pub discount: i64,
    /// Units sold.
    pub quantity: i64,
    /// When it was sold.
    pub sold_at: DateTime<Utc>,
    /// Whose lots were sold; their quantities sum to `quantity`. Empty only where no step needs an owner.
    #[serde(default)]
    pub owners: Vec<Owner>,
    /// Who the symbolic payees are.
    pub bindings: Bindings,
    /// Where the line stands in its sale; `None` when it is the whole sale.
    #[serde(default)]
    pub sale: Option<SalePart>,
    /// What the base of each payee with tiers by amount has come to before this line; 0 for those not listed.
    #[serde(default)]
    pub so_far: Vec<SoFar>,
    /// The advances that are outstanding; those not listed are paid back.
    #[serde(default)]
    pub advances: Vec<Advance>,
}

/// Who hands the tax to the authority.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remitter {
    /// The owners of the lots sold.
    #[default]
    Seller,
    /// The platform, through its tax account.
    Platform,
}

/// Somebody's units in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Owner {
    /// Who owns them.
    pub party: PartyId,
    /// The terms of their lot.
    #[serde(default)]
    pub terms: Terms,
    /// How many.
    pub quantity: i64,
}

/// The terms under which a lot was handed to the pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Terms {
    /// The owner takes a share by quantity.
    #[default]
    Share,
    /// The owner gets this per unit, in minor units, out of that share; the difference stays with the co-op.
    FixedPrice(i64),
}

/// Who the symbolic payees are in this sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bindings {
    /// The co-op's own party.
    pub co_op: PartyId,
    /// The venue, when the sale was made at one.
    #[serde(default)]
    pub venue: Option<PartyId>,
    /// The affiliate, when the sale carries a code.
    #[serde(default)]
    pub affiliate: Option<PartyId>,
}

impl Bindings {
    /// The party behind a payee; `None` when it has no part in this sale.
    pub const fn resolve(&self, payee: Payee) -> Option<PartyId> {
        match payee {
            Payee::CoOp => Some(self.co_op),
            Payee::Venue => self.venue,
            Payee::Affiliate => self.affiliate,
            Payee::Party(party) => Some(party),
        }
    }
}

/// Where a line stands in its sale, so that an amount per sale can be spread over the lines without looking at them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalePart {
    /// The gross of the lines before this one.
    pub before: i64,
    /// The gross of all lines.
    pub total: i64,
}

/// What a payee's base has come to before this line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoFar {
    /// The payee of the tiers.
    pub party: PartyId,
    /// Minor units.
    pub amount: i64,
}

/// What is left of an advance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advance {
    /// Its name in the agreement.
    pub name: String,
    /// Minor units still to be paid back.
    pub outstanding: i64,
}

impl Facts {
    /// A line paid in full at list price, without tax or fee, of no owner: the starting point that callers fill in.
    pub const fn of(currency: Currency, gross: i64, quantity: i64, sold_at: DateTime<Utc>, co_op: PartyId) -> Self {
        Self {
            currency,
            gross,
            tax: 0,
            tax_remitter: Remitter::Seller,
            processor_fee: 0,
            discount: 0,
            quantity,
            sold_at,
            owners: Vec::new(),
            bindings: Bindings { co_op, venue: None, affiliate: None },
            sale: None,
            so_far: Vec::new(),
            advances: Vec::new(),
        }
    }

    /// Refuses facts that cannot be of a sale.
    pub(crate) fn check(&self) -> Result<(), AllocateError> {
        let part = self.sale.unwrap_or(SalePart { before: 0, total: self.gross });
        let amounts = [
            ("gross", self.gross),
            ("tax", self.tax),
            ("processor fee", self.processor_fee),
            ("discount", self.discount),
            ("gross of the lines before", part.before),
            ("gross of the sale", part.total),
        ];
        let so_far = self.so_far.iter().map(|so_far| ("amount so far", so_far.amount));
        let advances = self.advances.iter().map(|advance| ("outstanding advance", advance.outstanding));
        for (what, amount) in amounts.into_iter().chain(so_far).chain(advances) {
            within(what, amount, MAX_MINOR)?;
        }
        within("quantity", self.quantity, MAX_QUANTITY)?;
        let mut owned: i64 = 0;
        for owner in &self.owners {
            within("quantity of an owner", owner.quantity, MAX_QUANTITY)?;
            if let Terms::FixedPrice(price) = owner.terms {
                within("fixed price of a lot", price, MAX_MINOR)?;
            }
            owned = owned.saturating_add(owner.quantity);
        }
        if !self.owners.is_empty() && owned != self.quantity {
            return Err(AllocateError::Quantities { line: self.quantity, owned });
        }
        if self.tax > self.gross {
            return Err(AllocateError::TaxAboveGross { tax: self.tax, gross: self.gross });
        }
        if part.before + self.gross > part.total {
            return Err(AllocateError::LineAboveSale { line_end: part.before + self.gross, total: part.total });
        }
        Ok(())
    }
}

const fn within(what: &'static str, value: i64, most: i64) -> Result<(), AllocateError> {
    if value < 0 || value > most { Err(AllocateError::OutOfRange { what, value, most }) } else { Ok(()) }
}
