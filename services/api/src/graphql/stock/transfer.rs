//! Transfers.

use async_graphql::{Context, ID, InputObject, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{LotId, Permission};
use stock::{NewTransfer, TransferId};
use uuid::Uuid;

use super::{Location, Lot, TRANSFER, location_id, lot_id, stock};
use crate::graphql::{
    base::{Answer, Asking as _, Page, page_cost, payload},
    people::Person,
};

const LIST: &str = "stockTransfers";

/// Goods on their way from a location to another, or arrived there.
#[derive(Clone, Debug)]
pub(crate) struct StockTransfer(stock::Transfer);

/// Units of a lot in a transfer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StockTransferLine(stock::TransferLine);

/// Goods on their way from a location to another, or arrived there.
#[Object]
impl StockTransfer {
    /// Its id.
    async fn id(&self) -> ID {
        TRANSFER.id(self.0.id)
    }

    /// Where the goods lay.
    async fn from(&self, ctx: &Context<'_>) -> Answer<Option<Location>> {
        Location::load(ctx, self.0.from).await
    }

    /// Where they go.
    async fn to(&self, ctx: &Context<'_>) -> Answer<Option<Location>> {
        Location::load(ctx, self.0.to).await
    }

    /// What there is to say of it.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// When it was sent.
    async fn sent_at(&self) -> DateTime<Utc> {
        self.0.sent_at
    }

    /// Who sent it; null for keys.
    async fn sent_by(&self, ctx: &Context<'_>) -> Answer<Option<Person>> {
        match self.0.sent_by {
            Some(person) => Person::load(ctx, person).await,
            None => Ok(None),
        }
    }

    /// When it arrived; null while it is under way.
    async fn received_at(&self) -> Option<DateTime<Utc>> {
        self.0.received_at
    }

    /// Who took it in.
    async fn received_by(&self, ctx: &Context<'_>) -> Answer<Option<Person>> {
        match self.0.received_by {
            Some(person) => Person::load(ctx, person).await,
            None => Ok(None),
        }
    }

    /// Which lots.
    #[graphql(complexity = "10 * child_complexity")]
    async fn lines(&self) -> Vec<StockTransferLine> {
        self.0.lines.iter().copied().map(StockTransferLine).collect()
    }
}

/// Units of a lot in a transfer.
#[Object]
impl StockTransferLine {
    /// Which lot.
    async fn lot(&self, ctx: &Context<'_>) -> Answer<Option<Lot>> {
        Lot::load(ctx, self.0.lot).await
    }

    /// Units that were sent.
    async fn sent(&self) -> i32 {
        self.0.sent
    }

    /// Units that arrived; null while it is under way.
    async fn received(&self) -> Option<i32> {
        self.0.received
    }

    /// Units that were sent and did not arrive: they are lost.
    async fn missing(&self) -> Option<i32> {
        self.0.missing()
    }
}

/// Units of a lot.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct LotUnitsInput {
    /// Which lot.
    lot: ID,
    /// How many.
    quantity: i32,
}

impl LotUnitsInput {
    pub(super) fn parse(&self) -> Answer<(LotId, i32)> {
        Ok((lot_id(&self.lot)?, self.quantity))
    }
}

/// What sending goods takes.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct SendTransferInput {
    /// Its number, a UUIDv7 of yours: sending it again with it is the same transfer.
    id: Uuid,
    /// Where the goods lie.
    from: ID,
    /// Where they go.
    to: ID,
    /// Which lots, each once.
    lines: Vec<LotUnitsInput>,
    /// What there is to say of it.
    note: Option<String>,
}

payload! {
    /// What came of sending goods.
    SendTransferPayload {
        /// The transfer, under way.
        transfer: StockTransfer
    }
}
payload! {
    /// What came of taking goods in.
    ReceiveTransferPayload {
        /// The transfer, arrived.
        transfer: StockTransfer
    }
}

#[derive(Debug, Default)]
pub(crate) struct TransferQuery;

#[Object]
impl TransferQuery {
    /// Transfers between locations, oldest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn stock_transfers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those alone that have not arrived.", default)] under_way: bool,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the transfer before them.")] after: Option<String>,
    ) -> Answer<Connection<String, StockTransfer>> {
        let actor = ctx.actor_who_may(Permission::StockRead)?;
        let page: Page<Uuid> = Page::of(LIST, first, after.as_deref())?;
        let tx = ctx.reading().await?;
        let rows = ::stock::transfers_page(&tx, actor.coop, under_way, (page.limit(), page.after.map(TransferId))).await?;
        tx.commit().await?;
        Ok(page.connection(LIST, rows, |row| row.id.0, StockTransfer))
    }
}

#[derive(Debug, Default)]
pub(crate) struct TransferMutation;

#[Object]
impl TransferMutation {
    /// Sends goods: they leave their location and are under way, on hand nowhere and sold by nobody.
    async fn send_transfer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What goes where.")] input: SendTransferInput,
    ) -> Answer<SendTransferPayload> {
        SendTransferPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let new = NewTransfer {
                id: TransferId(input.id),
                from: location_id(&input.from)?,
                to: location_id(&input.to)?,
                lines: input.lines.iter().map(LotUnitsInput::parse).collect::<Answer<_>>()?,
                note: input.note,
            };
            Ok(StockTransfer(stock(ctx).send(actor, &new).await?))
        })
        .await
    }

    /// Takes goods in: what arrived lies there, what did not is lost.
    async fn receive_transfer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which transfer.")] id: ID,
        #[graphql(desc = "How many units arrived; lots that are not named arrived whole.")] arrived: Vec<LotUnitsInput>,
    ) -> Answer<ReceiveTransferPayload> {
        ReceiveTransferPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let arrived: Vec<(LotId, i32)> = arrived.iter().map(LotUnitsInput::parse).collect::<Answer<_>>()?;
            Ok(StockTransfer(stock(ctx).take_in(actor, TransferId(TRANSFER.key(&id)?), &arrived).await?))
        })
        .await
    }
}
