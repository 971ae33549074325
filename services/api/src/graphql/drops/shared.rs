//! What the promises have in common in the graph.

use async_graphql::{Context, ID, InputObject};
use kernel::{Actor, LocationId, VariantId};
use serde::Serialize;
use stock::promises::{Buyer, Promises};

use crate::graphql::{
    base::{Answer, Asking as _, Kind},
    catalogue::{VARIANT, Variant},
    stock::{LOCATION, Location},
};

pub(super) const RESERVATION: Kind = Kind("Reservation");

/// Units of a variant.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct UnitsInput {
    /// Which variant.
    variant: ID,
    /// How many.
    quantity: i32,
}

/// The use cases of promises.
pub(super) fn promises(ctx: &Context<'_>) -> Promises {
    Promises::new(ctx.house().db.clone(), ctx.house().clock.clone())
}

/// Whom the actor acts for: themselves, or with `stock.write` whoever has that address.
pub(super) fn buyer(actor: &Actor, email: Option<&str>) -> Answer<Buyer> {
    Ok(Buyer::of(actor, email)?)
}

pub(super) fn variant(id: &ID) -> Answer<VariantId> {
    Ok(VariantId(VARIANT.key(id)?))
}

/// A variant that a promise names.
pub(super) async fn load_variant(ctx: &Context<'_>, id: VariantId) -> Answer<Option<Variant>> {
    Ok(ctx.loaders()?.load(id).await?.map(Variant))
}

/// A place that a promise names.
pub(super) async fn load_location(ctx: &Context<'_>, id: LocationId) -> Answer<Option<Location>> {
    Ok(ctx.loaders()?.load(id).await?.map(Location))
}

pub(super) fn location(id: &ID) -> Answer<LocationId> {
    Ok(LocationId(LOCATION.key(id)?))
}

/// What somebody wants, for the stock and for the fingerprint of an idempotency key.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Units(pub(super) Vec<(VariantId, i32)>);

impl Units {
    pub(super) fn of(lines: &[UnitsInput]) -> Answer<Self> {
        let lines: Answer<Vec<_>> = lines.iter().map(|line| Ok((variant(&line.variant)?, line.quantity))).collect();
        lines.map(Self)
    }
}
