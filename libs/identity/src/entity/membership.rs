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

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "membership")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) coop_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) person_id: Uuid,
    pub(crate) party_id: Option<i64>,
    pub(crate) role_id: i32,
    pub(crate) status: MembershipStatus,
    pub(crate) reason: Option<String>,
    pub(crate) joined_at: DateTimeUtc,
    pub(crate) changed_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
