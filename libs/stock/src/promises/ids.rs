//! Names of promises. UUIDs that the caller may make, so that the same one made twice is one.

use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// A drop.
    DropId
}
id! {
    /// Something with places.
    SlotId
}
id! {
    /// Somebody's place.
    RsvpId
}
id! {
    /// A round of preorders.
    RoundId
}
id! {
    /// A preorder.
    PreorderId
}
id! {
    /// Somebody in a waiting line.
    EntryId
}
id! {
    /// A deposit.
    DepositId
}
