//! The frozen document: a party's account of one month, as it is hashed, stored, printed and mailed.

use chrono::NaiveDate;
use kernel::{Currency, Month, PartyId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Line, MonthAccount};

/// The shape of this version's documents. A reader of files can tell by it what to expect.
pub const FORMAT: u16 = 1;

/// A statement. Its canonical form is compact JSON with the fields in the order written here; its hash is the SHA-256 of
/// those bytes, so `sha256sum` of the JSON file is the hash that stands on the PDF.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// [`FORMAT`].
    pub format: u16,
    /// The same for all revisions of a party's month: `2026-11-0007`.
    pub number: String,
    /// 1 for the first issue; 0 for a preview, which is never stored.
    pub revision: u32,
    /// The issue that this one takes the place of.
    pub replaces: Option<Replaced>,
    /// The day of issue, in the co-op's time zone.
    pub issued_on: NaiveDate,
    /// The co-op.
    pub co_op: CoopHead,
    /// Whose account it is.
    pub party: PartyHead,
    /// Which month.
    pub month: Month,
    /// The currency of every amount; amounts are its minor units.
    pub currency: Currency,
    /// Opening, lines, closing.
    pub account: MonthAccount,
}

/// The co-op as it stands on paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoopHead {
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// The party as it stands on paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyHead {
    /// Its number.
    pub id: PartyId,
    /// Its short name.
    pub handle: String,
    /// Its name.
    pub name: String,
}

/// An earlier revision that no longer counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// Its revision.
    pub revision: u32,
    /// The day it was issued.
    pub issued_on: NaiveDate,
    /// Its hash, in hexadecimal digits.
    pub hash: String,
}

/// A document in its canonical form, with its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The document.
    pub document: Document,
    /// Its canonical form.
    pub json: String,
    /// The SHA-256 of that.
    pub hash: [u8; 32],
}

impl Document {
    /// Writes it down and takes its hash.
    pub fn seal(self) -> Sealed {
        let json = serde_json::to_string(&self).expect("a document is made of numbers, texts and lists");
        Sealed { hash: Sha256::digest(json.as_bytes()).into(), json, document: self }
    }

    /// Whether both say the same of the month. The head is set apart; so are the wording of the arithmetic, which may
    /// improve with the program, and how far payouts have come since: neither is a reason to issue a statement again.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let told = |line: &Line| Line { arithmetic: None, ..line.clone() };
        let (ours, theirs) = (&self.account, &other.account);
        (&self.co_op, &self.party, self.month, self.currency) == (&other.co_op, &other.party, other.month, other.currency)
            && (ours.opening(), ours.closing()) == (theirs.opening(), theirs.closing())
            && ours.lines().iter().map(told).eq(theirs.lines().iter().map(told))
    }
}

impl Sealed {
    /// The hash in hexadecimal digits.
    pub fn hash_hex(&self) -> String {
        hex::encode(self.hash)
    }
}
