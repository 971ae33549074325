//! Rows of `membership`.

use sea_orm::entity::prelude::*;

/// How somebody belongs to a co-op.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "membership_status")]
pub enum MembershipStatus {
    /// A member.
    #[sea_orm(string_value = "active")]
    Active,
    /// A member who may do nothing and see nothing for now.
    #[sea_orm(string_value = "suspended")]
    Suspended,
    /// On the way out: sees what is their own until the last of it is paid.
    #[sea_orm(string_value = "leaving")]
    Leaving,
    /// Not a member any more. What they did stays.
    #[sea_orm(string_value = "left")]
    Left,
}
