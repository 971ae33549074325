//! The rows, as SeaORM sees them.
#![expect(clippy::disallowed_methods, reason = "the tenant filter lives here")]

use kernel::CoopId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};

pub(crate) mod coop;
pub(crate) mod membership;
pub(crate) mod party;
pub(crate) mod person;
pub(crate) mod role;

macro_rules! in_coop {
    ($($table:ident),+) => {
        $(impl $table::Entity {
            pub(crate) fn in_coop(coop: CoopId) -> Select<Self> {
                Self::find().filter($table::Column::CoopId.eq(coop.0))
            }
        })+
    };
}

in_coop!(party, role);

impl coop::Entity {
    /// The directory of co-ops is global.
    pub(crate) fn directory() -> Select<Self> {
        Self::find()
    }
}

impl person::Entity {
    /// People are global; reach them through the memberships of a co-op, or as themselves.
    pub(crate) fn directory() -> Select<Self> {
        Self::find()
    }
}
