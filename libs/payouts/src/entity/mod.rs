//! The rows, as SeaORM sees them.
#![expect(clippy::disallowed_methods, reason = "the tenant filter lives here")]

use kernel::CoopId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};

pub(crate) mod bank_payout;
pub(crate) mod payout;
pub(crate) mod run;

pub(crate) mod step {
    use sea_orm::entity::prelude::*;

    use super::payout::PayoutStatus;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "payout_step")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) coop_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) payout_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) step: i32,
        pub(crate) status: PayoutStatus,
        pub(crate) at: DateTimeUtc,
        pub(crate) note: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

macro_rules! in_coop {
    ($($table:ident),+) => {
        $(impl $table::Entity {
            pub(crate) fn in_coop(coop: CoopId) -> Select<Self> {
                Self::find().filter($table::Column::CoopId.eq(coop.0))
            }
        })+
    };
}

in_coop!(run, payout, step, bank_payout);
