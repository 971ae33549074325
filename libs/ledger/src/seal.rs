//! Seals: a hash chain over the postings of a co-op, made off the hot path, that anyone can recompute.
//!
//! The leaf of a posting is the SHA-256 of its fields and legs; a seal covers all postings of a span of `posted_at`, holds
//! the Merkle root of their leaves by posting number, and the hash of the seal before. Changing, adding or removing a
//! sealed row breaks the chain at a named place.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::CoopId;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use sha2::{Digest as _, Sha256};

/// A seal covers at most about this many postings, so that a broken one is found quickly.
pub const SEAL_LIMIT: i64 = 10_000;

/// A link of the chain.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Seal {
    /// Its place in the chain, from 1.
    pub seq: i64,
    /// It covers postings with `after < posted_at <= until`.
    pub after: DateTime<Utc>,
    /// See `after`.
    pub until: DateTime<Utc>,
    /// How many postings it covers.
    pub postings: i32,
    /// Over the leaves, by posting number.
    pub merkle_root: Vec<u8>,
    /// The hash of the seal before; zeros for the first.
    pub prev_hash: Vec<u8>,
    /// Over everything above.
    pub hash: Vec<u8>,
}

/// A posting with its legs, as the leaf sees it.
#[derive(FromQueryResult)]
pub(crate) struct SealedPosting {
    pub(crate) posting_id: i64,
    pub(crate) kind: String,
    pub(crate) source_id: String,
    currency: String,
    effective_at: DateTime<Utc>,
    available_at: DateTime<Utc>,
    posted_at: DateTime<Utc>,
    sale_id: String,
    reverses: i64,
    exchange: String,
    legs: String,
}

const COVERED: &str = "
select posting.posting_id, posting.kind, posting.source_id, posting.currency::text as currency, posting.effective_at, posting.available_at,
       posting.posted_at, coalesce(posting.sale_id::text, '') as sale_id, coalesce(posting.reverses, 0) as reverses,
       coalesce(posting.exchange::text, '') as exchange,
       (select coalesce(string_agg(entry.leg || ':' || entry.account_id || ':' || entry.amount, ',' order by entry.leg), '') from entry
        where entry.coop_id = posting.coop_id and entry.posting_id = posting.posting_id) as legs
from posting
where posting.coop_id = $1 and posting.posted_at > $2 and posting.posted_at <= $3
order by posting.posting_id";

/// The end of the next span: the horizon, or earlier when too much lies before it; whole instants only.
const SPAN: &str = "
select coalesce((select posted_at from posting where coop_id = $1 and posted_at > $2 and posted_at <= horizon.at
                 order by posted_at offset $3 - 1 limit 1), horizon.at) as until
from (select ledger_horizon() as at) horizon";

const LAST: &str =
    "select seq, after, until, postings, merkle_root, prev_hash, hash from seal where coop_id = $1 order by seq desc limit 1";
const ADD: &str = "
insert into seal (coop_id, seq, after, until, first_posting, last_posting, postings, merkle_root, prev_hash, hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (coop_id, seq) do nothing";

#[derive(FromQueryResult)]
struct Span {
    until: DateTime<Utc>,
}

/// Seals what was posted since the last seal and can no longer change, at most [`SEAL_LIMIT`] postings. Returns how many
/// were sealed; call again while it is not zero. Two workers at once make one seal.
pub async fn seal(tx: &db::Tx, coop: CoopId) -> Result<usize, DbErr> {
    let last = Seal::find_by_statement(statement(LAST, [coop.0.into()])).one(tx).await?;
    let after = last.as_ref().map_or(DateTime::UNIX_EPOCH, |seal| seal.until);
    let Some(span) = Span::find_by_statement(statement(SPAN, [coop.0.into(), after.into(), SEAL_LIMIT.into()])).one(tx).await? else {
        return Ok(0);
    };
    let covered = covered(tx, coop, after, span.until).await?;
    let (Some(first), Some(end)) = (covered.first(), covered.last()) else {
        return Ok(0);
    };
    let seq = last.as_ref().map_or(1, |seal| seal.seq + 1);
    let prev_hash = last.map_or_else(|| vec![0; 32], |seal| seal.hash);
    let root = merkle_root(covered.iter().map(SealedPosting::leaf).collect());
    let count = i32::try_from(covered.len()).map_err(|_| DbErr::Custom("more postings in one instant than a seal can count".to_owned()))?;
    let hash = chain_hash((seq, after, span.until, count), &root, &prev_hash);
    tx.execute_raw(statement(
        ADD,
        [
            coop.0.into(),
            seq.into(),
            after.into(),
            span.until.into(),
            first.posting_id.into(),
            end.posting_id.into(),
            count.into(),
            root.to_vec().into(),
            prev_hash.into(),
            hash.to_vec().into(),
        ],
    ))
    .await?;
    Ok(covered.len())
}

pub(crate) async fn covered(
    db: &impl ConnectionTrait,
    coop: CoopId,
    after: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<SealedPosting>, DbErr> {
    SealedPosting::find_by_statement(statement(COVERED, [coop.0.into(), after.into(), until.into()])).all(db).await
}

impl SealedPosting {
    /// SHA-256 over every field, each with its length before it, so that no two postings read the same.
    pub(crate) fn leaf(&self) -> [u8; 32] {
        let times = [self.effective_at, self.available_at, self.posted_at].map(|at| at.timestamp_micros().to_string());
        let numbers = [self.posting_id.to_string(), self.reverses.to_string()];
        let texts = [&self.kind, &self.source_id, &self.currency, &self.sale_id, &self.exchange, &self.legs];
        let mut hash = Sha256::new();
        for field in texts.into_iter().chain(&times).chain(&numbers) {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field.as_bytes());
        }
        hash.finalize().into()
    }
}

/// The root over the leaves: pairs are hashed together with a prefix, an odd one moves up alone.
pub(crate) fn merkle_root(mut level: Vec<[u8; 32]>) -> [u8; 32] {
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into(),
                rest => rest[0],
            })
            .collect();
    }
    level.first().copied().unwrap_or_default()
}

pub(crate) fn chain_hash(span: (i64, DateTime<Utc>, DateTime<Utc>, i32), root: &[u8], prev_hash: &[u8]) -> [u8; 32] {
    let (seq, after, until, count) = span;
    Sha256::new()
        .chain_update(seq.to_be_bytes())
        .chain_update(after.timestamp_micros().to_be_bytes())
        .chain_update(until.timestamp_micros().to_be_bytes())
        .chain_update(count.to_be_bytes())
        .chain_update(root)
        .chain_update(prev_hash)
        .finalize()
        .into()
}
