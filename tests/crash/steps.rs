//! The steps at which something is killed.

use std::collections::BTreeMap;

use sqlx::{PgPool, Row as _};

use super::line::Way;

/// A moment in the life of a payout, or of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Approved, the money is reserved; its command is not committed.
    Reserved,
    /// The command is committed; Stripe has not heard it.
    Sent,
    /// Stripe has done it; the answer is on its way.
    Done,
    /// The answer was lost.
    Unknown,
    /// The first one is confirmed.
    Confirmed,
    /// Half of the run is confirmed.
    Half,
    /// One payout is open, all others are at their end.
    Last,
}

impl Step {
    /// What is held on the line, so that the moment lasts.
    pub(super) const fn holds(self) -> Option<Way> {
        match self {
            Self::Sent => Some(Way::There),
            Self::Done => Some(Way::Back),
            Self::Reserved | Self::Unknown | Self::Confirmed | Self::Half | Self::Last => None,
        }
    }

    /// Whether the moment is there, seen from before it.
    pub(super) fn is_reached(self, before: &Standing, now: &Standing) -> bool {
        match self {
            Self::Reserved => now.of("reserved") > 0,
            Self::Sent => now.became("sent") > before.became("sent"),
            Self::Done => now.transfers > before.transfers,
            Self::Unknown => now.became("unknown") > before.became("unknown"),
            Self::Confirmed => now.became("confirmed") > before.became("confirmed"),
            Self::Half => 2 * now.of("confirmed") >= now.payouts(),
            Self::Last => now.open() == 1,
        }
    }
}

/// Where a run stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    /// Payouts by status.
    payouts: BTreeMap<String, i64>,
    /// How often a payout took each status, from the beginning.
    became: BTreeMap<String, i64>,
    /// Transfers at Stripe.
    transfers: usize,
}

const PAYOUTS: &str = "select status::text, count(*) from payout group by status";
const STEPS: &str = "select status::text, count(*) from payout_step group by status";

impl Standing {
    /// What the database says; an error while the server is away.
    pub(super) async fn read(owner: &PgPool, transfers: usize) -> Result<Self, sqlx::Error> {
        Ok(Self { payouts: count(owner, PAYOUTS).await?, became: count(owner, STEPS).await?, transfers })
    }

    pub(super) fn of(&self, status: &str) -> i64 {
        self.payouts.get(status).copied().unwrap_or_default()
    }

    pub(super) fn became(&self, status: &str) -> i64 {
        self.became.get(status).copied().unwrap_or_default()
    }

    fn open(&self) -> i64 {
        ["reserved", "sent", "unknown"].into_iter().map(|status| self.of(status)).sum()
    }

    fn payouts(&self) -> i64 {
        self.payouts.values().sum()
    }
}

async fn count(owner: &PgPool, sql: &'static str) -> Result<BTreeMap<String, i64>, sqlx::Error> {
    let rows = sqlx::query(sql).fetch_all(owner).await?;
    Ok(rows.into_iter().map(|row| (row.get(0), row.get(1))).collect())
}
