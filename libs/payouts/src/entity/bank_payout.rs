//! Rows of `bank_payout`.

use sea_orm::entity::prelude::*;

/// How far money has come from a party's own Stripe account to its bank. Ordered as it happens: a failure may follow the
/// arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "bank_payout_status")]
pub enum BankPayoutStatus {
    /// Not yet sent.
    #[sea_orm(string_value = "pending")]
    Pending,
    /// Sent to the bank.
    #[sea_orm(string_value = "in_transit")]
    InTransit,
    /// Arrived.
    #[sea_orm(string_value = "paid")]
    Paid,
    /// Given up before it was sent.
    #[sea_orm(string_value = "canceled")]
    Canceled,
    /// Came back.
    #[sea_orm(string_value = "failed")]
    Failed,
}

impl BankPayoutStatus {
    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InTransit => "in_transit",
            Self::Paid => "paid",
            Self::Canceled => "canceled",
            Self::Failed => "failed",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bank_payout")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) coop_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) bank_payout_id: String,
    pub(crate) destination: String,
    pub(crate) currency: String,
    pub(crate) amount: i64,
    pub(crate) status: BankPayoutStatus,
    pub(crate) reason: Option<String>,
    pub(crate) created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
