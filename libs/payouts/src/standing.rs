//! Reading what a co-op owes, party by party, in one statement.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, Currency, PartyId};
use sea_orm::{DbErr, FromQueryResult};

use crate::Standing;

/// Blocked are credits that were earned at or after the cutoff or whose money is not available yet, sale by sale, net of
/// what was taken back from that sale since: a sale that was refunded before it became due blocks nothing. Money that
/// came back from a payout was earned long ago and is never blocked.
const STANDINGS: &str = "
with payable as (
    select account_id, party_id from account where coop_id = $1 and kind = 'member_payable' and currency = $2
), blocked as (
    select entry.account_id, posting.sale_id, -sum(entry.amount) as credits,
           coalesce(-sum(entry.amount) filter (where posting.effective_at >= $3), 0) as late,
           min(posting.effective_at) as since, max(posting.available_at) as until
    from posting
    join entry on entry.coop_id = posting.coop_id and entry.posting_id = posting.posting_id and entry.amount < 0
    join payable on payable.account_id = entry.account_id
    where posting.coop_id = $1 and (posting.effective_at >= $3 or posting.available_at > $4)
      and posting.kind not in ('payout_failed', 'payout_cancelled', 'payout_returned')
    group by entry.account_id, posting.sale_id, case when posting.sale_id is null then posting.posting_id end
), taken_back as (
    select blocked.account_id, blocked.sale_id, sum(entry.amount) as debits
    from blocked
    join posting on posting.coop_id = $1 and posting.sale_id = blocked.sale_id and posting.effective_at >= blocked.since
    join entry on entry.coop_id = posting.coop_id and entry.posting_id = posting.posting_id
        and entry.account_id = blocked.account_id and entry.amount > 0
    group by blocked.account_id, blocked.sale_id
), net as (
    select blocked.account_id, blocked.late, blocked.until, greatest(blocked.credits - coalesce(taken_back.debits, 0), 0) as credits
    from blocked left join taken_back on taken_back.account_id = blocked.account_id and taken_back.sale_id = blocked.sale_id
), by_account as (
    select account_id, sum(least(credits, late))::int8 as late, sum(credits - least(credits, late))::int8 as pending,
           max(until) filter (where credits > late) as pending_until
    from net group by account_id
), on_its_way as (
    select party_id, sum(amount)::int8 as amount from payout
    where coop_id = $1 and currency = $2 and status in ('reserved', 'sent', 'unknown') group by party_id
)
select payable.party_id, coalesce(balance.credits - balance.debits, 0) as owed, coalesce(by_account.late, 0) as late,
       coalesce(by_account.pending, 0) as pending, by_account.pending_until, coalesce(on_its_way.amount, 0) as on_its_way
from payable
left join balance on balance.coop_id = $1 and balance.account_id = payable.account_id
left join by_account on by_account.account_id = payable.account_id
left join on_its_way on on_its_way.party_id = payable.party_id
where payable.party_id is not null
order by payable.party_id";

#[derive(FromQueryResult)]
struct Row {
    party_id: i64,
    owed: i64,
    late: i64,
    pending: i64,
    pending_until: Option<DateTime<Utc>>,
    on_its_way: i64,
}

/// What is owed to every party with a payable account in the currency, by party.
pub(crate) async fn standings(
    tx: &db::Tx,
    (coop, currency): (CoopId, Currency),
    cutoff: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<Standing>, DbErr> {
    let values = [coop.0.into(), currency.code().into(), cutoff.into(), now.into()];
    let rows = Row::find_by_statement(statement(STANDINGS, values)).all(tx).await?;
    let standing = |row: Row| Standing {
        party: PartyId(row.party_id),
        owed: row.owed,
        late: row.late,
        pending: row.pending,
        pending_until: row.pending_until,
        on_its_way: row.on_its_way,
    };
    Ok(rows.into_iter().map(standing).collect())
}
