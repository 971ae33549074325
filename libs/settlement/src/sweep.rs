//! Closing the gap after an outage: Stripe's own list of events feeds the same inbox.

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use stripe_gateway::{EventsAsk, Gateway};

use crate::{Accepted, SettlementError, accept};

/// At most this many pages of a hundred events a sweep: a day of a busy installation. The next sweep goes on.
const MOST_PAGES: usize = 500;

/// Reads everything since `since` into the inbox. Events that are there already stay as they are.
pub(crate) async fn sweep(db: &impl ConnectionTrait, gateway: &Gateway, since: DateTime<Utc>) -> Result<usize, SettlementError> {
    let mut fresh = 0;
    let mut after = None;
    for _ in 0..MOST_PAGES {
        let page = gateway.list_events(&EventsAsk { since: Some(since), starting_after: after.take(), ending_before: None }).await?;
        for listed in &page.data {
            if accept(db, listed.body(), listed.event()?.account.is_some()).await? == Accepted::Fresh {
                fresh += 1;
            }
        }
        after = match page.data.last() {
            Some(last) if page.has_more => Some(last.event()?.id.into_owned()),
            _ => return Ok(fresh),
        };
    }
    Ok(fresh)
}
