//! Members: people in co-ops.
//!
//! A person is global and signs in once; a membership ties them to a co-op with a role and, for makers, the party that is
//! paid. [`standing`] is asked at the door for each request, [`memberships_of`] by somebody who chooses a co-op.

mod change;
mod member;
mod people;
mod standing;

pub(crate) use change::{changeable, set_status};
pub use member::{MAX_MEMBERS, Member, MembersAsk};
pub(crate) use member::{find, lock, member};
pub(crate) use people::person;
pub use people::{add_member, add_person, persons};
pub use standing::{Membership, Standing, memberships_of, standing};
