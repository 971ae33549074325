//! What a role or a key can be allowed to do: a closed list of names, and sets of them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// One thing that a role or a key may do in a co-op. What is a member's own (statements, sales, balance) takes none.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $($(#[$doc])* $name,)*
        }

        impl Permission {
            /// Every permission there is, in the order in which they are shown.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name: the thing, a dot, what is done with it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

permissions! {
    /// See the co-op's settings; change, suspend, export and close it.
    CoopManage = "coop.manage",
    /// See who is a member, and with which role.
    MembersRead = "members.read",
    /// Invite people; resend and revoke invitations.
    MembersInvite = "members.invite",
    /// Review applications and their requirements.
    MembersReview = "members.review",
    /// Change a member's role; suspend and reinstate members; see members off.
    MembersManage = "members.manage",
    /// Define roles from permissions.
    RolesManage = "roles.manage",
    /// See every sale and its explanation.
    SalesRead = "sales.read",
    /// See split agreements and try them out.
    AgreementsRead = "agreements.read",
    /// Adopt new versions of split agreements.
    AgreementsWrite = "agreements.write",
    /// See accounts, balances and the results of checks.
    LedgerRead = "ledger.read",
    /// See payout runs and their results.
    PayoutsRead = "payouts.read",
    /// Draft payout runs; hold, release and cancel them.
    PayoutsDraft = "payouts.draft",
    /// Approve payout runs that another person drafted, and send them.
    PayoutsApprove = "payouts.approve",
    /// See every party's statements.
    StatementsRead = "statements.read",
    /// Close months and issue statements.
    StatementsClose = "statements.close",
    /// See the inbox of Stripe's events and what is parked in it.
    SettlementRead = "settlement.read",
    /// Have parked events settled again.
    SettlementReplay = "settlement.replay",
    /// Make, rotate and revoke API keys.
    KeysManage = "keys.manage",
    /// Read the audit.
    AuditRead = "audit.read",
    /// See every product, whatever its status, and every maker's offers and prices.
    CatalogueRead = "catalogue.read",
    /// Change every product, offer and price; publish and import. A maker needs none of it for offers of their own.
    CatalogueWrite = "catalogue.write",
    /// See every lot, where it lies and how it moved.
    StockRead = "stock.read",
    /// Move every lot: receive, transfer, count, allocate, return. A maker needs none of it to see or recall lots of their own.
    StockWrite = "stock.write",
}

/// That name is no permission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no permission {0:?}")]
pub struct UnknownPermission(pub String);

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        Self::ALL.iter().copied().find(|permission| permission.name() == text).ok_or_else(|| UnknownPermission(text.to_owned()))
    }
}

/// A set of permissions. Serialises as the list of their names.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Permissions(u64);

const _: () = assert!(Permission::ALL.len() <= 64, "a set holds a bit for each");

impl Permissions {
    /// All there are: the founder's.
    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }

    /// Whether it is in the set.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }

    /// Whether nothing is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether everything in this set is in that one too.
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// What is in both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those in the set, in the order in which they are shown.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.contains(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | 1 << permission as u32))
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Permission::name)).finish()
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Permission::name))
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        names.iter().map(|name| name.parse::<Permission>()).collect::<Result<_, _>>().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        for permission in Permission::ALL {
            assert_eq!(permission.name().parse(), Ok(*permission));
        }
    }

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let set: Permissions = [Permission::AuditRead, Permission::CoopManage].into_iter().collect();
        assert!(set.contains(Permission::AuditRead) && set.contains(Permission::CoopManage) && !set.contains(Permission::KeysManage));
        assert!(set.is_within(Permissions::all()) && !Permissions::all().is_within(set));
        assert_eq!(set.iter().count(), 2);
    }
}
