//! What the month came to, by channel.

use db::statement;
use identity::Coop;
use sea_orm::FromQueryResult;
use serde::Serialize;

use crate::{
    failure::Failure,
    house::House,
    output::{amount, number, table},
};

/// What one way of selling came to, in minor units of the co-op's currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromQueryResult)]
pub(crate) struct Sold {
    /// `web`, `till`, `stream`.
    pub(crate) through: String,
    /// `stripe` or `cash`.
    pub(crate) payment: String,
    /// How many.
    pub(crate) sales: i64,
    /// What buyers paid.
    pub(crate) gross: i64,
    /// What went back to them.
    pub(crate) refunded: i64,
    /// What Stripe kept.
    pub(crate) fees: i64,
}

/// What the demo made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Summary {
    /// Whether it was there before.
    pub(crate) known: bool,
    /// The ways of selling.
    pub(crate) channels: Vec<Sold>,
}

const CHANNELS: &str = "
select channel::text as through, payment::text as payment, count(*)::int8 as sales, sum(gross)::int8 as gross, sum(refunded)::int8 as refunded,
       coalesce(sum(fee), 0)::int8 as fees
from sale where coop_id = $1 group by channel, payment order by channel, payment";

/// Adds up the sales of a co-op.
pub(super) async fn channels(house: &House, coop: kernel::CoopId) -> Result<Vec<Sold>, Failure> {
    let tx = db::begin(&house.pools.orm, coop).await?;
    let channels = Sold::find_by_statement(statement(CHANNELS, [coop.0.into()])).all(&tx).await?;
    tx.commit().await?;
    Ok(channels)
}

/// The same for people.
pub(super) fn shown(channels: &[Sold], coop: &Coop) -> String {
    let mut shown = table(&["sold", "paid", "sales", "gross", "given back", "Stripe's fees"]);
    for row in channels {
        shown.add_row(vec![
            row.through.clone().into(),
            row.payment.clone().into(),
            number(row.sales),
            amount(row.gross, coop.currency),
            amount(row.refunded, coop.currency),
            amount(row.fees, coop.currency),
        ]);
    }
    shown.to_string()
}
