//! Deposits.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use kernel::{Code, Permission, ReservationId};
use stock::{
    deposits::{Of, Part, Terms},
    promises::{DepositId, RsvpId},
};

use super::{
    shared::{RESERVATION, promises},
    slot::PLACE,
};
use crate::graphql::base::{Answer, Asking as _, BigInt, CurrencyCode, GlobalId, Kind, Money, at, payload};

const KIND: Kind = Kind("Deposit");

/// How far a deposit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stock::deposits::DepositState")]
pub(crate) enum DepositState {
    /// To be paid.
    Due,
    /// Paid; the balance is not asked for yet.
    Paid,
    /// The balance is asked for, by a day.
    Ready,
    /// The balance is paid.
    Settled,
    /// The buyer did not come: a part is kept, the rest goes back.
    Forfeited,
    /// Given up in time: what was paid goes back.
    Returned,
    /// Given up before anything was paid.
    Void,
}

/// Which part of it was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stock::deposits::Part")]
pub(crate) enum DepositPart {
    /// What is paid at once.
    Deposit,
    /// The rest; what is held for it is sold with it.
    Balance,
}

/// What is paid at once, of something that is paid for when it is ready.
#[derive(Debug)]
pub(crate) struct Deposit(stock::deposits::Deposit);

/// What is paid at once, of something that is paid for when it is ready.
#[Object]
impl Deposit {
    /// Its id.
    async fn id(&self) -> ID {
        KIND.id(self.0.id)
    }

    /// How far it has come.
    async fn state(&self) -> DepositState {
        self.0.state.into()
    }

    /// All that is to be paid.
    async fn total(&self) -> Money {
        self.money(self.0.terms.total)
    }

    /// The part that is paid at once.
    async fn deposit(&self) -> Money {
        self.money(self.0.terms.deposit)
    }

    /// What is to be paid now.
    async fn due(&self) -> Money {
        Money(self.0.due())
    }

    /// By when the balance is to be paid, once it is asked for.
    async fn balance_due_at(&self) -> Option<DateTime<Utc>> {
        self.0.balance_due_at
    }

    /// How much of it is kept when the buyer does not come, in ten-thousandths.
    async fn forfeit_bps(&self) -> i32 {
        self.0.terms.forfeit_bps
    }

    /// What is kept of it.
    async fn kept(&self) -> Money {
        self.money(self.0.kept)
    }

    /// What goes back of it.
    async fn back(&self) -> Money {
        self.money(self.0.back)
    }
}

impl Deposit {
    const fn money(&self, minor: i64) -> Money {
        Money::of(minor, self.0.terms.currency)
    }

    /// The deposit of a thing, if it has one.
    pub(super) async fn load(ctx: &Context<'_>, of: Of) -> Answer<Option<Self>> {
        Ok(ctx.loaders()?.load(of).await?.map(Self))
    }
}

/// What asking for a deposit takes.
#[derive(Clone, Copy, Debug, InputObject)]
pub(crate) struct AskDepositInput {
    /// What it is paid in.
    currency: CurrencyCode,
    /// All that is to be paid, in minor units.
    total: BigInt,
    /// The part that is paid at once.
    deposit: BigInt,
    /// How much of it is kept when the buyer does not come: 0 to 10000 ten-thousandths.
    forfeit_bps: i32,
}

payload! {
    /// What came of asking for a deposit.
    AskDepositPayload {
        /// The deposit.
        deposit: Deposit
    }
}
payload! {
    /// What came of asking for a balance.
    AskBalancePayload {
        /// The deposit, waiting for its balance.
        deposit: Deposit
    }
}
payload! {
    /// What came of noting a payment.
    RecordDepositPaymentPayload {
        /// The deposit.
        deposit: Deposit
    }
}

#[derive(Debug, Default)]
pub(crate) struct DepositMutation;

#[Object]
impl DepositMutation {
    /// Asks for a deposit on a place or on a reservation. A preorder has its own from its round.
    async fn ask_deposit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of a place or a reservation.")] of: ID,
        #[graphql(desc = "What is to be paid.")] input: AskDepositInput,
    ) -> Answer<AskDepositPayload> {
        AskDepositPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let thing = match GlobalId::read(&of) {
                Some(read) if read.kind == PLACE.0 => Of::Rsvp(RsvpId(PLACE.key(&of)?)),
                Some(read) if read.kind == RESERVATION.0 => Of::Reservation(ReservationId(RESERVATION.key(&of)?)),
                _ => return Err(at(&["of"], Code::NotFound, "a deposit is asked for on a place or a reservation")),
            };
            let AskDepositInput { currency, total, deposit, forfeit_bps } = input;
            let terms = Terms { currency: currency.0, total: total.0, deposit: deposit.0, forfeit_bps };
            Ok(Deposit(promises(ctx).ask_deposit(actor, thing, terms).await?))
        })
        .await
    }

    /// Asks for the balance of a place or a reservation by a day. Of a preorder it is asked for when its goods are there.
    async fn ask_balance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which deposit.")] id: ID,
        #[graphql(desc = "By when.")] by: DateTime<Utc>,
    ) -> Answer<AskBalancePayload> {
        AskBalancePayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            Ok(Deposit(promises(ctx).ask_balance(actor, DepositId(KIND.key(&id)?), by).await?))
        })
        .await
    }

    /// Notes that a part was paid. With the balance, what is held for it is sold. Noting it again changes nothing.
    async fn record_deposit_payment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which deposit.")] id: ID,
        #[graphql(desc = "Which part.")] part: DepositPart,
    ) -> Answer<RecordDepositPaymentPayload> {
        RecordDepositPaymentPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            Ok(Deposit(promises(ctx).record_payment(actor, DepositId(KIND.key(&id)?), Part::from(part)).await?))
        })
        .await
    }
}
