//! Reading the audit, a page at a time, and writing notes.

use std::{collections::BTreeMap, fmt::Write as _};

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{Actor, ApiKeyId, CoopId, Permission, PersonId, SessionId};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, FromQueryResult, Value};
use uuid::Uuid;

use crate::{Action, AuditError, Cursor, Entry, Source};

/// The longest page.
pub const MAX_PAGE: u64 = 200;

/// Which entries are wanted; what is `None` leaves nothing out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this table.
    pub table: Option<String>,
    /// Of the row with this key; only together with its table.
    pub key: Option<String>,
    /// By this person, or by the operator in their name.
    pub person: Option<PersonId>,
    /// By this key.
    pub api_key: Option<ApiKeyId>,
    /// Not before this moment.
    pub since: Option<DateTime<Utc>>,
}

/// Some entries, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Whether there are older ones.
    pub has_more: bool,
}

#[derive(FromQueryResult)]
struct Row {
    audit_id: i64,
    at: DateTime<Utc>,
    actor: String,
    person_id: Option<Uuid>,
    person_name: Option<String>,
    session_id: Option<Uuid>,
    key_id: Option<Uuid>,
    key_name: Option<String>,
    via: Option<String>,
    address: Option<String>,
    table_name: String,
    at_key: String,
    action: String,
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
}

const COLUMNS: &str = "
select audit_id, at, actor, person_id, session_id, key_id, via, host(address) as address, table_name, row_key as at_key, action, before, after,
       (select name from person where person.person_id = entry.person_id) as person_name,
       (select name from api_key where api_key.coop_id = entry.coop_id and api_key.key_id = entry.key_id) as key_name
from audit_entry entry
where coop_id = $1";

impl TryFrom<Row> for Entry {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let source = match (row.actor.as_str(), row.person_id, row.key_id) {
            ("person", Some(id), _) => Source::Person { id: PersonId(id), name: row.person_name, session: row.session_id.map(SessionId) },
            ("key", _, Some(id)) => Source::Key { id: ApiKeyId(id), name: row.key_name },
            ("operator", person, _) => Source::Operator { person: person.map(PersonId), name: row.person_name },
            ("system", ..) => Source::System,
            (other, ..) => return Err(DbErr::Type(format!("the audit knows no actor {other:?}"))),
        };
        Ok(Self {
            id: row.audit_id,
            at: row.at,
            source,
            action: Action::try_from(row.action.as_str())?,
            via: row.via,
            from: row.address.and_then(|address| address.parse().ok()),
            table: row.table_name,
            key: row.at_key,
            before: columns(row.before),
            after: columns(row.after),
        })
    }
}

fn columns(json: Option<serde_json::Value>) -> BTreeMap<String, serde_json::Value> {
    match json {
        Some(serde_json::Value::Object(columns)) => columns.into_iter().collect(),
        _ => BTreeMap::new(),
    }
}

/// The co-op's entries behind a cursor, newest first: at most `first` of them and never more than [`MAX_PAGE`].
pub async fn list(db: &DatabaseConnection, actor: &Actor, filter: &Filter, after: Option<Cursor>, first: u64) -> Result<Page, AuditError> {
    actor.require(Permission::AuditRead)?;
    let first = first.min(MAX_PAGE);
    let (sql, values) = query(actor.coop, filter, after, first + 1);
    let tx = db::begin(db, actor.coop).await?;
    let rows = Row::find_by_statement(statement(&sql, values)).all(&tx).await?;
    tx.commit().await?;
    let has_more = rows.len() as u64 > first;
    let entries = rows.into_iter().take(usize::try_from(first).expect("a page is short")).map(Entry::try_from);
    Ok(Page { entries: entries.collect::<Result<_, _>>()?, has_more })
}

/// The entry of that number, if the co-op has it.
pub async fn get(db: &DatabaseConnection, actor: &Actor, id: i64) -> Result<Option<Entry>, AuditError> {
    actor.require(Permission::AuditRead)?;
    let sql = format!("{COLUMNS} and audit_id = $2");
    let tx = db::begin(db, actor.coop).await?;
    let row = Row::find_by_statement(statement(&sql, [actor.coop.0.into(), id.into()])).one(&tx).await?;
    tx.commit().await?;
    Ok(row.map(Entry::try_from).transpose()?)
}

/// Only the conditions that are wanted, so that each filter finds its index.
fn query(coop: CoopId, filter: &Filter, after: Option<Cursor>, limit: u64) -> (String, Vec<Value>) {
    let mut values: Vec<Value> = vec![coop.0.into()];
    let mut sql = COLUMNS.to_owned();
    let mut and = |condition: &str, value: Option<Value>| {
        if let Some(value) = value {
            values.push(value);
            let _ = write!(sql, " and {condition} ${}", values.len());
        }
    };
    and("table_name =", filter.table.clone().map(Value::from));
    and("row_key =", filter.key.clone().map(Value::from));
    and("person_id =", filter.person.map(|person| person.0.into()));
    and("key_id =", filter.api_key.map(|key| key.0.into()));
    and("at >=", filter.since.map(Value::from));
    if let Some(after) = after {
        values.extend([Value::from(after.at), Value::from(after.id)]);
        let _ = write!(sql, " and (at, audit_id) < (${}, ${})", values.len() - 1, values.len());
    }
    let _ = write!(sql, " order by at desc, audit_id desc limit {limit}");
    (sql, values)
}

/// Writes down what somebody did that changes no row of people's own, such as having a parked event settled again: what it
/// is about (`stripe_event`), its key there, and what was asked for. The transaction has to name the co-op.
pub async fn note(tx: &db::Tx, coop: CoopId, about: &str, key: &str, what: serde_json::Value) -> Result<(), DbErr> {
    const NOTE: &str = "select note_audit($1, $2, $3, null, $4)";
    tx.execute_raw(statement(NOTE, [coop.0.into(), about.into(), key.into(), what.into()])).await?;
    Ok(())
}
