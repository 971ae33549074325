//! Second factors: codes of an authenticator app, recovery codes, passkeys.

mod ceremony;
mod challenge;
mod enrol;
mod passkeys;
mod recovery;
mod totp;

pub use ceremony::Ceremony;
pub use challenge::Factor;
pub(crate) use challenge::challenge;
pub use enrol::{Enrolled, Enrolment};
pub(crate) use passkeys::passkeys;
pub use passkeys::{Passkey, PasskeyId};
pub(crate) use recovery::recovery_codes_left;
