//! A co-op with a month of life, to look at: Harbour Makers, as it lived the month before this one.
//!
//! Nothing in it takes a short cut. Buyers pay at the stand-in, whose clock is turned through the month; its signed webhooks
//! go through the api into the inbox and the worker settles them; payouts are drafted, approved by a second person and sent;
//! the month is closed and its statements are made and mailed. The same month is always the same.

mod cast;
mod chance;
mod ending;
mod letting_in;
mod living;
mod month;
mod opening;
mod stand_in;
mod still;
mod summary;
mod terms;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use chrono_tz::Tz;
use kernel::{Code, Month};

pub(crate) use self::summary::Summary;
use self::{living::Life, stand_in::StandIn};
use crate::{failure::Failure, house::House};

/// The co-op's name in commands.
const SLUG: &str = "harbour";
/// Where its days begin.
const ZONE: Tz = chrono_tz::Europe::Amsterdam;
/// How far the stand-in's clock is turned while the co-op is founded, at most.
const OPENING_TAKES: TimeDelta = TimeDelta::hours(1);
/// Requests to the stand-in that are under way at once.
const STREAMS_AT_ONCE: usize = 8;

/// What the demo may be told.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Args {}

/// Makes the co-op and lets it live for the month before this one. The api, a worker and the stand-in run in this process;
/// the stand-in is at the house's gateway, and its clock stands at the beginning of that month if nothing happened there
/// before: this turns it to the present and lets it run.
pub(crate) async fn run(house: &House, _args: &Args) -> Result<Summary, Failure> {
    let month = Month::of(house.clock.now(), &ZONE).previous();
    if let Some((coop, closed)) = opening::find(house).await? {
        if closed.is_none() {
            let message = "the demo's co-op was begun and never finished; remove the home folder (.guildhall) and begin again";
            return Err(Failure::refused(Code::NotNow, message));
        }
        house.output.say("The demo's co-op is here already.");
        return Ok(Summary { known: true, channels: summary::channels(house, coop).await? });
    }
    let url = house.stand_in.as_deref().ok_or_else(|| Failure::refused(Code::NotNow, "the demo needs the Stripe stand-in, not Stripe"))?;
    let stand_in = StandIn::at(url);
    let plan = month::plan(month, ZONE);
    let now = stand_in.now().await?;
    if plan.first().is_some_and(|first| now + OPENING_TAKES > first.sold_at) {
        let message =
            format!("the stand-in's clock is past the beginning of {month} already; remove the home folder (.guildhall) and begin again");
        return Err(Failure::refused(Code::NotNow, message));
    }
    house.output.say(&format!("Making a demo co-op, Harbour Makers, with its {month}:"));
    let opened = opening::open(house, &stand_in, month, &plan).await?;
    house.output.say(&format!("  founded, with its people, parties and agreements; {} sales to come", plan.len()));
    live(house, &stand_in, &opened, &plan).await?;
    house.output.say("  sold, refunded, disputed; every webhook is in the books");
    ending::pay_out(house, &stand_in, &opened, month).await?;
    house.output.say("  paid out");
    let statements = ending::close(house, &opened, month).await?;
    ending::verify(house, &opened).await?;
    house.output.say(&format!("  closed, with {statements} statements; the books agree with themselves\n"));
    letting_in::treasurers(house, &opened).await?;
    let channels = summary::channels(house, opened.coop.id).await?;
    house.output.say(&summary::shown(&channels, &opened.coop));
    Ok(Summary { known: false, channels })
}

/// Turns the stand-in's clock through the month, then to the present.
async fn live(house: &House, stand_in: &StandIn, opened: &opening::Opened, plan: &[month::PlannedSale]) -> Result<(), Failure> {
    let bar = house.output.bar(plan.len() as u64, "living the month");
    let mut life = Life { house, stand_in, opened, plan, intents: BTreeMap::new() };
    for (at, turn) in month::turns(plan) {
        stand_in.turn_to(at).await?;
        life.turn(turn, &bar).await?;
    }
    bar.finish_and_clear();
    stand_in.run_from(house.clock.now()).await?;
    still::wait(house, stand_in, "settling what Stripe said").await?;
    count_rows(house).await
}

/// Has PostgreSQL look at what a month brought into empty tables in seconds, as it would by itself in minutes: until then it
/// plans as if they were empty.
async fn count_rows(house: &House) -> Result<(), Failure> {
    let owner = db::owner_pool(&house.database.url).await?;
    sqlx::query("analyze").execute(&owner).await?;
    owner.close().await;
    Ok(())
}
