//! Rows of `party`.

use sea_orm::entity::prelude::*;

/// What a party is to its co-op.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "party_kind")]
pub enum PartyKind {
    /// A maker, somebody whose lots are sold.
    #[sea_orm(string_value = "member")]
    Member,
    /// The co-op itself; one per co-op.
    #[sea_orm(string_value = "coop")]
    Coop,
    /// A pot that several share.
    #[sea_orm(string_value = "pool")]
    Pool,
    /// A place where stalls stand.
    #[sea_orm(string_value = "venue")]
    Venue,
    /// Somebody who sends buyers.
    #[sea_orm(string_value = "affiliate")]
    Affiliate,
    /// Whoever taxes are owed to; one per co-op.
    #[sea_orm(string_value = "tax")]
    Tax,
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "party")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) coop_id: i32,
    #[sea_orm(primary_key)]
    pub(crate) party_id: i64,
    pub(crate) kind: PartyKind,
    pub(crate) handle: String,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) stripe_account: Option<String>,
    pub(crate) payouts_enabled: Option<bool>,
    pub(crate) payouts_reason: Option<String>,
    pub(crate) account_seen_at: Option<DateTimeUtc>,
    pub(crate) minimum_payout: i64,
    pub(crate) held_reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
