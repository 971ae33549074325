//! When somebody who leaves has left.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{Clock, CoopId, Currency, Money, PartyId};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult};

use crate::IdentityError;

/// Co-ops that are looked through in one transaction.
const COOPS_AT_ONCE: usize = 500;

/// Something between a party and the co-op that is not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Whose; `None`: sales whose fee is not known yet.
    pub party: Option<PartyId>,
    /// What it is, as the books call it: `member_payable`, `held`, `advance`, `payout` (under way), `sale` (not settled).
    pub what: String,
    /// How much the co-op owes; negative: is owed.
    pub amount: Money,
}

#[derive(FromQueryResult)]
struct Row {
    party_id: Option<i64>,
    what: String,
    currency: String,
    amount: i64,
}

/// What is not settled with a party, or with anybody.
pub(crate) async fn open(db: &impl ConnectionTrait, coop: CoopId, party: Option<PartyId>) -> Result<Vec<Open>, IdentityError> {
    const OPEN: &str = "select party_id, what, currency, amount from money_open($1, $2) order by party_id nulls last, what, currency";
    let values = [coop.0.into(), party.map(|party| party.0).into()];
    let rows = Row::find_by_statement(statement(OPEN, values)).all(db).await?;
    let read = |row: Row| {
        let currency: Currency = row.currency.parse().map_err(|error| DbErr::Type(format!("{error}")))?;
        Ok(Open { party: row.party_id.map(PartyId), what: row.what, amount: Money::new(row.amount, currency) })
    };
    rows.into_iter().map(read).collect()
}

/// Those who are leaving and have nothing open with the co-op any more have left. One statement for all of them.
pub(super) async fn finish(tx: &db::Tx, coops: &[CoopId], now: DateTime<Utc>) -> Result<u64, DbErr> {
    const FINISH: &str = "
        update membership set status = 'left', changed_at = $2
        where coop_id = any ($1) and status = 'leaving'
          and (party_id is null or not exists (select from money_open(membership.coop_id, membership.party_id)))";
    let ids: Vec<i32> = coops.iter().map(|coop| coop.0).collect();
    Ok(tx.execute_raw(statement(FINISH, [ids.into(), now.into()])).await?.rows_affected())
}

/// Looks through co-ops for members who are leaving and owe nothing and are owed nothing any more; says how many have left
/// now. For the worker's schedule; a second time finds nobody.
pub async fn finish_leaving(db: &DatabaseConnection, coops: &[CoopId], clock: &Clock) -> Result<u64, IdentityError> {
    let mut left = 0;
    for some in coops.chunks(COOPS_AT_ONCE) {
        let tx = db::begin_many(db, some).await?;
        left += finish(&tx, some, clock.now()).await?;
        tx.commit().await?;
    }
    Ok(left)
}
