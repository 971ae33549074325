//! Co-ops as their people have them: founding, switching, settings, suspending, exporting and closing.

mod export;
mod founding;
mod mine;
mod mutation;

use async_graphql::Enum;

pub(crate) use mine::{CoOpsQuery, MembershipStatus};
pub(crate) use mutation::CoOpsMutation;

/// Whether a co-op works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "identity::CoopStatus")]
pub(crate) enum CoOpStatus {
    /// It works.
    Open,
    /// It can be read, and nothing changes until somebody who manages it reinstates it.
    Suspended,
    /// It can be read, and nothing changes ever again.
    Closed,
}
