//! Everything that statements are made of, in a handful of statements for any number of parties.

mod facts;
mod money;

#[cfg(test)]
pub(crate) use facts::RefundFact;
pub(crate) use facts::{Facts, LineFact, SaleFact, VersionFact, facts, patronage_of, payout_of};
pub(crate) use money::{Movement, Span, moved_parties, movements, owed_before};
