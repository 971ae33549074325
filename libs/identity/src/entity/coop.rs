//! Rows of `coop`.

use sea_orm::entity::prelude::*;

/// Whether a co-op works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "coop_status")]
pub enum CoopStatus {
    /// It works.
    #[sea_orm(string_value = "open")]
    Open,
    /// It can be read, and nothing changes, until somebody who manages it reinstates it.
    #[sea_orm(string_value = "suspended")]
    Suspended,
    /// It can be read, and nothing changes ever again.
    #[sea_orm(string_value = "closed")]
    Closed,
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coop")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) coop_id: i32,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) country: String,
    pub(crate) currency: String,
    pub(crate) time_zone: String,
    pub(crate) status: CoopStatus,
    pub(crate) status_reason: Option<String>,
    pub(crate) takes_applications: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
