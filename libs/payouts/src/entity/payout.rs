//! Rows of `payout`.

use sea_orm::entity::prelude::*;

/// How far a payout has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "payout_status")]
pub enum PayoutStatus {
    /// Nothing is paid; the reason says why.
    #[sea_orm(string_value = "skipped")]
    Skipped,
    /// To be paid when the run is approved.
    #[sea_orm(string_value = "planned")]
    Planned,
    /// Its money is taken out of the payable and nothing was sent.
    #[sea_orm(string_value = "reserved")]
    Reserved,
    /// Its command is being sent to Stripe, or was when its sender died.
    #[sea_orm(string_value = "sent")]
    Sent,
    /// Sent, without a clear answer: looked up before anything else.
    #[sea_orm(string_value = "unknown")]
    Unknown,
    /// The transfer exists.
    #[sea_orm(string_value = "confirmed")]
    Confirmed,
    /// It did not arrive or came back; the money is the party's payable again.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// Given up with its run, before it was sent.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

impl PayoutStatus {
    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Planned => "planned",
            Self::Reserved => "reserved",
            Self::Sent => "sent",
            Self::Unknown => "unknown",
            Self::Confirmed => "confirmed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl std::fmt::Display for PayoutStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payout")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) coop_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) payout_id: Uuid,
    pub(crate) run_id: Uuid,
    pub(crate) party_id: i64,
    pub(crate) currency: String,
    pub(crate) owed: i64,
    pub(crate) amount: i64,
    pub(crate) status: PayoutStatus,
    pub(crate) destination: Option<String>,
    pub(crate) rest: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) attempt: i32,
    pub(crate) transfer_id: Option<String>,
    pub(crate) transferred_at: Option<DateTimeUtc>,
    pub(crate) returned: i64,
    pub(crate) changed_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
