//! Which fields of the graph are used by which key: in memory at once, in the database some minutes later.
//!
//! An operation counts once for each field that it names, however many rows it gets. People of a co-op are counted
//! together: it matters which program has to change, not who used a page. What a process has noted when it dies is lost.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use chrono::{DateTime, Utc};
use db::{column, statement};
use kernel::{Actor, ApiKeyId, CoopId, Permission, Who};
use sea_orm::{DatabaseConnection, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::PartnersError;

/// The longest list that is read at once.
const MAX_PAGE: i64 = 200;
/// Counts that wait to be written; what is new beyond them is not counted.
const MAX_WAITING: usize = 200_000;
/// Co-ops whose counts are written in one transaction.
const COOPS_AT_ONCE: usize = 500;

/// Who used it: a key, or with the nil id the people of the co-op.
type Used = (CoopId, Arc<str>, Uuid);

#[derive(Clone, Copy, Debug)]
struct Count {
    uses: i64,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
}

/// The uses that are not written yet. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct FieldUses(Arc<Mutex<HashMap<Used, Count>>>);

/// How a field was used by a key, or by people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldUse {
    /// The field, as in `Sale.lines`.
    pub field: String,
    /// By which key; `None`: by people.
    pub key: Option<ApiKeyId>,
    /// In how many operations.
    pub uses: i64,
    /// When first.
    pub first_used_at: DateTime<Utc>,
    /// When last.
    pub last_used_at: DateTime<Utc>,
}

/// Which uses are wanted, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldUsesAsk {
    /// The fields that are to go: they come first.
    pub deprecated: Vec<String>,
    /// No others.
    pub deprecated_only: bool,
    /// From behind this one on: whether it is one that is not to go, its field, its key.
    pub after: Option<(bool, String, Uuid)>,
    /// How many.
    pub limit: i64,
}

#[derive(FromQueryResult)]
struct Row {
    field: String,
    key_id: Uuid,
    uses: i64,
    first_used_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
}

impl FieldUses {
    /// Notes that an operation of the actor asked for these fields.
    pub fn note(&self, actor: &Actor, fields: &[Arc<str>], at: DateTime<Utc>) {
        let by = match actor.who {
            Who::Key(key) => key.0,
            Who::Person { .. } => Uuid::nil(),
        };
        let mut waiting = self.0.lock().expect("no holder of the counts panics");
        let has_room = waiting.len() + fields.len() <= MAX_WAITING;
        for field in fields {
            let used = (actor.coop, Arc::clone(field), by);
            match waiting.get_mut(&used) {
                Some(count) => *count = Count { uses: count.uses.saturating_add(1), last: count.last.max(at), ..*count },
                None if has_room => drop(waiting.insert(used, Count { uses: 1, first: at, last: at })),
                None => {}
            }
        }
    }

    /// Writes the counts of one co-op down, or of all, in one statement for some hundred co-ops; what cannot be written is kept
    /// for the next time.
    pub async fn write(&self, db: &DatabaseConnection, only: Option<CoopId>) -> Result<(), DbErr> {
        let is_wanted = |(coop, ..): &Used, _: &mut Count| only.is_none_or(|only| only == *coop);
        let mut taken: Vec<(Used, Count)> = self.0.lock().expect("no holder of the counts panics").extract_if(is_wanted).collect();
        // Rows are locked in one order, whichever process writes
        taken.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let mut coops: Vec<CoopId> = taken.iter().map(|((coop, ..), _)| *coop).collect();
        coops.dedup();
        let mut written = Ok(());
        for some in coops.chunks(COOPS_AT_ONCE) {
            let end = taken.partition_point(|((coop, ..), _)| Some(coop) <= some.last());
            let rest = taken.split_off(end);
            if written.is_ok() {
                written = write(db, some, &taken).await;
            }
            if written.is_err() {
                self.keep(taken);
            }
            taken = rest;
        }
        written
    }

    fn keep(&self, counts: Vec<(Used, Count)>) {
        let mut waiting = self.0.lock().expect("no holder of the counts panics");
        for (used, count) in counts {
            let kept = waiting.entry(used).or_insert(Count { uses: 0, ..count });
            *kept = Count { uses: kept.uses + count.uses, first: kept.first.min(count.first), last: kept.last.max(count.last) };
        }
    }

    /// How the fields of the graph are used in the co-op, with what this process has noted so far: those that are to go first,
    /// then by name.
    pub async fn list(&self, db: &DatabaseConnection, actor: &Actor, ask: &FieldUsesAsk) -> Result<Vec<FieldUse>, PartnersError> {
        const LIST: &str = "
            select field, key_id, uses, first_used_at, last_used_at from field_use
            where coop_id = $1 and (field = any ($2) or not $3)
              and (not $4 or (not field = any ($2), field, key_id) > ($5, $6, $7))
            order by not field = any ($2), field, key_id limit $8";
        actor.require(Permission::KeysManage)?;
        self.write(db, Some(actor.coop)).await?;
        let (stays, field, key) = ask.after.clone().unwrap_or_default();
        let values = [
            actor.coop.0.into(),
            ask.deprecated.clone().into(),
            ask.deprecated_only.into(),
            ask.after.is_some().into(),
            stays.into(),
            field.into(),
            key.into(),
            ask.limit.clamp(0, MAX_PAGE).into(),
        ];
        let tx = db::begin(db, actor.coop).await?;
        let rows = Row::find_by_statement(statement(LIST, values)).all(&tx).await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(FieldUse::from).collect())
    }
}

impl From<Row> for FieldUse {
    fn from(row: Row) -> Self {
        let Row { field, key_id, uses, first_used_at, last_used_at } = row;
        Self { field, key: (!key_id.is_nil()).then_some(ApiKeyId(key_id)), uses, first_used_at, last_used_at }
    }
}

async fn write(db: &DatabaseConnection, coops: &[CoopId], counts: &[(Used, Count)]) -> Result<(), DbErr> {
    const WRITE: &str = "
        insert into field_use as known (coop_id, field, key_id, uses, first_used_at, last_used_at)
        select * from unnest($1::int4[], $2::text[], $3::uuid[], $4::int8[], $5::timestamptz[], $6::timestamptz[])
        on conflict (coop_id, field, key_id) do update
            set uses = known.uses + excluded.uses, last_used_at = greatest(known.last_used_at, excluded.last_used_at)";
    let values = [
        column(counts, |((coop, ..), _)| coop.0),
        column(counts, |((_, field, _), _)| field.to_string()),
        column(counts, |((.., key), _)| *key),
        column(counts, |(_, count)| count.uses),
        column(counts, |(_, count)| count.first),
        column(counts, |(_, count)| count.last),
    ];
    let tx = db::begin_many(db, coops).await?;
    sea_orm::ConnectionTrait::execute_raw(&tx, statement(WRITE, values)).await?;
    tx.commit().await
}
