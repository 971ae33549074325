//! Preorders.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::Permission;
use stock::{
    deposits::Of,
    preorders::{ChangeRound, NewPreorder, NewRound, PreorderFilter},
    promises::{Buyer, PreorderId, RoundId},
};
use uuid::Uuid;

use super::{
    deposit::Deposit,
    shared::{RESERVATION, buyer, load_variant, promises, variant},
};
use crate::graphql::{
    base::{Answer, Asking as _, BigInt, CurrencyCode, Kind, Money, Page, page_cost, payload},
    catalogue::Variant,
    once::once,
};

const ROUND: Kind = Kind("PreorderRound");
const PREORDER: Kind = Kind("Preorder");
const ROUNDS: &str = "preorderRounds";
const LIST: &str = "preorders";
/// How long goods wait for the balance when nobody says.
const HOLD_HOURS: i32 = 168;

/// Something that can be ordered before it is there.
#[derive(Debug)]
pub(crate) struct PreorderRound(stock::preorders::Round);

/// Something that can be ordered before it is there.
#[Object]
impl PreorderRound {
    /// Its id.
    async fn id(&self) -> ID {
        ROUND.id(self.0.id)
    }

    /// Of what.
    async fn variant(&self, ctx: &Context<'_>) -> Answer<Option<Variant>> {
        load_variant(ctx, self.0.variant).await
    }

    /// It is shipped by that day.
    async fn ship_by(&self) -> NaiveDate {
        self.0.ship_by
    }

    /// When it closes; null: when all is ordered.
    async fn closes_at(&self) -> Option<DateTime<Utc>> {
        self.0.closes_at
    }

    /// Units in all.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// Units that are ordered.
    async fn taken(&self) -> i32 {
        self.0.taken
    }

    /// What one costs, tax inside.
    async fn price(&self) -> Money {
        Money::of(self.0.price, self.0.currency)
    }

    /// What of it is paid at once.
    async fn deposit(&self) -> Money {
        Money::of(self.0.deposit, self.0.currency)
    }

    /// How much of the deposit is kept when the buyer does not come, in ten-thousandths.
    async fn forfeit_bps(&self) -> i32 {
        self.0.forfeit_bps
    }

    /// How long the goods wait for the balance.
    async fn hold_hours(&self) -> i32 {
        self.0.hold_hours
    }
}

/// How far a preorder has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stock::preorders::PreorderState")]
pub(crate) enum PreorderState {
    /// In the line.
    Waiting,
    /// Its goods are held and wait for the balance.
    Ready,
    /// Sold.
    Sold,
    /// The balance did not come in time; the goods went to others.
    Lapsed,
    /// Given up.
    Cancelled,
}

/// An order for what was not there yet.
#[derive(Debug)]
pub(crate) struct Preorder(stock::preorders::Preorder);

/// An order for what was not there yet.
#[Object]
impl Preorder {
    /// Its id.
    async fn id(&self) -> ID {
        PREORDER.id(self.0.id)
    }

    /// The id of its round.
    async fn round(&self) -> ID {
        ROUND.id(self.0.round)
    }

    /// Of what.
    async fn variant(&self, ctx: &Context<'_>) -> Answer<Option<Variant>> {
        load_variant(ctx, self.0.variant).await
    }

    /// How many.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// How far it has come.
    async fn state(&self) -> PreorderState {
        self.0.state.into()
    }

    /// The id of the reservation that holds its goods.
    async fn reservation(&self) -> Option<ID> {
        self.0.reservation.map(|reservation| RESERVATION.id(reservation))
    }

    /// Since when it is ordered.
    async fn placed_at(&self) -> DateTime<Utc> {
        self.0.placed_at
    }

    /// It is shipped by that day.
    async fn ship_by(&self) -> NaiveDate {
        self.0.ship_by
    }

    /// What is paid for it in two parts.
    async fn deposit(&self, ctx: &Context<'_>) -> Answer<Option<Deposit>> {
        Deposit::load(ctx, Of::Preorder(self.0.id)).await
    }
}

/// What opening a round of preorders takes.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct OpenPreordersInput {
    /// Of which variant. It need not be in stock.
    variant: ID,
    /// It is shipped by that day.
    ship_by: NaiveDate,
    /// When it closes; when all is ordered if nothing is said.
    closes_at: Option<DateTime<Utc>>,
    /// Units in all.
    quantity: i32,
    /// What is paid in; the co-op's own currency when nothing is said.
    currency: Option<CurrencyCode>,
    /// What one costs, tax inside, in minor units.
    price: BigInt,
    /// What of it is paid at once; nothing if nothing is said.
    deposit: Option<BigInt>,
    /// How much of the deposit is kept when the buyer does not come: 0 to 10000 ten-thousandths, nothing if nothing is said.
    forfeit_bps: Option<i32>,
    /// How long the goods wait for the balance: 1 to 8760 hours, a week if nothing is said.
    hold_hours: Option<i32>,
}

/// What of a round is to be different. What is not named stays as it is.
#[derive(Clone, Copy, Debug, InputObject)]
pub(crate) struct ChangePreordersInput {
    /// It is shipped by that day.
    ship_by: Option<NaiveDate>,
    /// When it closes.
    closes_at: Option<DateTime<Utc>>,
    /// Units in all; not below what is ordered.
    quantity: Option<i32>,
}

payload! {
    /// What came of opening a round of preorders.
    OpenPreordersPayload {
        /// The round.
        round: PreorderRound
    }
}
payload! {
    /// What came of changing a round of preorders.
    ChangePreordersPayload {
        /// The round as it is now.
        round: PreorderRound
    }
}
payload! {
    /// What came of ordering ahead.
    PlacePreorderPayload {
        /// The preorder, with the deposit that is due.
        preorder: Preorder
    }
}
payload! {
    /// What came of giving a preorder up.
    CancelPreorderPayload {
        /// The preorder, given up.
        preorder: Preorder
    }
}

/// What a round over the waiting lines did.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct LinesServed {
    /// Preorders whose goods are held now.
    preorders: i32,
    /// People in waiting lines who were asked.
    offers: i32,
    /// Deposits of people who did not come in time.
    forfeited: i32,
}

payload! {
    /// What came of serving the waiting lines.
    ServeWaitingLinesPayload {
        /// What was done.
        served: LinesServed
    }
}

/// Which preorders are wanted; nothing said is all.
#[derive(Clone, Debug, Default, InputObject)]
pub(crate) struct PreorderFilterInput {
    /// Only those of this round.
    round: Option<ID>,
    /// Only those that wait although their day has passed.
    #[graphql(default)]
    late: bool,
}

/// What is ordered ahead.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct PlacePreorderInput {
    /// Of which round.
    round: ID,
    /// How many, at most 1000.
    quantity: i32,
    /// For whom, if not for whoever asks: their mail address, which is told when it is there.
    email: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct PreorderQuery;

#[Object]
impl PreorderQuery {
    /// What can be ordered before it is there, by the day that it ships, latest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn preorder_rounds(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the round before them.")] after: Option<String>,
    ) -> Answer<Connection<String, PreorderRound>> {
        let actor = ctx.actor()?;
        let page: Page<(NaiveDate, Uuid)> = Page::of(ROUNDS, first, after.as_deref())?;
        let after = page.after.map(|(day, id)| (day, RoundId(id)));
        let rows = promises(ctx).rounds_page(actor.coop, page.limit(), after).await?;
        Ok(page.connection(ROUNDS, rows, |round| (round.ship_by, round.id.0), PreorderRound))
    }

    /// All preorders of the co-op, oldest first: those of a round, or those that wait although their day has passed.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn preorders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones; all when nothing is said.")] filter: Option<PreorderFilterInput>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the preorder before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Preorder>> {
        let actor = ctx.actor_who_may(Permission::StockRead)?;
        let PreorderFilterInput { round, late } = filter.unwrap_or_default();
        let round = round.map(|round| ROUND.key(&round).map(RoundId)).transpose()?;
        let today = ctx.house().clock.now().with_timezone(&ctx.coop()?.zone).date_naive();
        let filter = PreorderFilter { round, buyer: None, late_on: late.then_some(today) };
        let page: Page<i64> = Page::of(LIST, first, after.as_deref())?;
        let rows = promises(ctx).preorders_page(actor.coop, &filter, page.limit(), page.after).await?;
        Ok(page.connection(LIST, rows, |preorder| preorder.place, Preorder))
    }

    /// The preorders of whoever asks, oldest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn my_preorders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the preorder before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Preorder>> {
        let actor = ctx.actor()?;
        let filter = PreorderFilter { buyer: Some(Buyer::person(actor.person()?)), ..PreorderFilter::default() };
        let page: Page<i64> = Page::of(LIST, first, after.as_deref())?;
        let rows = promises(ctx).preorders_page(actor.coop, &filter, page.limit(), page.after).await?;
        Ok(page.connection(LIST, rows, |preorder| preorder.place, Preorder))
    }
}

#[derive(Debug, Default)]
pub(crate) struct PreorderMutation;

#[Object]
impl PreorderMutation {
    /// Lets a variant be ordered before it is there.
    async fn open_preorders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Names this wish: the same again opens nothing more.")] idempotency_key: String,
        #[graphql(desc = "What is offered.")] input: OpenPreordersInput,
    ) -> Answer<OpenPreordersPayload> {
        OpenPreordersPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let variant = variant(&input.variant)?;
            let currency = input.currency.map_or(ctx.coop()?.currency, |code| code.0);
            let (price, deposit) = (input.price.0, input.deposit.map_or(0, |deposit| deposit.0));
            let OpenPreordersInput { ship_by, closes_at, quantity, forfeit_bps, hold_hours, .. } = input;
            let asked = (variant, ship_by, closes_at, quantity, currency, price, deposit, forfeit_bps, hold_hours);
            let id: Uuid = once(ctx, actor, ("openPreorders", &idempotency_key), &asked, async |claim| {
                let (forfeit_bps, hold_hours) = (forfeit_bps.unwrap_or(0), hold_hours.unwrap_or(HOLD_HOURS));
                let id = RoundId(claim.name());
                let new = NewRound { id, variant, ship_by, closes_at, quantity, currency, price, deposit, forfeit_bps, hold_hours };
                Ok(promises(ctx).open_round(actor, new).await?.id.0)
            })
            .await?;
            Ok(PreorderRound(promises(ctx).round(actor.coop, RoundId(id)).await?))
        })
        .await
    }

    /// Changes the day, the end or the cap of a round of preorders.
    async fn change_preorders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which round.")] id: ID,
        #[graphql(desc = "What is to be different.")] input: ChangePreordersInput,
    ) -> Answer<ChangePreordersPayload> {
        ChangePreordersPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let change = ChangeRound { ship_by: input.ship_by, closes_at: input.closes_at, quantity: input.quantity };
            Ok(PreorderRound(promises(ctx).change_round(actor, RoundId(ROUND.key(&id)?), change).await?))
        })
        .await
    }

    /// Orders ahead for whoever asks, or, with `stock.write`, for an address. The deposit of the round is due at once.
    async fn place_preorder(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Names this wish: the same again orders nothing more.")] idempotency_key: String,
        #[graphql(desc = "What is ordered, and for whom.")] input: PlacePreorderInput,
    ) -> Answer<PlacePreorderPayload> {
        PlacePreorderPayload::of(async {
            let actor = ctx.actor()?;
            let PlacePreorderInput { round, quantity, email } = input;
            let buyer = buyer(actor, email.as_deref())?;
            let round = RoundId(ROUND.key(&round)?);
            let asked = (round, buyer.as_str(), quantity);
            let id: Uuid = once(ctx, actor, ("placePreorder", &idempotency_key), &asked, async |claim| {
                let new = NewPreorder { id: PreorderId(claim.name()), round, buyer: buyer.clone(), email: email.clone(), quantity };
                Ok(promises(ctx).place_preorder(actor, new).await?.id.0)
            })
            .await?;
            Ok(Preorder(promises(ctx).preorder(actor, PreorderId(id)).await?))
        })
        .await
    }

    /// Gives a preorder up: one's own, or any with `stock.write`. While it waits, the whole deposit goes back.
    async fn cancel_preorder(&self, ctx: &Context<'_>, #[graphql(desc = "Which preorder.")] id: ID) -> Answer<CancelPreorderPayload> {
        CancelPreorderPayload::of(async {
            let actor = ctx.actor()?;
            Ok(Preorder(promises(ctx).cancel_preorder(actor, PreorderId(PREORDER.key(&id)?)).await?))
        })
        .await
    }

    /// Serves the waiting lines from what is in stock now: preorders first, then waiting lines, the oldest before the next. The
    /// worker does the same every few seconds.
    async fn serve_waiting_lines(&self, ctx: &Context<'_>) -> Answer<ServeWaitingLinesPayload> {
        ServeWaitingLinesPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let served = promises(ctx).serve(actor.coop).await?;
            let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
            let (preorders, offers) = (count(served.preorders), count(served.offers));
            Ok(LinesServed { preorders, offers, forfeited: count(served.forfeited) })
        })
        .await
    }
}
