//! The roles that every co-op has from its founding.

use kernel::{Permission, Permissions};

/// How the database writes "all there are".
pub(super) const EVERYTHING: &str = "*";

/// One of a co-op's first roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BuiltIn {
    /// The founder's: everything, for ever.
    Admin,
    /// Sees the money, drafts and approves payouts, closes months.
    Treasurer,
    /// Brings people in and runs markets.
    Organiser,
    /// What everybody is.
    Member,
}

impl BuiltIn {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Treasurer, Self::Organiser, Self::Member];

    /// Its name in the database and, until somebody renames it, on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Treasurer => "treasurer",
            Self::Organiser => "organiser",
            Self::Member => "member",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// What it allows at the founding.
    pub fn permissions(self) -> Permissions {
        use Permission as P;
        let list: &[P] = match self {
            Self::Admin => P::ALL,
            Self::Treasurer => &[
                P::MembersRead,
                P::SalesRead,
                P::AgreementsRead,
                P::LedgerRead,
                P::PayoutsRead,
                P::PayoutsDraft,
                P::PayoutsApprove,
                P::StatementsRead,
                P::StatementsClose,
                P::SettlementRead,
                P::SettlementReplay,
                P::AuditRead,
                P::CatalogueRead,
                P::StockRead,
            ],
            Self::Organiser => &[
                P::MembersRead,
                P::MembersInvite,
                P::MembersReview,
                P::SalesRead,
                P::AgreementsRead,
                P::CatalogueRead,
                P::CatalogueWrite,
                P::StockRead,
                P::StockWrite,
            ],
            Self::Member => &[P::AgreementsRead, P::CatalogueRead],
        };
        list.iter().copied().collect()
    }
}
