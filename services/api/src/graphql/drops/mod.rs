//! What is promised of the stock: drops, slots, preorders and their deposits, waiting lines, kits, pickups.

mod deposit;
mod drop;
mod kit;
mod pickup;
mod preorder;
mod shared;
mod slot;
mod waitlist;

use async_graphql::MergedObject;

/// What can be asked about promises.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct PromisesQuery(
    drop::DropQuery,
    slot::SlotQuery,
    preorder::PreorderQuery,
    waitlist::WaitlistQuery,
    kit::KitQuery,
    pickup::PickupQuery,
);

/// What can be done with promises.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct PromisesMutation(
    drop::DropMutation,
    slot::SlotMutation,
    preorder::PreorderMutation,
    deposit::DepositMutation,
    waitlist::WaitlistMutation,
    kit::KitMutation,
    pickup::PickupMutation,
);
