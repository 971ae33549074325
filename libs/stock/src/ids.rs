//! Names of what is the stock's own. Those that a client may make are UUIDv7, so that the same thing reported twice is one.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// Consignment terms through all of their versions.
    ConsignmentId(i64)
}
id! {
    /// One version of consignment terms; what a lot pins.
    TermsId(i64)
}
id! {
    /// Units of a lot that are set aside.
    AllocationId(Uuid)
}
id! {
    /// Goods on their way from a location to another.
    TransferId(Uuid)
}
id! {
    /// A stock count.
    CountId(Uuid)
}
