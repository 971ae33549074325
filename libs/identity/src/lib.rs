//! Co-ops, the people who belong to them, and the parties that money can belong to.
//!
//! A co-op is founded with its own party, the party its taxes are owed to, and its first roles. People are global; a
//! membership ties a person to a co-op, with a role and, for makers, the party that is paid. What a member may do is what
//! their role says, and [`standing`] tells it at the door.
//!
//! | room | holds |
//! |---|---|
//! | `coops` | founding, the directory, settings, suspending, exporting whole, closing |
//! | `parties` | whoever a split can pay, and their accounts at Stripe |
//! | `roles` | named sets of permissions, each co-op's own |
//! | `members` | who belongs to which co-op, and as what |
//! | `invitations` | letters that make somebody a member, once |
//! | `applications` | strangers who ask, and what a co-op wants of them |
//! | `leaving` | the way out, until the last payout |
//!
//! The use cases are methods of [`Identity`]; those that act in a co-op take the actor, and their first line asks whether
//! they may. Letters and exports are jobs of the [`Desk`].

mod applications;
mod coops;
mod desk;
mod entity;
mod error;
mod identity;
mod invitations;
mod leaving;
mod members;
mod parties;
mod roles;
mod words;

pub use applications::{
    Answer, Application, ApplicationId, ApplicationStatus, Checked, DOCUMENT_TYPES, Document, MAX_APPLICATIONS, MAX_DOCUMENT_BYTES,
    MAX_OPEN_APPLICATIONS, MAX_REQUIREMENTS, NewRequirement, OpenDoor, OwnApplication, Requirement, RequirementId, RequirementKind,
    RequirementStatus, Review, StoredDocument, Verdict, applications_of, blocked_reasons, expire_requirements,
};
pub use coops::{
    Coop, CoopChange, EXPORTS_SHOWN, Export, ExportId, Founded, MAX_EXPORT_BYTES, MAX_FOUNDED, MadeExport, MakeExport, NewCoop, Packed,
    coop, coops, find_coop, found, found_by, pack,
};
pub use desk::Desk;
pub use entity::{coop::CoopStatus, membership::MembershipStatus, party::PartyKind};
pub use error::IdentityError;
pub use identity::Identity;
pub use invitations::{
    INVITATION_LASTS, Invitation, InvitationId, InvitationStatus, InvitationToken, Joined, MAX_INVITATIONS, MAX_LETTERS,
    MAX_OPEN_INVITATIONS, NewInvitation, SendInvitation,
};
pub use leaving::{Departure, Open, finish_leaving};
pub use members::{MAX_MEMBERS, Member, MembersAsk, Membership, Standing, add_member, add_person, memberships_of, persons, standing};
pub use parties::{NewParty, Party, PayoutAccount, add_parties, connect_account, parties, parties_after, parties_of, update_account};
pub use roles::{BuiltIn, MAX_ROLES, NewRole, Role, RoleId};
