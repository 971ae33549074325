//! Handing lots in and calling them back.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use kernel::{Code, LotId, MovementId, PartyId, Permission, VariantId};
use stock::{MAX_LOTS_AT_ONCE, NewLot, TermsId};
use uuid::Uuid;

use super::{Lot, TERMS, location_id, lot_id, stock};
use crate::graphql::{
    base::{Answer, Asking as _, at, payload},
    catalogue::VARIANT,
    parties,
};

/// A lot to be handed in.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct LotInput {
    /// Its number, a UUIDv7 of yours: handing it in again with it is the same lot.
    id: Uuid,
    /// The number of the movement that receives it, a UUIDv7 of yours.
    movement_id: Uuid,
    /// Of which variant.
    variant: ID,
    /// Whose it is.
    owner: ID,
    /// Under which version of consignment terms; what the split agreements say when there is none.
    terms: Option<ID>,
    /// How many units.
    quantity: i32,
    /// Where they lie.
    location: ID,
}

impl LotInput {
    fn parse(self) -> Answer<NewLot> {
        Ok(NewLot {
            id: LotId(self.id),
            movement: MovementId(self.movement_id),
            variant: VariantId(VARIANT.key(&self.variant)?),
            owner: PartyId(parties::KIND.key(&self.owner)?),
            terms: self.terms.map(|terms| TERMS.key(&terms).map(TermsId)).transpose()?,
            quantity: self.quantity,
            location: location_id(&self.location)?,
        })
    }
}

/// Whose units are sold next, where several lots have the same variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stock::Consumption")]
pub(crate) enum Consumption {
    /// What came in first goes first.
    Oldest,
    /// From each lot in proportion to what is free of it.
    ProRata,
    /// The owners take turns, a unit each; whoever waits longest is next.
    Rotation,
}

payload! {
    /// What came of handing lots in.
    ReceiveLotsPayload {
        /// The lots.
        lots: Vec<Lot>
    }
}
payload! {
    /// What came of calling a lot back.
    RecallLotPayload {
        /// The lot as it is now.
        lot: Lot
    }
}
payload! {
    /// What came of setting the policy.
    SetStockPolicyPayload {
        /// The policy from now on.
        policy: Consumption
    }
}

#[derive(Debug, Default)]
pub(crate) struct LotMutation;

#[Object]
impl LotMutation {
    /// Hands lots in: all of them, or none.
    #[graphql(complexity = "lots.len() * (1 + child_complexity)")]
    async fn receive_lots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The lots, at most 1000.")] lots: Vec<LotInput>,
    ) -> Answer<ReceiveLotsPayload> {
        ReceiveLotsPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            if lots.len() > MAX_LOTS_AT_ONCE {
                return Err(at(&["lots"], Code::InvalidInput, format!("lots are {MAX_LOTS_AT_ONCE} at most")));
            }
            let new: Vec<NewLot> = lots.into_iter().map(LotInput::parse).collect::<Answer<_>>()?;
            Ok(stock(ctx).receive(actor, &new).await?.into_iter().map(Lot).collect())
        })
        .await
    }

    /// The owner, or whoever may write stock, calls a lot back: it is not sold any more, and what nobody holds goes back at once. What
    /// is reserved goes back when its hold ends.
    async fn recall_lot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which lot.")] id: ID,
        #[graphql(desc = "Why.")] reason: Option<String>,
    ) -> Answer<RecallLotPayload> {
        RecallLotPayload::of(async {
            let actor = ctx.actor()?;
            Ok(Lot(stock(ctx).recall(actor, lot_id(&id)?, reason.as_deref()).await?))
        })
        .await
    }

    /// Sets whose units are sold next. It decides from the next reservation on.
    async fn set_stock_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The policy.")] policy: Consumption,
    ) -> Answer<SetStockPolicyPayload> {
        SetStockPolicyPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            Ok(stock(ctx).set_policy(actor, policy.into()).await?.into())
        })
        .await
    }
}
