//! Co-ops, the people who belong to them, and the parties that money can belong to.
//!
//! A co-op is founded with its own party, the party its taxes are owed to, and its first roles. People are global; a
//! membership ties a person to a co-op, with a role and, for makers, the party that is paid. What a member may do is what
//! their role says, and [`standing`] tells it at the door.
//!
//! | room | holds |
//! |---|---|
//! | `coops` | founding, the directory |
//! | `parties` | whoever a split can pay, and their accounts at Stripe |
//! | `roles` | named sets of permissions, each co-op's own |
//! | `members` | who belongs to which co-op, and as what |

mod coops;
mod entity;
mod error;
mod identity;
mod members;
mod parties;
mod roles;

pub use coops::{Coop, NewCoop, coop, coops, find_coop, found};
pub use entity::{coop::CoopStatus, membership::MembershipStatus, party::PartyKind};
pub use error::IdentityError;
pub use identity::Identity;
pub use members::{Membership, Standing, add_member, add_person, memberships_of, persons, standing};
pub use parties::{NewParty, Party, PayoutAccount, add_parties, connect_account, parties, update_account};
pub use roles::{BuiltIn, MAX_ROLES, NewRole, Role, RoleId};
