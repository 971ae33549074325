//! What to look at, once everything runs.

use std::collections::HashMap;

use identity::Coop;
use kernel::{Month, PartyId};
use payouts::{PayoutStatus, Results};
use serde_json::{Value, json};

use crate::{
    failure::Failure,
    house::House,
    output::{amount, table},
};

/// Tells who was paid what, where the files lie, what listens where, and what to try next.
pub(crate) async fn tell(house: &House, api: &str) -> Result<(), Failure> {
    let coops = identity::coops(&house.pools.orm).await?;
    let (mut values, mut texts) = (Vec::new(), Vec::new());
    for coop in &coops {
        let (value, text) = of_coop(house, coop).await?;
        values.push(value);
        texts.push(text);
    }
    let places = json!({
        "api": api, "stripe_stand_in": house.stand_in, "database": house.database.shown(),
        "documents": house.settings.storage_url()?, "mail": house.settings.mail_shown()?,
    });
    house.output.answer(&json!({"co_ops": values, "places": places}), || {
        let mut shown = table(&["what", "where"]);
        for (what, place) in [
            ("webhooks, health", api),
            ("Stripe stand-in (not Stripe)", house.stand_in.as_deref().unwrap_or_default()),
            ("database", house.database.shown()),
            ("statements: PDF, CSV, JSON", places["documents"].as_str().unwrap_or_default()),
            ("letters", places["mail"].as_str().unwrap_or_default()),
        ] {
            shown.add_row(vec![what, place]);
        }
        format!("{}\n{shown}", texts.join("\n"))
    })
}

async fn of_coop(house: &House, coop: &Coop) -> Result<(Value, String), Failure> {
    let payouts = house.payouts();
    let runs = payouts.list(coop.id).await?;
    let results = match runs.first() {
        Some(latest) => Some(payouts.results(coop.id, latest.id).await?),
        None => None,
    };
    let month = Month::of(house.clock.now(), &coop.zone).previous();
    let statements = house.statements().list(coop.id, month).await?;
    let tx = db::begin(&house.pools.orm, coop.id).await?;
    let parties = identity::parties(&tx, coop.id).await?;
    tx.commit().await?;
    let names: HashMap<PartyId, String> = parties.into_iter().map(|party| (party.id, party.name)).collect();
    let paid: Vec<Value> = results.iter().flat_map(|results| &results.payouts).map(|payout| {
        json!({"party": names.get(&payout.party), "amount": payout.amount, "currency": payout.currency.code(), "status": payout.status.name(), "reason": payout.reason})
    }).collect();
    let value = json!({"slug": coop.slug, "name": coop.name, "month": month, "statements": statements.len(), "latest_payout_run": paid});
    let example = statements.first().map_or_else(|| format!("{month}-0001"), |statement| statement.number.clone());
    let paid = results.map(|results| paid_what(&results, &names)).unwrap_or_default();
    let text = format!(
        "{} ({slug})\n{paid}\n{} statements of {month}. Try:\n  guildhall statement list --co-op {slug} --month {month}\n  \
         guildhall statement show --co-op {slug} {example}\n  guildhall explain --co-op {slug} {example}/1\n  \
         guildhall payout show --co-op {slug}\n  guildhall verify\n",
        coop.name,
        statements.len(),
        slug = coop.slug
    );
    Ok((value, text))
}

fn paid_what(results: &Results, names: &HashMap<PartyId, String>) -> String {
    let mut shown = table(&["party", "paid", "status", "why"]);
    for payout in &results.payouts {
        shown.add_row(vec![
            names.get(&payout.party).cloned().unwrap_or_default().into(),
            amount(payout.amount, payout.currency),
            payout.status.name().into(),
            payout.reason.clone().unwrap_or_default().into(),
        ]);
    }
    let (count, sum) = results.total(PayoutStatus::Confirmed);
    format!("{shown}\n{count} paid, {} in all.", kernel::Money::new(sum, results.run.currency))
}
