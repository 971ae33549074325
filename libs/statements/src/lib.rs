//! Monthly statements: what the co-op owed a party, every movement with its sale, agreement and arithmetic, what it owes now.
//!
//! [`Statements::close`] settles a month's minimum guarantees, closes its books and issues a statement for every party that
//! was owed something or whose account moved. A statement is a [`Document`] in canonical JSON with its SHA-256; once stored
//! it never changes. Issuing again is the same statement while it says the same, and the next revision when it does not.
//! Its PDF, CSV and JSON are stored and mailed by jobs ([`Desk`]).
//!
//! | rule | held by |
//! |---|---|
//! | opening + lines = closing, in all and in what is held | [`MonthAccount`], which cannot be built otherwise; the balances come from `period_balance`, the lines from entries |
//! | one number for all revisions, no gaps in a month | a row of `number_series`, locked until its statements are committed |
//! | issued once | a unique key on party, month, currency and revision |
//! | mailed once | a note after the letter, and the same message id each time |
//!
//! [`Statements::explain_sale`] and [`Statements::explain_line`] answer "why did I get 7.31?" from what was stored when the
//! sale was settled; nothing is worked out again. [`Statements::patronage`] shares a surplus among the members.

mod account;
mod assemble;
mod close;
mod desk;
mod document;
mod error;
mod explain;
mod freeze;
mod gather;
mod guarantees;

mod line;
mod outputs;
mod pages;
mod patronage;
mod repo;
mod service;

pub use account::{Day, DoesNotAddUp, MonthAccount, Owed, PayoutNote, Total};
pub use close::Closed;
pub use desk::{Desk, MailStatement, RenderStatement};
pub use document::{CoopHead, Document, FORMAT, PartyHead, Replaced, Sealed};
pub use error::{PatronageFault, StatementsError};
pub use explain::{
    AgreementUsed, DisputeExplained, LegExplained, LineExplained, Named, PartExplained, PostingExplained, RefundExplained, SaleExplained,
    SaleLineExplained, ShareExplained, Sharing, StepExplained, StripeIds, TransferExplained,
};
pub use freeze::{Frozen, IssuedNow};
pub use guarantees::GuaranteeOutcome;
pub use line::{Kind, Line, SaleRef};
pub use outputs::{CSV_COLUMNS, FileKind, csv, key, pdf};
pub use pages::{StatementFilter, StatementHead, documents_of, statements_of, statements_page};
pub use patronage::{Metric, Patronage, PatronageOrder, PatronageShare, share_surplus};
pub use repo::{Issued, StatementId, Summary};
pub use service::Statements;
