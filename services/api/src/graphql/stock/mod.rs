//! The stock: where goods lie, whose they are, how they moved, and who holds them.

mod allocation;
mod count;
mod location;
mod lot;
mod lot_mutation;
mod movement;
mod reservation;
mod terms;
mod transfer;

use async_graphql::{Context, MergedObject, SimpleObject};
use kernel::{Actor, LocationId, LotId, Permission};
use stock::Level;

use super::base::{Answer, Asking as _, BigInt, Kind};

pub(crate) use location::{Location, location};
pub(crate) use lot::{Lot, lot};

pub(crate) const LOCATION: Kind = Kind("Location");
pub(crate) const LOT: Kind = Kind("Lot");
const TERMS: Kind = Kind("ConsignmentTerms");
const MOVEMENT: Kind = Kind("StockMovement");
const TRANSFER: Kind = Kind("StockTransfer");
const COUNT: Kind = Kind("StockCount");
const ALLOCATION: Kind = Kind("StockAllocation");
const RESERVATION: Kind = Kind("Reservation");

/// What can be asked about the stock.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct StockQuery(
    location::LocationQuery,
    lot::LotQuery,
    terms::TermsQuery,
    movement::MovementQuery,
    transfer::TransferQuery,
    count::CountQuery,
    reservation::ReservationQuery,
);

/// What can be done with the stock.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct StockMutation(
    location::LocationMutation,
    lot_mutation::LotMutation,
    terms::TermsMutation,
    movement::MovementMutation,
    transfer::TransferMutation,
    count::CountMutation,
    allocation::AllocationMutation,
    reservation::ReservationMutation,
);

/// How many units there are.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct StockLevel {
    /// Lying somewhere.
    on_hand: BigInt,
    /// Of them, held by somebody.
    reserved: BigInt,
    /// Of them, set aside for a purpose and not taken.
    allocated: BigInt,
    /// What is left: nobody holds it and it is set aside for nothing.
    available: BigInt,
}

impl From<Level> for StockLevel {
    fn from(level: Level) -> Self {
        Self {
            on_hand: BigInt(level.on_hand),
            reserved: BigInt(level.reserved),
            allocated: BigInt(level.allocated),
            available: BigInt(level.available()),
        }
    }
}

impl StockLevel {
    /// How much there is of a variant, over all lots and locations.
    pub(crate) async fn of_variant(ctx: &Context<'_>, variant: kernel::VariantId) -> Answer<Self> {
        let level = ctx.loaders()?.load(super::loaders::LevelOf(variant)).await?;
        Ok(level.unwrap_or_default().into())
    }
}

/// The use cases of the stock.
fn stock(ctx: &Context<'_>) -> stock::Stock {
    stock::Stock::new(ctx.house().db.clone(), ctx.house().clock.clone())
}

/// Whether the actor may see every lot, or those of their own alone.
fn sees_all(actor: &Actor) -> bool {
    actor.permissions.contains(Permission::StockRead) || actor.permissions.contains(Permission::StockWrite)
}

fn lot_id(id: &async_graphql::ID) -> Answer<LotId> {
    Ok(LotId(LOT.key(id)?))
}

fn location_id(id: &async_graphql::ID) -> Answer<LocationId> {
    Ok(LocationId(LOCATION.key(id)?))
}
