//! Parties: anyone a split can pay.

mod accounts;
mod add;
mod party;
mod read;

pub use accounts::{connect_account, update_account};
pub use add::add_parties;
pub(crate) use add::free_handle;
pub use party::{NewParty, Party, PayoutAccount};
pub use read::{parties, parties_after, parties_of};
