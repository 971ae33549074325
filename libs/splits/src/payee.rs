//! Who an agreement can name. Payees are symbolic so that one agreement serves many sales; the facts of a sale bind them.

use kernel::PartyId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Somebody named in an agreement, bound to a party when a sale is allocated. A venue or an affiliate may be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Payee {
    /// The co-op itself; always bound.
    CoOp,
    /// The venue of the market where the sale was made.
    Venue,
    /// The affiliate whose code the sale carries.
    Affiliate,
    /// One certain party: a member, a pool, a partner.
    Party(PartyId),
}

/// Where a leg goes: a party, the tax account, or the payment processor. Stored with every sale, so written briefly in JSON:
/// a party as its number, the others as `"tax"` and `"processor"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub enum Recipient {
    /// A party's payable (or the co-op's income).
    Party(PartyId),
    /// Tax that the platform remits.
    Tax,
    /// The processor, which keeps its fee.
    Processor,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Party(PartyId),
    Account(Account),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Account {
    Tax,
    Processor,
}

impl From<Written> for Recipient {
    fn from(written: Written) -> Self {
        match written {
            Written::Party(party) => Self::Party(party),
            Written::Account(Account::Tax) => Self::Tax,
            Written::Account(Account::Processor) => Self::Processor,
        }
    }
}

impl From<Recipient> for Written {
    fn from(recipient: Recipient) -> Self {
        match recipient {
            Recipient::Party(party) => Self::Party(party),
            Recipient::Tax => Self::Account(Account::Tax),
            Recipient::Processor => Self::Account(Account::Processor),
        }
    }
}

impl Recipient {
    /// The party, unless it is the tax account or the processor.
    pub const fn party(self) -> Option<PartyId> {
        match self {
            Self::Party(party) => Some(party),
            Self::Tax | Self::Processor => None,
        }
    }
}

/// Who carries a cost. A bearer that is named carries it even below zero; the payees in proportion stop at zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bearer {
    /// Everyone who was paid by the line, in proportion to what they were paid.
    Payees,
    /// The owners of the lots sold, in proportion to what they were paid for them.
    Owners,
    /// One payee.
    Payee(Payee),
}

/// Who carries the processor's fee of a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeeBearer {
    /// It comes off before the following steps, so that all of them carry it.
    OffTheTop,
    /// Everyone who is paid by the line, in proportion to what they are paid.
    Payees,
    /// The owners of the lots sold, in proportion to what they are paid for them.
    Owners,
    /// One payee.
    Payee(Payee),
}

/// Who carries a discount: shares are computed as if the line had been sold at list price, then the bearer pays for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DiscountBearer {
    /// The owners of the lots sold.
    Seller,
    /// The co-op.
    CoOp,
    /// The co-op carries this part, the owners the rest.
    Shared {
        /// The co-op's part of the discount.
        co_op: crate::Rate,
    },
}
