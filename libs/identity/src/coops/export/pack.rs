//! Reading every row and packing it.

use std::{collections::BTreeMap, io::Write as _};

use chrono::{DateTime, Utc};
use db::statement;
use flate2::{Compression, write::GzEncoder};
use kernel::CoopId;
use sea_orm::ConnectionTrait as _;
use sha2::{Digest as _, Sha256};

use super::{
    tables::{Table, tables},
    tar::Tar,
};
use crate::IdentityError;

/// The largest export: it is packed in memory, and a store takes it in one piece.
pub const MAX_EXPORT_BYTES: usize = 2 * 1024 * 1024 * 1024;
/// Rows that are read and packed at once; a table's file has no more, so that anybody can open it.
const ROWS_AT_ONCE: usize = 5_000;

/// The people whom a co-op's rows speak of. They are global, and so have no `coop_id` of their own.
const PEOPLE: &str = "
select person_id, name, email, created_at from person
where person_id in (select person_id from membership where coop_id = {coop} union select person_id from application where coop_id = {coop}
                    union select person_id from submission where coop_id = {coop})
order by person_id";

/// A packed export.
pub struct Packed {
    /// The `tar.gz`.
    pub file: Vec<u8>,
    /// Tables in it.
    pub tables: i32,
    /// Rows in it.
    pub rows: i64,
}

impl Packed {
    /// The SHA-256 of the file.
    pub fn sha256(&self) -> Vec<u8> {
        Sha256::digest(&self.file).to_vec()
    }
}

impl std::fmt::Debug for Packed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Packed({} tables, {} rows, {} bytes)", self.tables, self.rows, self.file.len())
    }
}

type Archive = Tar<GzEncoder<Vec<u8>>>;

/// Packs everything that a co-op has, as the transaction sees it.
pub async fn pack(snapshot: &db::Tx, coop: CoopId, at: DateTime<Utc>) -> Result<Packed, IdentityError> {
    let modified = u64::try_from(at.timestamp()).unwrap_or_default();
    let mut archive = Tar::new(GzEncoder::new(Vec::new(), Compression::fast()), modified);
    let mut counts = BTreeMap::new();
    for table in tables(snapshot).await? {
        // Names from the catalogue, quoted there, and a number: nothing that anybody wrote into a field
        let Table { name, columns, keys } = table;
        let rows = format!("select {columns} from public.\"{name}\" where coop_id = {coop} order by {keys}");
        counts.insert(name.clone(), add(snapshot, &mut archive, &name, &rows).await?);
    }
    let people = PEOPLE.replace("{coop}", &coop.to_string());
    counts.insert("person".to_owned(), add(snapshot, &mut archive, "person", &people).await?);
    let manifest = serde_json::json!({"co_op": coop, "taken_at": at, "rows": counts});
    archive.add("manifest.json", manifest.to_string().as_bytes()).map_err(IdentityError::Unpacked)?;
    let file = archive.finish().and_then(GzEncoder::finish).map_err(IdentityError::Unpacked)?;
    Ok(Packed { file, tables: i32::try_from(counts.len()).unwrap_or(i32::MAX), rows: counts.values().sum() })
}

/// Adds the rows of a statement, so many a file; says how many there were.
async fn add(snapshot: &db::Tx, archive: &mut Archive, name: &str, rows: &str) -> Result<i64, IdentityError> {
    let declare =
        format!("declare exported no scroll cursor for select row_to_json(exported_row)::text as line from ({rows}) exported_row");
    let fetch = format!("fetch {ROWS_AT_ONCE} from exported");
    snapshot.execute_unprepared(&declare).await?;
    let mut count = 0;
    for part in 1.. {
        let fetched = snapshot.query_all_raw(statement(&fetch, [])).await?;
        if !fetched.is_empty() {
            let mut lines = Vec::new();
            for row in &fetched {
                let line: String = row.try_get("", "line")?;
                writeln!(lines, "{line}").map_err(IdentityError::Unpacked)?;
            }
            archive.add(&format!("{name}/{part:05}.jsonl"), &lines).map_err(IdentityError::Unpacked)?;
        }
        count += i64::try_from(fetched.len()).unwrap_or(i64::MAX);
        if archive.out().get_ref().len() > MAX_EXPORT_BYTES {
            return Err(IdentityError::ExportTooLarge(MAX_EXPORT_BYTES));
        }
        if fetched.len() < ROWS_AT_ONCE {
            break;
        }
    }
    snapshot.execute_unprepared("close exported").await?;
    Ok(count)
}
