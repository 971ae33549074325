//! A co-op's way out with everything that is its own.
//!
//! The file is a `tar.gz` with a folder for each table that has a `coop_id`: whatever tables there are, none is named here,
//! so a new one cannot be forgotten. A row is a line of JSON. Beside them lie the people whom the rows speak of, and a
//! manifest with the number of rows of each table. All of it is one moment. Left out are the columns that the audit hides:
//! secrets, and hashes of them, which are no use to anybody but a thief.

mod pack;
mod tables;
mod tar;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use db::statement;
use jobs::{Attempt, Job, Task};
use kernel::{Actor, Permission, PersonId};
use sea_orm::{ConnectionTrait as _, FromQueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use pack::{MAX_EXPORT_BYTES, Packed, pack};

use crate::{Desk, Identity, IdentityError};

/// Exports that are shown, newest first.
pub const EXPORTS_SHOWN: i64 = 20;

/// An export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExportId(pub Uuid);

impl std::fmt::Display for ExportId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// An export as the co-op sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its number.
    pub id: ExportId,
    /// Who asked for it; `None`: a partner's key.
    pub asked_by: Option<PersonId>,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// What was made; `None` while it is being made.
    pub made: Option<MadeExport>,
}

/// A finished export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeExport {
    /// When.
    pub at: DateTime<Utc>,
    /// Where the file lies.
    pub key: String,
    /// Tables in it.
    pub tables: i32,
    /// Rows in it.
    pub rows: i64,
    /// Its size.
    pub bytes: i64,
    /// Its SHA-256.
    pub sha256: Vec<u8>,
}

/// Pack an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MakeExport {
    /// Which.
    pub export: ExportId,
}

impl Task for MakeExport {
    const NAME: &'static str = "identity.make_export";
}

#[derive(FromQueryResult)]
struct Row {
    export_id: Uuid,
    asked_by: Option<Uuid>,
    asked_at: DateTime<Utc>,
    made_at: Option<DateTime<Utc>>,
    storage_key: Option<String>,
    tables: Option<i32>,
    rows: Option<i64>,
    bytes: Option<i64>,
    sha256: Option<Vec<u8>>,
}

impl From<Row> for Export {
    fn from(row: Row) -> Self {
        let made = (|| {
            Some(MadeExport {
                at: row.made_at?,
                key: row.storage_key?,
                tables: row.tables?,
                rows: row.rows?,
                bytes: row.bytes?,
                sha256: row.sha256?,
            })
        })();
        Self { id: ExportId(row.export_id), asked_by: row.asked_by.map(PersonId), asked_at: row.asked_at, made }
    }
}

impl Identity {
    /// Asks for an export of the whole co-op; packing it is a job. One that is being made already is the answer.
    #[tracing::instrument(name = "identity.export_coop", skip_all, fields(coop.id = %actor.coop))]
    pub async fn export_coop(&self, actor: &Actor) -> Result<Export, IdentityError> {
        const ASK: &str = "insert into coop_export (coop_id, export_id, asked_by, asked_at) values ($1, $2, $3, $4)";
        actor.require(Permission::CoopManage)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        super::locked(&tx, actor).await?;
        if let Some(making) = list(&tx, actor).await?.into_iter().find(|export| export.made.is_none()) {
            return Ok(making);
        }
        let asked_by = actor.person().ok();
        let export = Export { id: ExportId(Uuid::now_v7()), asked_by, asked_at: self.clock.now(), made: None };
        let values = [actor.coop.0.into(), export.id.0.into(), asked_by.map(|person| person.0).into(), export.asked_at.into()];
        tx.execute_raw(statement(ASK, values)).await?;
        jobs::enqueue(&tx, &Job::try_new(actor.coop, &MakeExport { export: export.id })?).await?;
        tx.commit().await?;
        Ok(export)
    }

    /// The co-op's latest exports, newest first.
    pub async fn exports(&self, actor: &Actor) -> Result<Vec<Export>, IdentityError> {
        actor.require(Permission::CoopManage)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let exports = list(&tx, actor).await?;
        tx.commit().await?;
        Ok(exports)
    }
}

async fn list(tx: &db::Tx, actor: &Actor) -> Result<Vec<Export>, IdentityError> {
    const LIST: &str = "
        select export_id, asked_by, asked_at, made_at, storage_key, tables, rows, bytes, sha256
        from coop_export where coop_id = $1 order by export_id desc limit $2";
    let rows = Row::find_by_statement(statement(LIST, [actor.coop.0.into(), EXPORTS_SHOWN.into()])).all(tx).await?;
    Ok(rows.into_iter().map(Export::from).collect())
}

/// Packs an export and stores it. Made already: nothing is done again.
#[tracing::instrument(name = "identity.make_export", skip_all, fields(coop.id = %attempt.coop, export.id = %task.export), err)]
pub(crate) async fn make_export(desk: &Desk, task: MakeExport, attempt: Attempt) -> Result<(), IdentityError> {
    const OPEN: &str = "select exists (select from coop_export where coop_id = $1 and export_id = $2 and made_at is null) as is_open";
    const MADE: &str = "
        update coop_export set made_at = $3, storage_key = $4, tables = $5, rows = $6, bytes = $7, sha256 = $8
        where coop_id = $1 and export_id = $2 and made_at is null";
    let (coop, db) = (attempt.coop, &desk.identity.db);
    let snapshot = db::begin_snapshot(db, coop).await?;
    let row = snapshot.query_one_raw(statement(OPEN, [coop.0.into(), task.export.0.into()])).await?;
    if !row.map_or(Ok(false), |row| row.try_get("", "is_open"))? {
        return Ok(());
    }
    let packed = pack(&snapshot, coop, desk.identity.clock.now()).await?;
    snapshot.commit().await?;
    // Files are frozen: another try packs another moment, and so another file
    let key = format!("exports/{coop}/{}-{}.tar.gz", task.export, attempt.number);
    let (size, sha256) = (i64::try_from(packed.file.len()).unwrap_or(i64::MAX), packed.sha256());
    desk.storage.put(&key, Bytes::from(packed.file), "application/gzip").await?;
    let values = [
        coop.0.into(),
        task.export.0.into(),
        desk.identity.clock.now().into(),
        key.into(),
        packed.tables.into(),
        packed.rows.into(),
        size.into(),
        sha256.into(),
    ];
    let tx = db::begin(db, coop).await?;
    tx.execute_raw(statement(MADE, values)).await?;
    tx.commit().await?;
    Ok(())
}
