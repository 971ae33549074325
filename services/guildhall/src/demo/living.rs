//! The month, lived: buyers pay, some want their money back, two ask their banks. Stripe's webhooks carry all of it into the
//! books; only what went into a drawer is booked here.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use indicatif::ProgressBar;
use kernel::{CoopId, SaleId};
use ledger::Accounts;
use orders::{Agreements, FeeKnown, OrdersError, RefundedLine, Sale};
use settlement::{COOP_KEY, LINES_KEY, SALE_KEY};
use stripe_gateway::{Evidence, IdempotencyKey, PaymentIntentAsk, RefundAsk, Refunded, objects::Metadata};

use super::{
    STREAMS_AT_ONCE,
    month::{Fate, Place, PlannedSale, Turn},
    opening::Opened,
    stand_in::StandIn,
    still,
};
use crate::{failure::Failure, house::House};

/// What the month is lived with.
pub(super) struct Life<'a> {
    pub(super) house: &'a House,
    pub(super) stand_in: &'a StandIn,
    pub(super) opened: &'a Opened,
    pub(super) plan: &'a [PlannedSale],
    /// The payment intents so far, by the sale's place.
    pub(super) intents: BTreeMap<usize, String>,
}

impl Life<'_> {
    /// Does what happens now.
    pub(super) async fn turn(&mut self, turn: Turn, bar: &ProgressBar) -> Result<(), Failure> {
        match turn {
            Turn::Paid { from, until } => {
                let (cash, card): (Vec<usize>, Vec<usize>) =
                    (from..until).partition(|place| matches!(self.plan[*place].place, Place::Stall { cash: true, .. }));
                self.take_cash(&cash).await?;
                let paid = stream::iter(card).map(|place| self.pay(place)).buffered(STREAMS_AT_ONCE);
                let paid: Vec<(usize, String)> = paid.try_collect().await?;
                self.intents.extend(paid);
                bar.inc((until - from) as u64);
                Ok(())
            }
            Turn::Refunded(place) => self.refund(place).await,
            Turn::Answered(place) => self.answer(place).await,
        }
    }

    fn coop(&self) -> CoopId {
        self.opened.coop.id
    }

    fn key(&self, what: &str, place: usize) -> Result<IdempotencyKey, Failure> {
        Ok(IdempotencyKey::try_new(format!("demo-{what}-{}", self.opened.sales[place]))?)
    }

    fn intent(&self, place: usize) -> Result<String, Failure> {
        self.intents.get(&place).cloned().ok_or_else(|| Failure::fault(format!("sale {place} of the demo was not paid by card")))
    }

    fn gross(&self, place: usize) -> i64 {
        self.plan[place].lines.iter().map(super::month::PlannedLine::amount).sum()
    }

    /// A buyer pays by card, and Stripe knows which sale it is for.
    async fn pay(&self, place: usize) -> Result<(usize, String), Failure> {
        let sale = self.opened.sales[place];
        let card = match self.plan[place].fate {
            Fate::Disputed { .. } => "pm_card_createDispute",
            Fate::RefundReturned => "pm_card_refundFail",
            Fate::Kept | Fate::RefundedInFull | Fate::FirstLineRefunded | Fate::ThirdRefunded => "pm_card_visa",
        };
        let ask = PaymentIntentAsk {
            amount: self.gross(place),
            currency: "eur".to_owned(),
            payment_method: Some(card.to_owned()),
            confirm: true,
            customer: None,
            transfer_group: Some(sale.to_string()),
            metadata: Metadata::from([(COOP_KEY.to_owned(), self.coop().to_string()), (SALE_KEY.to_owned(), sale.to_string())]),
        };
        let intent = self.house.gateway.create_payment_intent(&ask, &self.key("pay", place)?).await?;
        Ok((place, intent.id))
    }

    /// Gives a buyer money back, over all lines or over the first.
    async fn refund(&self, place: usize) -> Result<(), Failure> {
        let first = self.plan[place].lines[0].amount();
        let (amount, lines) = match self.plan[place].fate {
            Fate::FirstLineRefunded => (Some(first), Some(vec![RefundedLine { line: 1, amount: first }])),
            Fate::ThirdRefunded => (Some(self.gross(place) / 3), None),
            Fate::RefundedInFull | Fate::RefundReturned | Fate::Kept | Fate::Disputed { .. } => (None, None),
        };
        let mut metadata = Metadata::new();
        if let Some(lines) = lines {
            metadata.insert(LINES_KEY.to_owned(), serde_json::to_string(&lines)?);
        }
        let ask = RefundAsk { of: Refunded::PaymentIntent(self.intent(place)?), amount, metadata };
        self.house.gateway.create_refund(&ask, &self.key("refund", place)?).await?;
        Ok(())
    }

    /// Tells a buyer's bank what speaks for the co-op. The dispute is found in the books: its webhook has come by now.
    async fn answer(&self, place: usize) -> Result<(), Failure> {
        still::wait(self.house, self.stand_in, "hearing of disputes").await?;
        let id = self.opened.sales[place];
        let sale = self.load(&[id]).await?.remove(&(self.coop(), id)).ok_or(OrdersError::NoSale(id))?;
        let dispute = sale.disputes.into_keys().next();
        let dispute =
            dispute.ok_or_else(|| Failure::fault(format!("the buyer of sale {id} asked the bank, but the books know of no dispute")))?;
        let won = self.plan[place].fate == Fate::Disputed { won: true };
        let words = if won { "winning_evidence" } else { "losing_evidence" };
        let evidence = Evidence {
            product_description: Some("Goods made by hand, as described in the shop".to_owned()),
            uncategorized_text: Some(words.to_owned()),
            ..Evidence::default()
        };
        self.house.gateway.submit_dispute_evidence(&dispute, evidence, true, &self.key("answer", place)?).await?;
        Ok(())
    }

    async fn load(&self, sales: &[SaleId]) -> Result<BTreeMap<(CoopId, SaleId), Sale>, Failure> {
        let tx = db::begin(&self.house.pools.orm, self.coop()).await?;
        let wanted = sales.iter().map(|sale| (self.coop(), *sale)).collect();
        let (sales, _) = orders::load(&tx, &Agreements::default(), &wanted).await?;
        tx.commit().await?;
        Ok(sales)
    }

    /// Sales that were paid in coins and notes: settled at once, nobody takes a fee.
    async fn take_cash(&self, places: &[usize]) -> Result<(), Failure> {
        if places.is_empty() {
            return Ok(());
        }
        let tx = db::begin(&self.house.pools.orm, self.coop()).await?;
        let wanted: BTreeSet<(CoopId, SaleId)> = places.iter().map(|place| (self.coop(), self.opened.sales[*place])).collect();
        let (sales, mut standing) = orders::load(&tx, &Agreements::default(), &wanted).await?;
        let mut booked = BTreeMap::new();
        for (key, mut sale) in sales {
            sale.saw_payment(sale.gross, sale.currency.code(), None)?;
            sale.saw_fee(FeeKnown {
                balance_transaction: String::new(),
                gross: sale.gross,
                fee: 0,
                currency: sale.currency,
                exchange_rate: None,
                at: sale.sold_at,
                available_at: sale.sold_at,
            });
            let booking = sale.book(&mut standing)?;
            booked.insert(key, (sale, booking));
        }
        orders::save(&tx, &Accounts::default(), &booked, &standing).await?;
        tx.commit().await?;
        Ok(())
    }
}
