//! The month's end: payouts drafted by one and approved by another, the books closed, statements made, everything verified.

use kernel::{Month, PersonId};
use payouts::{Draft, RunId, RunStatus};
use uuid::Uuid;

use super::{opening::Opened, stand_in::StandIn, still};
use crate::{failure::Failure, house::House};

/// Pays what the month earned. The worker sends it.
pub(super) async fn pay_out(house: &House, stand_in: &StandIn, opened: &Opened, month: Month) -> Result<(), Failure> {
    let [author, approver]: [PersonId; 2] = opened.treasurers;
    let coop = &opened.coop;
    let payouts = house.payouts();
    let run = RunId(Uuid::now_v7());
    let draft = Draft { run, currency: coop.currency, cutoff: month.next().starts_at(&coop.zone), by: author };
    payouts.draft(coop.id, draft).await?;
    payouts.approve(coop.id, run, approver).await?;
    let sent = still::until("sending payouts", async || Ok(payouts.get(coop.id, run).await?.status == RunStatus::Finished));
    house.output.watch("sending payouts", sent).await?;
    still::wait(house, stand_in, "hearing of the transfers").await
}

/// Closes the month and waits until the worker has made and mailed every statement.
pub(super) async fn close(house: &House, opened: &Opened, month: Month) -> Result<usize, Failure> {
    let coop = &opened.coop;
    let statements = house.statements();
    let closed = house.output.watch("closing the month", statements.close(coop, month, Some(opened.treasurers[0]))).await?;
    let mut open: Vec<String> = closed.statements.issued.iter().map(|issued| issued.number.clone()).collect();
    let count = open.len();
    let bar = house.output.bar(count as u64, "making and mailing statements");
    still::until("making statements", async || {
        while let Some(number) = open.last() {
            let issued = statements.get(coop.id, number, None).await?;
            if issued.rendered_at.is_none() || issued.mailed_at.is_none() {
                return Ok(false);
            }
            open.pop();
            bar.set_position((count - open.len()) as u64);
        }
        Ok(true)
    })
    .await?;
    bar.finish_and_clear();
    Ok(count)
}

/// Recomputes the books.
pub(super) async fn verify(house: &House, opened: &Opened) -> Result<(), Failure> {
    let verdict = house.output.watch("verifying the books", ledger::verify(&house.pools.orm, opened.coop.id)).await?;
    match verdict.difference {
        None => Ok(()),
        Some(difference) => Err(Failure::Differs(format!("the demo's books do not agree: {difference}"))),
    }
}
