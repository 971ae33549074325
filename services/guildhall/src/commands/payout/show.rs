//! Runs and payouts as they are told.

use std::collections::HashMap;

use identity::Coop;
use kernel::PartyId;
use payouts::{Payout, Results, Run};
use serde_json::{Value, json};

use crate::{
    failure::Failure,
    house::House,
    output::{amount, table},
};

/// One run.
pub(super) fn run(house: &House, run: &Run) -> Result<(), Failure> {
    house.output.answer(&of_run(run), || headline(run))
}

/// A list of runs.
pub(super) fn runs(house: &House, runs: &[Run]) -> Result<(), Failure> {
    let value: Vec<Value> = runs.iter().map(of_run).collect();
    house.output.answer(&json!({"runs": value}), || {
        let mut shown = table(&["run", "currency", "earned before", "status", "why"]);
        for run in runs {
            let why = run.held_reason.as_ref().or(run.cancelled_reason.as_ref()).cloned().unwrap_or_default();
            let before = run.cutoff.format("%Y-%m-%d %H:%M").to_string();
            shown.add_row(vec![run.id.to_string(), run.currency.to_string(), before, run.status.to_string(), why]);
        }
        if runs.is_empty() { "There is no payout run yet.".to_owned() } else { shown.to_string() }
    })
}

/// A run with its payouts: who gets what, and why not.
pub(super) async fn results(house: &House, coop: &Coop, results: &Results) -> Result<(), Failure> {
    let tx = db::begin(&house.pools.orm, coop.id).await?;
    let parties = identity::parties(&tx, coop.id).await?;
    tx.commit().await?;
    let names: HashMap<PartyId, (String, String)> = parties.into_iter().map(|party| (party.id, (party.handle, party.name))).collect();
    let payouts: Vec<Value> = results.payouts.iter().map(|payout| of_payout(payout, names.get(&payout.party))).collect();
    house.output.answer(&json!({"run": of_run(&results.run), "payouts": payouts}), || {
        let mut shown = table(&["party", "owed", "paid", "status", "transfer", "why"]);
        for payout in &results.payouts {
            let name = names.get(&payout.party).map_or_else(|| payout.party.to_string(), |(_, name)| name.clone());
            let why = payout.reason.as_ref().or(payout.rest.as_ref()).cloned().unwrap_or_default();
            shown.add_row(vec![
                name.into(),
                amount(payout.owed, payout.currency),
                amount(payout.amount, payout.currency),
                payout.status.name().into(),
                payout.transfer.clone().unwrap_or_default().into(),
                why.into(),
            ]);
        }
        format!("{}\n{shown}", headline(&results.run))
    })
}

fn headline(run: &Run) -> String {
    let why = run.held_reason.as_ref().or(run.cancelled_reason.as_ref()).map(|why| format!(" ({why})")).unwrap_or_default();
    format!(
        "Payout run {} in {}, for what was earned before {}: {}{why}",
        run.id,
        run.currency,
        run.cutoff.format("%Y-%m-%d %H:%M UTC"),
        run.status
    )
}

fn of_run(run: &Run) -> Value {
    json!({
        "id": run.id, "currency": run.currency.code(), "cutoff": run.cutoff, "status": run.status.to_string(),
        "drafted_by": run.drafted_by, "drafted_at": run.drafted_at,
        "approved_by": run.approved.map(|(person, _)| person), "approved_at": run.approved.map(|(_, at)| at),
        "held_reason": run.held_reason, "cancelled_reason": run.cancelled_reason, "finished_at": run.finished_at,
    })
}

fn of_payout(payout: &Payout, name: Option<&(String, String)>) -> Value {
    json!({
        "id": payout.id, "party": payout.party, "handle": name.map(|(handle, _)| handle), "name": name.map(|(_, name)| name),
        "currency": payout.currency.code(), "owed": payout.owed, "amount": payout.amount, "status": payout.status.name(),
        "transfer": payout.transfer, "returned": payout.returned, "reason": payout.reason, "rest": payout.rest,
        "bank": payout.bank.as_ref().map(|bank| &bank.note), "changed_at": payout.changed_at,
    })
}
