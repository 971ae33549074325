//! A co-op with a month of life, to look at.

use crate::{failure::Failure, house::House};

/// What the demo may be told.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Args {}

/// Makes the co-op and lets it live for the month before this one. The api, a worker and the stand-in run in this process;
/// the stand-in is at the house's gateway, and its clock stands at the beginning of that month if nothing happened there
/// before: this turns it to the present and lets it run.
pub(crate) async fn run(house: &House, args: &Args) -> Result<(), Failure> {
    let coops = identity::coops(&house.pools.orm).await?;
    tracing::debug!(?args, "{} co-ops live here", coops.len());
    Ok(())
}
