//! Parties: anyone a split can pay.

mod accounts;
mod add;
mod party;

pub use accounts::{connect_account, update_account};
pub(crate) use add::free_handle;
pub use add::{add_parties, parties};
pub use party::{NewParty, Party, PayoutAccount};
