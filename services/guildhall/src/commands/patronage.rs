//! `guildhall patronage`: a surplus shared among the members.

use std::collections::{BTreeMap, HashMap};

use identity::Coop;
use kernel::{Code, Money, Month, PartyId};
use splits::Rate;
use statements::{Metric, Patronage, PatronageOrder};

use crate::{
    commands::statement::party_of,
    failure::Failure,
    house::House,
    output::{amount, number, table},
};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// What it is called on statements, as in 2026; carried out once
    key: String,
    /// The first month of the period, as in 2026-01
    #[arg(long)]
    first: Month,
    /// The last month of the period, as in 2026-12
    #[arg(long)]
    last: Month,
    /// What is shared out, in the co-op's currency, as in 1200.50
    #[arg(long)]
    surplus: String,
    /// The part that is paid in cash, as in "20 %"; the rest is kept as the members' capital
    #[arg(long)]
    cash: Rate,
    /// Share by hours instead of by sales: a member's handle and its hours, as in mara=120; once for each member
    #[arg(long, value_name = "HANDLE=HOURS")]
    hours: Vec<String>,
    /// Who shares it out, by name or number
    #[arg(long)]
    by: Option<String>,
    /// The co-op, by its slug; the only one when not given
    #[arg(long, env = "GUILDHALL_COOP")]
    co_op: Option<String>,
}

pub(crate) async fn run(house: &House, args: &Args) -> Result<(), Failure> {
    let coop = house.coop(args.co_op.as_deref()).await?;
    let wrong =
        || Failure::refused(Code::InvalidInput, format!("{:?} is no amount of {}; write it as in 1200.50", args.surplus, coop.currency));
    let order = PatronageOrder {
        key: args.key.clone(),
        first: args.first,
        last: args.last,
        surplus: Money::parse(&args.surplus, coop.currency).ok_or_else(wrong)?,
        metric: metric(house, &coop, &args.hours).await?,
        cash: args.cash,
    };
    let by = match &args.by {
        Some(by) => Some(house.person(coop.id, by).await?),
        None => None,
    };
    let shared = house.output.watch("sharing the surplus", house.statements().patronage(&coop, &order, by)).await?;
    let names = names(house, &coop).await?;
    house.output.answer(&shared, || in_words(&shared, &names))
}

async fn metric(house: &House, coop: &Coop, hours: &[String]) -> Result<Metric, Failure> {
    if hours.is_empty() {
        return Ok(Metric::SalesCredited);
    }
    let mut by_party = BTreeMap::new();
    for text in hours {
        let wrong =
            || Failure::refused(Code::InvalidInput, format!("{text:?} says no hours; write a handle and a whole number, as in mara=120"));
        let (handle, hours) = text.split_once('=').ok_or_else(wrong)?;
        let hours: i64 = hours.trim().parse().map_err(|_| wrong())?;
        if by_party.insert(party_of(house, coop, handle.trim()).await?, hours).is_some() {
            return Err(Failure::refused(Code::InvalidInput, format!("the hours of {handle} are given twice")));
        }
    }
    Ok(Metric::Hours(by_party))
}

async fn names(house: &House, coop: &Coop) -> Result<HashMap<PartyId, String>, Failure> {
    let tx = db::begin(&house.pools.orm, coop.id).await?;
    let parties = identity::parties(&tx, coop.id).await?;
    tx.commit().await?;
    Ok(parties.into_iter().map(|party| (party.id, party.name)).collect())
}

fn in_words(shared: &Patronage, names: &HashMap<PartyId, String>) -> String {
    let mut shown = table(&["member", "weight", "share", "in cash", "capital"]);
    for share in &shared.shares {
        shown.add_row(vec![
            names.get(&share.party).cloned().unwrap_or_default().into(),
            number(share.weight),
            amount(share.amount, shared.currency),
            amount(share.cash, shared.currency),
            amount(share.retained, shared.currency),
        ]);
    }
    let was = if shared.newly { "is shared out" } else { "was shared out before" };
    format!("{shown}\nPatronage {} {was}.", shared.key)
}
