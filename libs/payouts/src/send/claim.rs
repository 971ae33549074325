//! Claiming payouts, so that each is carried by one sender at a time.
//!
//! A claim is a lease: a token and an end, by the clock. Who finds a payout that is `sent` or `unknown` without a living
//! lease looks at Stripe first. A sender writes what came of its payout only while the token is still its own, and starts no
//! command that could outlast the lease. Should one wake up late all the same, it sends the key that its successor uses too: a new
//! key is only taken a day later.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, Currency, PartyId};
use sea_orm::{ColumnTrait as _, DbErr, FromQueryResult, QueryFilter as _, QuerySelect as _};
use stripe_gateway::{GatewayError, IdempotencyKey};
use uuid::Uuid;

use super::SendLimits;
use crate::{PayoutId, PayoutsError, RunId, RunStatus, entity::run};

/// A payout in the hands of one sender. Its row and its key are committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) coop: CoopId,
    pub(crate) run: RunId,
    pub(crate) payout: PayoutId,
    pub(crate) party: PartyId,
    pub(crate) currency: Currency,
    pub(crate) amount: i64,
    pub(crate) destination: String,
    pub(crate) attempt: i32,
    pub(crate) tries: i32,
    /// No command of this key can have been done: nothing to look for.
    pub(crate) fresh: bool,
    pub(crate) lease: Uuid,
    pub(crate) leased_until: DateTime<Utc>,
}

impl Command {
    /// The name under which Stripe remembers this attempt.
    pub(crate) fn key(&self) -> Result<IdempotencyKey, GatewayError> {
        IdempotencyKey::try_new(format!("payout:{}:{}", self.payout, self.attempt))
    }
}

#[derive(FromQueryResult)]
struct Row {
    payout_id: Uuid,
    party_id: i64,
    currency: String,
    amount: i64,
    destination: String,
    attempt: i32,
    tries: i32,
    fresh: bool,
}

const CLAIM: &str = "
with due as materialized (
    select payout_id, status = 'reserved' as fresh, status = 'reserved' and (keyed_at is null or keyed_at <= $4) as new_key
    from payout
    where coop_id = $1 and run_id = $2 and status in ('reserved', 'sent', 'unknown')
      and next_try_at <= $3 and (leased_until is null or leased_until <= $3)
    order by next_try_at, payout_id limit $7 for update skip locked
), claimed as (
    update payout set status = case when due.fresh then 'sent' else payout.status end,
        attempt = payout.attempt + due.new_key::int, keyed_at = case when due.new_key then $3 else payout.keyed_at end,
        lease = $5, leased_until = $6, changed_at = $3
    from due where payout.coop_id = $1 and payout.payout_id = due.payout_id
    returning payout.payout_id, payout.party_id, payout.currency::text as currency, payout.amount, payout.destination, payout.attempt,
              payout.tries, due.fresh
), stepped as (
    insert into payout_step (coop_id, payout_id, step, status, at, note)
    select $1, payout_id, 1 + (select max(step) from payout_step taken where taken.coop_id = $1 and taken.payout_id = claimed.payout_id),
           'sent', $3, 'attempt ' || attempt
    from claimed where fresh
)
select * from claimed";

/// Takes up to `count` payouts of an approved run. Whoever holds the run has to wait for this transaction, and finds
/// everything that was claimed before.
pub(crate) async fn claim(
    tx: &db::Tx,
    (coop, run): (CoopId, RunId),
    (count, now): (usize, DateTime<Utc>),
    limits: &SendLimits,
) -> Result<Vec<Command>, PayoutsError> {
    if !is_approved(tx, (coop, run)).await? {
        return Ok(Vec::new());
    }
    let (lease, leased_until) = (Uuid::now_v7(), now + limits.lease);
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let values = [coop.0.into(), run.0.into(), now.into(), (now - limits.key_life).into(), lease.into(), leased_until.into(), count.into()];
    let rows = Row::find_by_statement(statement(CLAIM, values)).all(tx).await?;
    let command = |row: Row| {
        Ok(Command {
            coop,
            run,
            payout: PayoutId(row.payout_id),
            party: PartyId(row.party_id),
            currency: row.currency.parse().map_err(|error| DbErr::Type(format!("{error}")))?,
            amount: row.amount,
            destination: row.destination,
            attempt: row.attempt,
            tries: row.tries,
            fresh: row.fresh,
            lease,
            leased_until,
        })
    };
    rows.into_iter().map(command).collect()
}

/// Whether the run may be sent; it cannot be held or cancelled before this transaction ends.
pub(crate) async fn is_approved(tx: &db::Tx, (coop, id): (CoopId, RunId)) -> Result<bool, PayoutsError> {
    let row = run::Entity::in_coop(coop).filter(run::Column::RunId.eq(id.0)).lock_shared().one(tx).await?;
    Ok(row.ok_or(PayoutsError::NoRun(id))?.status == RunStatus::Approved)
}

const AGAIN: &str = "
with claimed as (
    update payout set status = 'sent', attempt = attempt + (keyed_at <= $5)::int,
        keyed_at = case when keyed_at <= $5 then $4 else keyed_at end, leased_until = $6, changed_at = $4
    where coop_id = $1 and payout_id = $2 and lease = $3 and status in ('sent', 'unknown')
    returning payout_id, attempt
), stepped as (
    insert into payout_step (coop_id, payout_id, step, status, at, note)
    select $1, payout_id, 1 + (select max(step) from payout_step taken where taken.coop_id = $1 and taken.payout_id = claimed.payout_id),
           'sent', $4, 'Stripe has no transfer of it; attempt ' || attempt
    from claimed
)
select attempt from claimed";

#[derive(FromQueryResult)]
struct Again {
    attempt: i32,
}

/// Commits to sending a missing transfer again: with the same key while Stripe knows it, with a new one after that. `None`
/// when the payout is no longer ours.
pub(crate) async fn again(tx: &db::Tx, command: Command, now: DateTime<Utc>, limits: &SendLimits) -> Result<Option<Command>, DbErr> {
    let leased_until = now + limits.lease;
    let values = [
        command.coop.0.into(),
        command.payout.0.into(),
        command.lease.into(),
        now.into(),
        (now - limits.key_life).into(),
        leased_until.into(),
    ];
    let row = Again::find_by_statement(statement(AGAIN, values)).one(tx).await?;
    Ok(row.map(|row| Command { attempt: row.attempt, leased_until, ..command }))
}
