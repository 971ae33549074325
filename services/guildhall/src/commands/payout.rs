//! `guildhall payout`: runs from their draft to the last transfer.

mod show;

use chrono::{DateTime, SubsecRound as _, Utc};
use clap::Subcommand;
use identity::Coop;
use kernel::{Code, Currency};
use payouts::{Draft, PayoutStatus, Run, RunId};
use serde_json::json;
use uuid::Uuid;

use crate::{failure::Failure, house::House};

/// The fewest letters by which a run may be named.
const SHORTEST_NAME: usize = 6;

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Plan a run: who would be paid how much, and why not; nothing moves
    Draft {
        #[command(flatten)]
        of: Of,
        /// Who drafts it, by name or number; somebody else has to approve it
        #[arg(long)]
        by: String,
        /// Pay in this currency; the co-op's own when not given
        #[arg(long)]
        currency: Option<Currency>,
        /// Pay what was earned before this moment, as in 2026-12-01T00:00:00Z; now when not given
        #[arg(long)]
        cutoff: Option<DateTime<Utc>>,
        /// The number of the run, so that drafting again is the same draft; needs --cutoff
        #[arg(long, requires = "cutoff")]
        run: Option<Uuid>,
    },
    /// Approve a draft: its money is reserved and the worker sends it
    Approve {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        run: Named,
        /// Who approves it, by name or number; not the one who drafted it
        #[arg(long)]
        by: String,
    },
    /// Stop a run; what is reserved stays reserved
    Hold {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        run: Named,
        /// Why; members read it
        #[arg(long)]
        reason: String,
    },
    /// Let a held run go on
    Release {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        run: Named,
    },
    /// Give a run up of which nothing was sent
    Cancel {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        run: Named,
        /// Why; members read it
        #[arg(long)]
        reason: String,
    },
    /// Send what is due of an approved run now, without waiting for the worker
    Send {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        run: Named,
    },
    /// Show a run with what became of each party's payout
    Show {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        run: Named,
    },
    /// List the latest runs
    List {
        #[command(flatten)]
        of: Of,
    },
}

/// Which co-op.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Of {
    /// The co-op, by its slug; the only one when not given
    #[arg(long, env = "GUILDHALL_COOP")]
    co_op: Option<String>,
}

/// Which run.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Named {
    /// The run, by its number or the beginning of it; the latest when not given
    run: Option<String>,
}

pub(crate) async fn run(house: &House, command: &Command) -> Result<(), Failure> {
    let payouts = house.payouts();
    match command {
        Command::Draft { of, by, currency, cutoff, run } => {
            let coop = house.coop(of.co_op.as_deref()).await?;
            let draft = Draft {
                run: RunId(run.unwrap_or_else(Uuid::now_v7)),
                currency: currency.unwrap_or(coop.currency),
                // The database keeps microseconds; a finer moment would not be the same one when read back.
                cutoff: cutoff.unwrap_or_else(|| house.clock.now()).trunc_subsecs(6),
                by: house.person(coop.id, by).await?,
            };
            let results = house.output.watch("planning", payouts.draft(coop.id, draft)).await?;
            show::results(house, &coop, &results).await
        }
        Command::Approve { of, run, by } => {
            let (coop, id) = find(house, of, run).await?;
            let by = house.person(coop.id, by).await?;
            let results = house.output.watch("reserving", payouts.approve(coop.id, id, by)).await?;
            show::results(house, &coop, &results).await
        }
        Command::Hold { of, run, reason } => {
            let (coop, id) = find(house, of, run).await?;
            show::run(house, &payouts.hold(coop.id, id, reason).await?)
        }
        Command::Release { of, run } => {
            let (coop, id) = find(house, of, run).await?;
            show::run(house, &payouts.release(coop.id, id).await?)
        }
        Command::Cancel { of, run, reason } => {
            let (coop, id) = find(house, of, run).await?;
            show::run(house, &payouts.cancel(coop.id, id, reason).await?)
        }
        Command::Send { of, run } => {
            let (coop, id) = find(house, of, run).await?;
            send(house, &coop, id).await
        }
        Command::Show { of, run } => {
            let (coop, id) = find(house, of, run).await?;
            show::results(house, &coop, &payouts.results(coop.id, id).await?).await
        }
        Command::List { of } => {
            let coop = house.coop(of.co_op.as_deref()).await?;
            show::runs(house, &payouts.list(coop.id).await?)
        }
    }
}

async fn send(house: &House, coop: &Coop, id: RunId) -> Result<(), Failure> {
    let payouts = house.payouts();
    let told = async || {
        let results = payouts.results(coop.id, id).await.ok()?;
        let open = [PayoutStatus::Reserved, PayoutStatus::Sent, PayoutStatus::Unknown];
        let of = results.payouts.iter().filter(|payout| payout.amount > 0).count();
        let left = results.payouts.iter().filter(|payout| open.contains(&payout.status)).count();
        Some(((of - left.min(of)) as u64, of as u64))
    };
    let sent = house.output.watch_count("sending", payouts.send(coop.id, id), told).await?;
    let value = json!({"run": id, "confirmed": sent.confirmed, "failed": sent.failed, "waiting": sent.waiting, "unknown": sent.unknown, "finished": sent.finished});
    house.output.answer(&value, || {
        let end = if sent.finished { "the run is finished" } else { "the run goes on" };
        format!("{} confirmed, {} failed, {} waiting, {} unknown: {end}.", sent.confirmed, sent.failed, sent.waiting, sent.unknown)
    })?;
    match sent.unknown {
        0 => Ok(()),
        unknown => Err(Failure::NeedsPerson(format!(
            "of {unknown} payouts it is not known whether they were sent; Stripe is asked before anything is sent again"
        ))),
    }
}

/// The co-op and the run that are meant.
async fn find(house: &House, of: &Of, named: &Named) -> Result<(Coop, RunId), Failure> {
    let coop = house.coop(of.co_op.as_deref()).await?;
    if let Some(id) = named.run.as_ref().and_then(|name| name.parse().ok()) {
        return Ok((coop, RunId(id)));
    }
    let runs: Vec<Run> = house.payouts().list(coop.id).await?;
    let refused = |message: String| Err(Failure::refused(Code::NotFound, message));
    let Some(name) = &named.run else {
        return match runs.first() {
            Some(latest) => Ok((coop, latest.id)),
            None => refused(format!("{} has no payout run; draft one with `guildhall payout draft`", coop.slug)),
        };
    };
    let mut like = runs.iter().filter(|run| name.len() >= SHORTEST_NAME && run.id.to_string().starts_with(name.as_str()));
    match (like.next(), like.next()) {
        (Some(run), None) => Ok((coop, run.id)),
        (Some(_), Some(_)) => refused(format!("several payout runs begin with {name}; write more of it")),
        (None, _) => refused(format!("{} has no payout run {name}; see them with `guildhall payout list`", coop.slug)),
    }
}
