//! One newtype per identifier, so that a party can never be passed where a co-op is meant.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($(#[$field:meta])* $inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(transparent)]
        pub struct $name($(#[$field])* pub $inner);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<$name> for $inner {
            fn from(id: $name) -> $inner {
                id.0
            }
        }
    };
}

id! {
    /// A co-op: the tenant. First column of every table that belongs to one.
    CoopId(i32)
}
id! {
    /// Anyone a split can pay: a member, the co-op, a pool, a venue, an affiliate. Unique in the installation.
    PartyId(i64)
}
id! {
    /// A split agreement through all of its versions.
    AgreementId(i64)
}
id! {
    /// One immutable version of a split agreement; what a sale pins.
    AgreementVersionId(i64)
}
id! {
    /// Somebody who can sign in. Global: one person may belong to several co-ops.
    PersonId(#[schemars(with = "String")] Uuid)
}
id! {
    /// A sale. A UUIDv7 that the client may make, so that an offline sale uploaded twice is one sale.
    SaleId(#[schemars(with = "String")] Uuid)
}
id! {
    /// A person's session on one device.
    SessionId(#[schemars(with = "String")] Uuid)
}
id! {
    /// A partner's key to one co-op.
    ApiKeyId(#[schemars(with = "String")] Uuid)
}
id! {
    /// A product: what is sold, in one or several variants.
    ProductId(#[schemars(with = "String")] Uuid)
}
id! {
    /// A variant of a product: what has a SKU and lies in lots.
    VariantId(#[schemars(with = "String")] Uuid)
}
id! {
    /// One maker's offer of a variant.
    OfferId(#[schemars(with = "String")] Uuid)
}
id! {
    /// Where stock lies: a studio, a stall, a van.
    LocationId(#[schemars(with = "String")] Uuid)
}
id! {
    /// A quantity of one variant that one party owns.
    LotId(#[schemars(with = "String")] Uuid)
}
id! {
    /// One movement of stock. A UUIDv7 that the client may make, so that the same movement sent twice is one.
    MovementId(#[schemars(with = "String")] Uuid)
}
id! {
    /// A hold on stock. A UUIDv7 that the client may make, so that the same hold asked for twice is one.
    ReservationId(#[schemars(with = "String")] Uuid)
}
