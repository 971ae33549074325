//! The books: what the types and the database refuse, what may arrive twice, what verification finds.

mod exactly_once;
mod model;
mod refused;
mod tamper;

use ::ledger::{Account, AccountKind, Accounts, Posted, Posting, PostingHead};
use kernel::CoopId;
use test_support::TestDb;

use crate::world::november;

/// A posting in euros with these legs.
fn posting(coop: CoopId, source: &str, legs: &[(Account, i64)]) -> Posting {
    Posting::try_new(head(coop, source), legs.iter().copied()).unwrap().unwrap()
}

fn head(coop: CoopId, source: &str) -> PostingHead {
    PostingHead {
        coop,
        kind: "test",
        source: source.to_owned(),
        currency: "EUR".parse().unwrap(),
        effective_at: november(3),
        available_at: november(3),
        sale: None,
        reverses: None,
        exchange: None,
    }
}

/// From the clearing account to a party.
fn to_party(coop: CoopId, source: &str, party: kernel::PartyId, amount: i64) -> Posting {
    posting(coop, source, &[(Account::own(AccountKind::Clearing), amount), (Account::of(AccountKind::MemberPayable, party), -amount)])
}

async fn post(db: &TestDb, accounts: &Accounts, coop: CoopId, postings: &[Posting]) -> Posted {
    crate::world::in_coop(db, coop, async |tx| ::ledger::post(tx, accounts, postings).await.unwrap()).await
}
