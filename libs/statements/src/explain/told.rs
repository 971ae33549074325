//! What an explanation tells.

use chrono::{DateTime, Utc};
use kernel::{AgreementVersionId, Currency, PartyId, SaleId};
use serde::Serialize;
use splits::{Layer, Note, Purpose, Recipient};

use crate::Line;

/// A sale with each cent's way. Amounts are minor units: those of lines in `currency`, those of shares in theirs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SaleExplained {
    /// Its number.
    pub sale: SaleId,
    /// Its name in the system it came from.
    pub reference: Option<String>,
    /// `web`, `till`, `stream` or `subscription`.
    pub channel: String,
    /// `stripe`, `cash` or `outside`.
    pub payment: String,
    /// `placed`, `paid` or `settled`.
    pub status: String,
    /// When it was sold.
    pub sold_at: DateTime<Utc>,
    /// The currency the buyer paid in.
    pub currency: Currency,
    /// What the buyer paid.
    pub gross: i64,
    /// The processor's fee, once known, in the currency of the shares.
    pub fee: Option<i64>,
    /// Units of the shares' currency per unit of `currency`, when money changed currency.
    pub exchange_rate: Option<String>,
    /// Its lines.
    pub lines: Vec<SaleLineExplained>,
    /// Everything that was posted for it, in the order of the books.
    pub postings: Vec<PostingExplained>,
    /// What Stripe calls what belongs to it.
    pub stripe: StripeIds,
}

/// A line of a sale.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SaleLineExplained {
    /// Its number, from 1.
    pub line: i16,
    /// What was sold.
    pub sku: String,
    /// In words.
    pub description: String,
    /// Units.
    pub quantity: i32,
    /// What the buyer paid for it.
    pub amount: i64,
    /// The tax inside.
    pub tax: i64,
    /// What was taken off the list price.
    pub discount: i64,
    /// The agreement versions it was sold under, outermost first.
    pub agreements: Vec<AgreementUsed>,
    /// How it was shared out; `None` while it is not settled.
    pub sharing: Option<Sharing>,
}

/// An agreement's version, and who adopted it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgreementUsed {
    /// What the sale pins.
    pub version: AgreementVersionId,
    /// Where it lay among the others.
    pub layer: Layer,
    /// The agreement.
    pub name: String,
    /// 1, 2, 3 …
    pub number: i32,
    /// The vote or the person that adopted it.
    pub adopted_by: Option<String>,
    /// From when sales were made under it.
    pub effective_from: DateTime<Utc>,
}

/// Who got what of a line, and by which steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sharing {
    /// The currency of its amounts.
    pub currency: Currency,
    /// What was shared: the shares sum to it.
    pub gross: i64,
    /// Who got what.
    pub shares: Vec<ShareExplained>,
    /// Every step, in order.
    pub steps: Vec<StepExplained>,
}

/// A part of a line for one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShareExplained {
    /// Who.
    pub to: Named,
    /// What for.
    pub purpose: Purpose,
    /// How much.
    pub amount: i64,
}

/// A recipient by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Who.
    pub recipient: Recipient,
    /// The party's name; `tax` or `processor` otherwise.
    pub name: String,
}

/// A step of an agreement at work.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepExplained {
    /// Where the step's agreement lay.
    pub layer: Layer,
    /// Its number in that agreement; 0 for a rule without a number.
    pub number: u16,
    /// The step as people read it.
    pub rule: String,
    /// What it was applied to.
    pub base: i64,
    /// What it gave in all.
    pub result: i64,
    /// Who got it.
    pub parts: Vec<PartExplained>,
    /// Millionths of a minor unit that rounding added to the result (negative: took off); 0 when it was exact.
    pub rounding_millionths: i32,
    /// What else happened.
    pub notes: Vec<Note>,
    /// All of it as a sentence.
    pub sentence: String,
}

/// A recipient's part of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartExplained {
    /// Who.
    pub to: Named,
    /// How much, the rounding unit included.
    pub amount: i64,
    /// The rounding unit: 1 when the largest remainder gave this part one unit more, else 0.
    pub rounding: i64,
}

/// A posting with its legs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PostingExplained {
    /// Its number in the books.
    pub posting: i64,
    /// What kind of event it books.
    pub kind: String,
    /// What caused it.
    pub source: String,
    /// When it happened.
    pub effective_at: DateTime<Utc>,
    /// From when its credits may be paid out.
    pub available_at: DateTime<Utc>,
    /// The currency of its legs.
    pub currency: Currency,
    /// Its legs, which sum to zero.
    pub legs: Vec<LegExplained>,
}

/// A leg of a posting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LegExplained {
    /// The account's kind.
    pub account: String,
    /// Whose account; `None` for the co-op's own.
    pub party: Option<PartyId>,
    /// The party's name.
    pub name: Option<String>,
    /// Debit positive, credit negative.
    pub amount: i64,
}

/// What Stripe calls what belongs to a sale.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StripeIds {
    /// `pi_…`
    pub payment_intent: Option<String>,
    /// `ch_…`
    pub charge: Option<String>,
    /// `txn_…` of the charge.
    pub balance_transaction: Option<String>,
    /// Refunds.
    pub refunds: Vec<RefundExplained>,
    /// Disputes.
    pub disputes: Vec<DisputeExplained>,
    /// For each party that was paid by the sale, the first transfer after it.
    pub transfers: Vec<TransferExplained>,
}

/// A refund of a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefundExplained {
    /// `re_…`, or the caller's own.
    pub id: String,
    /// What went back, in the sale's currency.
    pub amount: i64,
    /// How far it came.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
}

/// A dispute over a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DisputeExplained {
    /// `dp_…` or `du_…`.
    pub id: String,
    /// What is disputed, in the sale's currency.
    pub amount: i64,
    /// How it stands.
    pub status: String,
    /// The bank's reason.
    pub reason: Option<String>,
    /// Its balance transactions.
    pub balance_transactions: Vec<String>,
}

/// The first payout to a party that the sale could be part of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TransferExplained {
    /// To whom.
    pub party: PartyId,
    /// The payout.
    pub payout: String,
    /// `tr_…`, once there is one.
    pub transfer: Option<String>,
    /// The whole payout, in the currency of the shares.
    pub amount: i64,
    /// How far it came.
    pub status: String,
}

/// A line of a statement with all that is behind it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LineExplained {
    /// The statement.
    pub number: String,
    /// Its revision.
    pub revision: u32,
    /// Its hash, in hexadecimal digits.
    pub hash: String,
    /// The currency of the line.
    pub currency: Currency,
    /// The line as it was issued.
    pub line: Line,
    /// The posting behind it.
    pub posting: Option<PostingExplained>,
    /// The sale behind it.
    pub sale: Option<SaleExplained>,
}
