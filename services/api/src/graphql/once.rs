//! Idempotency keys: the same operation with the same key is done once, and answered again from what came of it.
//!
//! ```text
//! claim ─ committed ─> the operation, in its own transactions ─> answer ─ committed
//!   │ the same key, the same input: the stored answer; while it is under way NOT_NOW
//!   └ the same key, another input: CONFLICT
//! ```
//!
//! When a process dies in between, the claim stays without an answer and is taken over after [`DEAD_AFTER`]. What an operation
//! makes is named by [`Claim::name`], so the second one finds what the first one made.

use async_graphql::Context;
use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use db::statement;
use kernel::{Actor, Code, CoopId, Refusal, Who};
use sea_orm::{ConnectionTrait as _, DbErr};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::base::{Answer, Asking as _, Failure, at};

/// How long an answer is kept.
const KEPT_FOR: TimeDelta = TimeDelta::days(partners::KEPT_FOR_DAYS);
/// A claim this old has no living owner: operations are given up long before.
const DEAD_AFTER: TimeDelta = TimeDelta::seconds(30);
/// The longest key.
const MAX_KEY_CHARS: usize = 200;
/// The namespace of what is named after keys.
const NAMES: Uuid = Uuid::from_u128(0x6775_696c_6468_616c_6c00_0000_0000_0012);

/// Takes a key: a new one, one whose answer is over, or that of a claim that died. The worker forgets what is over.
const CLAIM: &str = "
insert into idempotency as known (coop_id, actor, key, operation, fingerprint, claimed_at, created_at) values ($1, $2, $3, $4, $5, $6, $6)
on conflict (coop_id, actor, key) do update
    set operation = $4, fingerprint = $5, claimed_at = $6, answer = null,
        created_at = case when known.created_at < $7 then $6 else known.created_at end
    where known.created_at < $7 or (known.answer is null and known.fingerprint = $5 and known.claimed_at < $8)
returning key";
const KNOWN: &str = "
select fingerprint, answer::text as answer from idempotency where coop_id = $1 and actor = $2 and key = $3";
const KEEP: &str = "
update idempotency set answer = $4::jsonb where coop_id = $1 and actor = $2 and key = $3 and claimed_at = $5";
const LET_GO: &str = "
delete from idempotency where coop_id = $1 and actor = $2 and key = $3 and answer is null and claimed_at = $4";

/// An operation that this request alone is doing.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    actor: String,
    key: String,
    operation: &'static str,
    claimed_at: DateTime<Utc>,
}

impl Claim {
    /// The id of what the operation makes: the same each time the key comes.
    pub(crate) fn name(&self) -> Uuid {
        Uuid::new_v5(&NAMES, format!("{} {} {}", self.actor, self.operation, self.key).as_bytes())
    }

    /// Keeps the answer in the operation's own transaction, where what it makes cannot be named after the key: either both
    /// are there afterwards or neither.
    pub(crate) async fn answered(&self, tx: &db::Tx, coop: CoopId, answer: &impl Serialize) -> Answer<()> {
        const ANSWER: &str = "
            update idempotency set answer = $4::jsonb
            where coop_id = $1 and actor = $2 and key = $3 and answer is null and claimed_at = $5";
        let answer = serde_json::to_string(answer)?;
        let values = [coop.0.into(), self.actor.as_str().into(), self.key.as_str().into(), answer.into(), self.claimed_at.into()];
        match tx.execute_raw(statement(ANSWER, values)).await?.rows_affected() {
            1 => Ok(()),
            // Somebody took this claim for dead and has it now: what this one did is rolled back
            _ => Err(under_way()),
        }
    }
}

/// Does `work` once for the actor's key. What it answers is kept; a refusal is not, because nothing happened.
pub(crate) async fn once<T, F>(
    ctx: &Context<'_>,
    actor: &Actor,
    (operation, key): (&'static str, &str),
    input: &impl Serialize,
    work: impl FnOnce(Claim) -> F,
) -> Answer<T>
where
    T: Serialize + DeserializeOwned,
    F: Future<Output = Answer<T>>,
{
    if key.trim().is_empty() || key.chars().count() > MAX_KEY_CHARS || key.contains('\0') {
        return Err(at(
            &["idempotencyKey"],
            Code::InvalidInput,
            format!("an idempotency key has 1 to {MAX_KEY_CHARS} letters; a UUID is a good one"),
        ));
    }
    let who = match actor.who {
        Who::Person { person, .. } => format!("person:{person}"),
        Who::Key(key) => format!("key:{key}"),
    };
    // The database keeps microseconds, and a claim is known by its moment
    let now = ctx.house().clock.now().trunc_subsecs(6);
    let claim = Claim { actor: who, key: key.to_owned(), operation, claimed_at: now };
    let books = (&ctx.house().db, actor.coop, now);
    if let Some(answer) = take(books, &claim, &fingerprint(operation, input)?).await? {
        return Ok(serde_json::from_str(&answer)?);
    }
    let done = work(claim.clone()).await;
    match &done {
        Ok(answer) => keep(books, &claim, &serde_json::to_string(answer)?).await?,
        Err(Failure::Refused(_) | Failure::Stranger(_)) => let_go(books, &claim).await?,
        // Whether it happened is not known: the claim stays, and whoever takes it over finds out
        Err(Failure::Fault(_)) => {}
    }
    done
}

type Books<'a> = (&'a sea_orm::DatabaseConnection, CoopId, DateTime<Utc>);

/// The same words for the same input: structs serialise their fields in one order.
fn fingerprint(operation: &str, input: &impl Serialize) -> Answer<Vec<u8>> {
    Ok(Sha256::digest(serde_json::to_vec(&(operation, input))?).to_vec())
}

/// Takes the claim; or gives the answer that is there already.
async fn take((db, coop, now): Books<'_>, claim: &Claim, fingerprint: &[u8]) -> Answer<Option<String>> {
    let key = || -> [sea_orm::Value; 3] { [coop.0.into(), claim.actor.clone().into(), claim.key.clone().into()] };
    let rest: [sea_orm::Value; 5] =
        [claim.operation.into(), fingerprint.to_vec().into(), now.into(), (now - KEPT_FOR).into(), (now - DEAD_AFTER).into()];
    let tx = db::begin_brief(db, coop).await?;
    let taken = tx.query_one_raw(statement(CLAIM, key().into_iter().chain(rest))).await?;
    let known = if taken.is_some() { None } else { tx.query_one_raw(statement(KNOWN, key())).await? };
    tx.commit().await?;
    let Some(known) = known else {
        return if taken.is_some() { Ok(None) } else { Err(under_way()) };
    };
    if known.try_get::<Vec<u8>>("", "fingerprint")? != fingerprint {
        let sentence = "this idempotency key came before with another operation or other input; use a new key for what is new";
        return Err(at(&["idempotencyKey"], Code::Conflict, sentence));
    }
    known.try_get::<Option<String>>("", "answer")?.map_or_else(|| Err(under_way()), |answer| Ok(Some(answer)))
}

fn under_way() -> Failure {
    Refusal::new(Code::NotNow, "the same is under way already; ask again with the same key in a moment").into()
}

async fn keep((db, coop, now): Books<'_>, claim: &Claim, answer: &str) -> Result<(), DbErr> {
    let tx = db::begin_brief(db, coop).await?;
    let values = [coop.0.into(), claim.actor.as_str().into(), claim.key.as_str().into(), answer.into(), now.into()];
    tx.execute_raw(statement(KEEP, values)).await?;
    tx.commit().await
}

async fn let_go((db, coop, now): Books<'_>, claim: &Claim) -> Result<(), DbErr> {
    let tx = db::begin_brief(db, coop).await?;
    tx.execute_raw(statement(LET_GO, [coop.0.into(), claim.actor.as_str().into(), claim.key.as_str().into(), now.into()])).await?;
    tx.commit().await
}
