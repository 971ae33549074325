//! Rows of `payout_run`.

use sea_orm::entity::prelude::*;

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "payout_run_status")]
pub enum RunStatus {
    /// Planned, waiting for a second person.
    #[sea_orm(string_value = "draft")]
    Draft,
    /// Nothing of it is sent until it is released; what it reserved stays reserved.
    #[sea_orm(string_value = "held")]
    Held,
    /// Its money is reserved and being sent.
    #[sea_orm(string_value = "approved")]
    Approved,
    /// Every payout of it is settled.
    #[sea_orm(string_value = "finished")]
    Finished,
    /// Given up before anything was sent.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

impl std::fmt::Display for RunStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Draft => "draft",
            Self::Held => "held",
            Self::Approved => "approved",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payout_run")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) coop_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) run_id: Uuid,
    pub(crate) currency: String,
    pub(crate) cutoff: DateTimeUtc,
    pub(crate) status: RunStatus,
    pub(crate) drafted_by: Uuid,
    pub(crate) drafted_at: DateTimeUtc,
    pub(crate) approved_by: Option<Uuid>,
    pub(crate) approved_at: Option<DateTimeUtc>,
    pub(crate) held_reason: Option<String>,
    pub(crate) cancelled_reason: Option<String>,
    pub(crate) finished_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
