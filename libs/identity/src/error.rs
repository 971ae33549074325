//! What can go wrong with co-ops, their people and their parties.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use db::{Sqlstate, sqlstate};
use jobs::JobsError;
use kernel::{Code, Money, PersonId, Refusal};
use mail::MailError;
use sea_orm::DbErr;
use storage::StorageError;

use crate::{ApplicationId, RequirementId, RoleId};

/// Why a co-op, person, role or party was not found, made or changed.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// No co-op goes by that name.
    #[error("there is no co-op {0:?}; `guildhall demo` makes one to look at")]
    NoCoop(String),
    /// Another has the name already.
    #[error("{what} {name:?} exists already; choose another")]
    Taken {
        /// What was to be made.
        what: &'static str,
        /// The name that is taken.
        name: String,
    },
    /// The time zone is not in the IANA database.
    #[error("{0:?} is not a time zone; use an IANA name such as Europe/Amsterdam")]
    TimeZone(String),
    /// The co-op has no such role.
    #[error("there is no role {0}")]
    NoRole(RoleId),
    /// The co-op has no role of that name.
    #[error("there is no role called {0:?}; every co-op has admin, treasurer, organiser and member")]
    NoRoleNamed(String),
    /// A role's name that cannot be one.
    #[error("a role's name has 1 to {0} characters on one line")]
    RoleName(usize),
    /// The co-op has enough roles.
    #[error("a co-op has {0} roles at most; delete one that nobody needs")]
    TooManyRoles(i64),
    /// Somebody has the role, or had it.
    #[error("the role {0:?} belongs to members, to some who left, or to an invitation; give them another first, or rename it")]
    RoleInUse(String),
    /// The admin's role was to be changed.
    #[error("the admin's role holds every permission and stays as it is; define another role beside it")]
    AdminRole,
    /// One of the first roles was to be deleted.
    #[error("the role {0:?} came with the co-op and cannot be deleted; rename it, or give it other permissions")]
    FirstRole(String),
    /// The role holds more than whoever gives it.
    #[error("the role {role:?} holds what you lack: {lacking}; nobody can give what they do not have")]
    NotYoursToGive {
        /// The role.
        role: String,
        /// The permissions that the giver lacks, by name.
        lacking: String,
    },
    /// The co-op would have no admin any more.
    #[error("this is the co-op's last admin; make somebody else an admin first")]
    LastAdmin,
    /// A co-op's name that cannot be one.
    #[error("a co-op's name has 1 to {0} characters on one line")]
    CoopName(usize),
    /// A slug that cannot be one.
    #[error(
        "{slug:?} cannot stand in an address; use 2 to {longest} lower-case letters, digits and hyphens, beginning with a letter or digit"
    )]
    Slug {
        /// What was asked for.
        slug: String,
        /// Its most characters.
        longest: usize,
    },
    /// Another co-op has the slug.
    #[error("another co-op is called {slug:?}; {free:?} is free")]
    SlugTaken {
        /// What was asked for.
        slug: String,
        /// What would be free.
        free: String,
    },
    /// That is no country.
    #[error("{0:?} is no country; use its two letters of ISO 3166, such as NL or US")]
    Country(String),
    /// The person has founded enough.
    #[error("one person may have founded {0} co-ops that are not closed; close one that nobody needs")]
    TooManyFounded(i64),
    /// The time zone was to be changed after the first posting.
    #[error("the books have begun in {0}, and months that are in them would begin at another moment; the time zone stays")]
    BooksHaveBegun(Tz),
    /// The co-op is suspended.
    #[error("the co-op is suspended ({0}); it can be read, and whoever manages it can reinstate it")]
    Suspended(String),
    /// The co-op is closed.
    #[error("the co-op is closed; it can be read, and nothing changes any more")]
    Closed,
    /// A co-op that works was to be closed.
    #[error("suspend the co-op first: nothing may change while its last things are settled")]
    SuspendFirst,
    /// A co-op was to be closed that was not exported.
    #[error("export the co-op first: since it was suspended, no export was finished")]
    ExportFirst,
    /// A co-op was to be closed whose money is not settled.
    #[error("{count} amounts are not settled, the first of them {amount} ({what}); pay or collect them, then close the co-op")]
    StillOpen {
        /// How many.
        count: usize,
        /// What the first is.
        what: String,
        /// How much.
        amount: Money,
    },
    /// The export is larger than a store takes.
    #[error("the export is larger than {0} bytes; whoever runs the house has to make it")]
    ExportTooLarge(usize),
    /// Nobody of that number can sign in.
    #[error("there is no such person")]
    NoPerson,
    /// The co-op has no such member.
    #[error("there is no member {0}")]
    NoMember(PersonId),
    /// The member holds more than whoever wants to change them.
    #[error("{0} may do what you may not; somebody who may do as much has to change that")]
    AboveYou(String),
    /// A member wanted to suspend themselves.
    #[error("you cannot suspend yourself; leave, or ask somebody else")]
    Yourself,
    /// The member is leaving, or has left.
    #[error("{0} is leaving or has left; invite them again when they are gone")]
    Going(String),
    /// They are a member.
    #[error("that person is a member already")]
    MemberAlready,
    /// They are a member who is suspended.
    #[error("the membership is suspended; whoever manages members can reinstate it")]
    MemberSuspended,
    /// They are a member who is leaving.
    #[error("the last membership is not settled yet; try again when its last payout has arrived")]
    MemberLeaving,
    /// No invitation answers to that number, or to that token.
    #[error("there is no such invitation; it may have been taken back, used, or replaced by a later letter")]
    NoInvitation,
    /// The invitation's time is over.
    #[error("the invitation was open until {0}; ask for another letter")]
    InvitationExpired(DateTime<Utc>),
    /// The invitation is accepted or revoked.
    #[error("the invitation is {0} already; invite the address anew")]
    InvitationOver(&'static str),
    /// The address has an invitation that is open.
    #[error("{0} has an open invitation; have another letter sent, or revoke it")]
    InvitedAlready(String),
    /// The co-op has enough open invitations.
    #[error("{0} invitations are open; revoke some, or wait until they are accepted or expire")]
    TooManyInvitations(i64),
    /// Enough letters were sent.
    #[error("{0} letters of this invitation were written already; revoke it and invite the address anew")]
    TooManyLetters(i32),
    /// No co-op of that name takes applications.
    #[error("no co-op called {0:?} takes applications")]
    ClosedDoor(String),
    /// The co-op has no such requirement.
    #[error("there is no requirement {0}")]
    NoRequirement(RequirementId),
    /// A requirement that cannot be one.
    #[error("that is no requirement: {0}")]
    BadRequirement(&'static str),
    /// A requirement's kind was to be changed.
    #[error("what a requirement asks for never changes; retire it and make another")]
    RequirementKind,
    /// The co-op has enough requirements.
    #[error("a co-op has {0} requirements at most; retire one that nobody needs")]
    TooManyRequirements(i64),
    /// What was submitted does not do.
    #[error("that cannot be submitted: {0}")]
    BadAnswer(String),
    /// The terms have changed since they were read.
    #[error("the terms {0:?} are not those that were read; read them again and accept these")]
    OtherTerms(String),
    /// The co-op has no such application.
    #[error("there is no application {0}")]
    NoApplication(ApplicationId),
    /// The application is decided.
    #[error("the application is {0} already")]
    ApplicationOver(&'static str),
    /// The co-op is behind with applications.
    #[error("the co-op has more applications than it can read; try again later")]
    TooManyApplications,
    /// Needed requirements are not met.
    #[error("what is needed is not accepted yet: {0}")]
    NotMet(String),
    /// Somebody wanted to review what they submitted.
    #[error("nobody reviews what they submitted themselves; somebody else has to")]
    OwnReview,
    /// There is nothing to review.
    #[error("nothing was submitted for {0:?} yet")]
    NothingSubmitted(String),
    /// What was submitted has expired.
    #[error("what was submitted for {0:?} has expired; it has to be submitted anew")]
    ReviewTooLate(String),
    /// Something else was submitted since.
    #[error("something else was submitted for {0:?} since you looked; look again")]
    SubmittedSince(String),
    /// Refused for a reason that is a sentence already.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The job queue failed.
    #[error(transparent)]
    Jobs(#[from] JobsError),
    /// The way out for letters failed.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// An export could not be packed.
    #[error("the export cannot be packed")]
    Unpacked(#[source] std::io::Error),
    /// The place for files failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The database failed, or holds what this version does not know.
    #[error("the directory could not be reached")]
    Db(#[from] DbErr),
}

impl IdentityError {
    /// The refusal to tell the one who asked; `None` for a fault.
    pub fn refusal(&self) -> Option<Refusal> {
        let code = match self {
            Self::NoCoop(_)
            | Self::NoRole(_)
            | Self::NoRoleNamed(_)
            | Self::NoPerson
            | Self::NoMember(_)
            | Self::NoInvitation
            | Self::ClosedDoor(_)
            | Self::NoRequirement(_)
            | Self::NoApplication(_) => Code::NotFound,
            Self::Taken { .. }
            | Self::SlugTaken { .. }
            | Self::MemberAlready
            | Self::InvitedAlready(_)
            | Self::InvitationOver(_)
            | Self::ApplicationOver(_)
            | Self::OtherTerms(_)
            | Self::SubmittedSince(_) => Code::Conflict,
            Self::TimeZone(_)
            | Self::RoleName(_)
            | Self::CoopName(_)
            | Self::Slug { .. }
            | Self::Country(_)
            | Self::BadRequirement(_)
            | Self::RequirementKind
            | Self::BadAnswer(_) => Code::InvalidInput,
            Self::NotYoursToGive { .. } | Self::AboveYou(_) | Self::Yourself | Self::OwnReview => Code::Forbidden,
            Self::TooManyFounded(_)
            | Self::TooManyRoles(_)
            | Self::TooManyInvitations(_)
            | Self::TooManyLetters(_)
            | Self::TooManyRequirements(_)
            | Self::TooManyApplications
            | Self::RoleInUse(_)
            | Self::AdminRole
            | Self::FirstRole(_)
            | Self::LastAdmin
            | Self::BooksHaveBegun(_)
            | Self::Suspended(_)
            | Self::Closed
            | Self::SuspendFirst
            | Self::ExportFirst
            | Self::StillOpen { .. }
            | Self::ExportTooLarge(_)
            | Self::Going(_)
            | Self::MemberSuspended
            | Self::MemberLeaving
            | Self::InvitationExpired(_)
            | Self::NotMet(_)
            | Self::NothingSubmitted(_)
            | Self::ReviewTooLate(_) => Code::NotNow,
            Self::Refused(refusal) => return Some(refusal.clone()),
            Self::Jobs(_) | Self::Mail(_) | Self::Unpacked(_) | Self::Storage(_) | Self::Db(_) => return None,
        };
        Some(Refusal::new(code, self.to_string()))
    }
}

/// What a failed insert means when only the name can be at fault.
pub(crate) fn taken(error: DbErr, what: &'static str, name: &str) -> IdentityError {
    match sqlstate(&error) {
        Some(Sqlstate::UniqueViolation) => IdentityError::Taken { what, name: name.to_owned() },
        _ => IdentityError::Db(error),
    }
}
