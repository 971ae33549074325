//! Answers that are kept for idempotency keys, and forgotten.

use chrono::{DateTime, TimeDelta, Utc};
use db::statement;
use kernel::CoopId;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr};

/// How many days the answer to an idempotency key is kept.
pub const KEPT_FOR_DAYS: i64 = 30;
/// Co-ops that are looked through in one transaction.
const COOPS_AT_ONCE: usize = 500;
/// Answers of a co-op that are forgotten in one transaction: locks are short, and the next round takes more.
const ANSWERS_AT_ONCE: i64 = 1_000;

/// Forgets the answers of these co-ops that are over. For the worker's schedule; says how many there were, and a second time
/// there are none.
pub async fn forget_answers(db: &DatabaseConnection, coops: &[CoopId], now: DateTime<Utc>) -> Result<u64, DbErr> {
    const FORGET: &str = "
        with over as (
            select asked.coop_id, known.actor, known.key
            from unnest($1::int4[]) as asked (coop_id)
            cross join lateral (
                select actor, key from idempotency
                where idempotency.coop_id = asked.coop_id and created_at < $2 order by created_at limit $3
            ) as known
        )
        delete from idempotency using over
        where idempotency.coop_id = over.coop_id and idempotency.actor = over.actor and idempotency.key = over.key";
    let mut forgotten = 0;
    for some in coops.chunks(COOPS_AT_ONCE) {
        let ids: Vec<i32> = some.iter().map(|coop| coop.0).collect();
        loop {
            let tx = db::begin_many(db, some).await?;
            let over = now - TimeDelta::days(KEPT_FOR_DAYS);
            let gone = tx.execute_raw(statement(FORGET, [ids.clone().into(), over.into(), ANSWERS_AT_ONCE.into()])).await?.rows_affected();
            tx.commit().await?;
            forgotten += gone;
            if gone < ANSWERS_AT_ONCE.unsigned_abs() {
                break;
            }
        }
    }
    Ok(forgotten)
}
