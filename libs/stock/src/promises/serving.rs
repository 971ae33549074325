//! Serving the lines: what came in goes to those who wait, preorders before waiting lines, the first before the next.

use chrono::{DateTime, Utc};
use db::{column, statement};
use kernel::{CoopId, ReservationId, VariantId};
use sea_orm::{ConnectionTrait as _, DbErr};
use uuid::Uuid;

use super::{PromiseError, Promises};
use crate::{deposits, preorders, waitlists};

/// Lines that are looked at in one round of a co-op; the rest comes with the next one.
const MAX_LINES: i64 = 200;
/// People who are served in one round of a line.
const MAX_SERVED: usize = 500;
/// Deposits that are forfeited in one transaction.
const MAX_OVERDUE: i64 = 500;
/// The namespace of the reservations of offers.
const OFFERS: Uuid = Uuid::from_u128(0x6775_696c_6468_616c_6c00_0000_0000_0022);

/// What came of asking the first in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    /// They have it.
    One,
    /// There is not enough for them; nobody passes them.
    TooLittle,
    /// Nobody stands there.
    NobodyWaits,
}

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Serving {
    /// Preorders whose goods are held now.
    pub preorders: usize,
    /// Offers that were made.
    pub offers: usize,
    /// Deposits of people who did not come in time.
    pub forfeited: usize,
}

/// Those of these co-ops in which somebody waits, or a balance is overdue: by partial indexes, which hold nothing else.
pub async fn waiting(tx: &db::Tx, coops: &[CoopId], now: DateTime<Utc>) -> Result<Vec<CoopId>, DbErr> {
    const WAITING: &str = "
        select coop_id from unnest($1::int4[]) as asked (coop_id)
        where exists (select from preorder where preorder.coop_id = asked.coop_id and preorder.state = 'waiting')
           or exists (select from waitlist_entry entry where entry.coop_id = asked.coop_id and entry.state = 'waiting')
           or exists (select from deposit where deposit.coop_id = asked.coop_id and deposit.state = 'ready' and deposit.balance_due_at <= $2)
        order by coop_id";
    let rows = tx.query_all_raw(statement(WAITING, [column(coops, |coop| coop.0), now.into()])).await?;
    rows.iter().map(|row| row.try_get("", "coop_id").map(CoopId)).collect()
}

impl Promises {
    /// One round over a co-op: settles the deposits of those who did not come, then serves the lines from what is there. What has
    /// expired is freed by the stock's own round before it. Any number may run at once: whoever stands first in a line is locked,
    /// so no unit is offered to two and nobody is asked twice.
    #[tracing::instrument(name = "promises.serve", skip_all, fields(coop.id = %coop))]
    pub async fn serve(&self, coop: CoopId) -> Result<Serving, PromiseError> {
        let now = self.clock.now();
        let mut round = Serving { forfeited: self.forfeit(coop, now).await?, ..Serving::default() };
        let tx = db::begin(&self.db, coop).await?;
        let ordered = preorders::lines_waiting(&tx, coop, MAX_LINES).await?;
        let waiting = waitlists::lines_waiting(&tx, coop, MAX_LINES).await?;
        tx.commit().await?;
        let mut short: Vec<VariantId> = Vec::new();
        for variant in ordered {
            let (served, end) = self.serve_line(coop, variant, now, Line::Preorders).await?;
            round.preorders += served;
            if end == Served::TooLittle {
                short.push(variant); // what is there is kept for those who ordered it
            }
        }
        for variant in waiting.into_iter().filter(|variant| !short.contains(variant)) {
            round.offers += self.serve_line(coop, variant, now, Line::Waitlist).await?.0;
        }
        Ok(round)
    }

    /// Serves a line until there is too little for the first in it. Each has a transaction of their own: one hold in each.
    async fn serve_line(&self, coop: CoopId, variant: VariantId, now: DateTime<Utc>, line: Line) -> Result<(usize, Served), PromiseError> {
        for served in 0..MAX_SERVED {
            let tx = db::begin(&self.db, coop).await?;
            let end = match line {
                Line::Preorders => preorders::serve(&tx, coop, variant, now).await?,
                Line::Waitlist => waitlists::serve(&tx, coop, variant, now).await?,
            };
            match end {
                Served::One => tx.commit().await?,
                Served::TooLittle | Served::NobodyWaits => return Ok((served, end)),
            }
        }
        Ok((MAX_SERVED, Served::One))
    }

    async fn forfeit(&self, coop: CoopId, now: DateTime<Utc>) -> Result<usize, PromiseError> {
        let tx = db::begin(&self.db, coop).await?;
        let overdue = deposits::overdue(&tx, coop, now, MAX_OVERDUE).await?;
        let becomes = overdue.into_iter().map(deposits::Deposit::no_show).collect::<Result<Vec<_>, _>>()?;
        deposits::save(&tx, coop, &becomes, now).await?;
        tx.commit().await?;
        Ok(becomes.len())
    }
}

#[derive(Clone, Copy)]
enum Line {
    Preorders,
    Waitlist,
}

/// The reservation of what is offered to somebody: the same however often it is tried.
pub(crate) fn offer_id(of: Uuid) -> ReservationId {
    ReservationId(Uuid::new_v5(&OFFERS, of.as_bytes()))
}
