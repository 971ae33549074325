//! `guildhall replay`: parked events, once their cause is gone.

use serde_json::json;

use crate::{failure::Failure, house::House, output::table};

#[derive(Clone, Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Args {
    /// The event to try again, evt_…
    event: Option<String>,
    /// Try all of them again
    #[arg(long)]
    all: bool,
    /// Show them with their reasons; ends with 5 when there are any
    #[arg(long)]
    list: bool,
}

pub(crate) async fn run(house: &House, args: &Args) -> Result<(), Failure> {
    if args.list {
        return list(house).await;
    }
    let replayed = match &args.event {
        Some(event) => settlement::replay(&house.pools.orm, event).await.map(|()| 1)?,
        None => settlement::replay_all(&house.pools.orm).await?,
    };
    let settled = house.output.watch("settling", house.settlement().run_until_still(settlement::BATCH)).await?;
    let parked = settlement::inbox(&house.pools.orm).await?.parked;
    house.output.answer(&json!({"replayed": replayed, "settled": settled, "parked": parked}), || {
        format!(
            "{replayed} events tried again: {} in the books, {} kept, {} waiting, {} parked.",
            settled.done, settled.kept, settled.waiting, settled.parked
        )
    })?;
    still_parked(usize::try_from(parked).unwrap_or_default())
}

async fn list(house: &House) -> Result<(), Failure> {
    let parked = settlement::parked(&house.pools.orm).await?;
    house.output.answer(&json!({"parked": parked}), || {
        if parked.is_empty() {
            return "Nothing is parked.".to_owned();
        }
        let mut shown = table(&["event", "type", "came", "why it is parked"]);
        for event in &parked {
            let came = event.received_at.format("%Y-%m-%d %H:%M").to_string();
            shown.add_row(vec![event.event_id.clone(), event.kind.clone(), came, event.reason.clone()]);
        }
        shown.to_string()
    })?;
    still_parked(parked.len())
}

fn still_parked(parked: usize) -> Result<(), Failure> {
    match parked {
        0 => Ok(()),
        parked => Err(Failure::NeedsPerson(format!("{parked} events are parked; mend what their reasons say and replay them"))),
    }
}
