//! The rows, as SeaORM sees them.
#![expect(clippy::disallowed_methods, reason = "the tenant filter lives here")]

use kernel::CoopId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};

pub(crate) mod coop {
    use sea_orm::entity::prelude::*;

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
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod person {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "person")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) person_id: Uuid,
        pub(crate) name: String,
        pub(crate) email: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod membership {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "membership")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) coop_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) person_id: Uuid,
        pub(crate) party_id: Option<i64>,
        pub(crate) role: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod party {
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
}

impl party::Entity {
    pub(crate) fn in_coop(coop: CoopId) -> Select<Self> {
        Self::find().filter(party::Column::CoopId.eq(coop.0))
    }
}

impl membership::Entity {
    pub(crate) fn in_coop(coop: CoopId) -> Select<Self> {
        Self::find().filter(membership::Column::CoopId.eq(coop.0))
    }
}

impl coop::Entity {
    /// The directory of co-ops is global.
    pub(crate) fn directory() -> Select<Self> {
        Self::find()
    }
}

impl person::Entity {
    /// People are global; reach them through the memberships of a co-op.
    pub(crate) fn directory() -> Select<Self> {
        Self::find()
    }
}
