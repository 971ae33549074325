//! Co-ops, the people who sign in, and the parties that money can belong to.
//!
//! A co-op is founded with its own party and the party its taxes are owed to. People are global; a membership ties a
//! person to a co-op, with a role and, for makers, the party that is paid.

mod entity;
mod error;
mod party;
mod service;

pub use entity::party::PartyKind;
pub use error::IdentityError;
pub use party::{Party, PayoutAccount};
pub use service::{
    Coop, NewCoop, NewParty, add_member, add_parties, add_person, connect_account, coop, coops, find_coop, found, parties, persons,
    update_account,
};
