//! What is remembered of imports.

use chrono::{DateTime, Utc};
use db::{column, statement};
use kernel::{CoopId, ProductId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Serialize;
use uuid::Uuid;

use super::{
    format::Format,
    report::{RejectedRow, Rows},
    shelves::Moved,
};

/// The number of an import of products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ImportId(pub Uuid);

impl std::fmt::Display for ImportId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// It goes on, or was stopped: the same file again goes on from there.
    Running,
    /// Every row ended somewhere.
    Done,
    /// It was taken back.
    Undone,
}

/// An import of products, as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProductImport {
    /// Its number.
    pub id: ImportId,
    /// The file's name.
    pub file: String,
    /// The file's layout.
    pub format: Format,
    /// How far it has come.
    pub state: ImportState,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When every row had ended somewhere.
    pub ended_at: Option<DateTime<Utc>>,
    /// When all of it had been taken back.
    pub undone_at: Option<DateTime<Utc>>,
    /// Its rows.
    pub rows: Rows,
    /// How many products it is done with.
    #[serde(skip)]
    pub(crate) products_done: usize,
}

/// More than these are never listed at once.
pub const MAX_LISTED: u32 = 100;

const COLUMNS: &str = "import_id, file, format, state::text as state, started_at, ended_at, undone_at, products_done, rows, created,
    changed, unchanged, rejected";

#[derive(FromQueryResult)]
struct Row {
    import_id: Uuid,
    file: String,
    format: String,
    state: String,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    undone_at: Option<DateTime<Utc>>,
    products_done: i32,
    rows: i32,
    created: i32,
    changed: i32,
    unchanged: i32,
    rejected: i32,
}

impl Row {
    fn read(self) -> Result<ProductImport, DbErr> {
        let count = |count: i32| usize::try_from(count).map_err(|_| DbErr::Type(format!("{count} rows")));
        let state = match self.state.as_str() {
            "running" => ImportState::Running,
            "done" => ImportState::Done,
            "undone" => ImportState::Undone,
            other => return Err(DbErr::Type(format!("{other:?} is no state of an import"))),
        };
        Ok(ProductImport {
            id: ImportId(self.import_id),
            file: self.file,
            format: self.format.parse().map_err(DbErr::Type)?,
            state,
            started_at: self.started_at,
            ended_at: self.ended_at,
            undone_at: self.undone_at,
            rows: Rows {
                rows: count(self.rows)?,
                created: count(self.created)?,
                changed: count(self.changed)?,
                unchanged: count(self.unchanged)?,
                rejected: count(self.rejected)?,
            },
            products_done: count(self.products_done)?,
        })
    }
}

/// The imports of a co-op, newest first; those before `after`.
pub async fn product_imports(
    db: &impl ConnectionTrait,
    coop: CoopId,
    after: Option<ImportId>,
    first: u32,
) -> Result<Vec<ProductImport>, DbErr> {
    let sql = format!("select {COLUMNS} from product_import where coop_id = $1 and import_id < $2 order by import_id desc limit $3");
    let before = after.map_or(Uuid::max(), |import| import.0);
    let rows = db.query_all_raw(statement(&sql, [coop.0.into(), before.into(), first.min(MAX_LISTED + 1).into()])).await?;
    rows.iter().map(|row| Row::from_query_result(row, "")?.read()).collect()
}

/// An import of a co-op.
pub async fn product_import(db: &impl ConnectionTrait, coop: CoopId, import: ImportId) -> Result<Option<ProductImport>, DbErr> {
    let sql = format!("select {COLUMNS} from product_import where coop_id = $1 and import_id = $2");
    let row = db.query_one_raw(statement(&sql, [coop.0.into(), import.0.into()])).await?;
    row.map(|row| Row::from_query_result(&row, "")?.read()).transpose()
}

/// The import of the same file in the same manner that was stopped.
pub(crate) async fn running(tx: &db::Tx, coop: CoopId, said: &[u8]) -> Result<Option<ProductImport>, DbErr> {
    let sql = format!("select {COLUMNS} from product_import where coop_id = $1 and said = $2 and state = 'running'");
    let row = tx.query_one_raw(statement(&sql, [coop.0.into(), said.to_vec().into()])).await?;
    row.map(|row| Row::from_query_result(&row, "")?.read()).transpose()
}

/// Begins an import.
pub(crate) async fn begin(
    tx: &db::Tx,
    coop: CoopId,
    import: ImportId,
    (file, format, said): (&str, Format, &[u8]),
    (rows, now): (usize, DateTime<Utc>),
) -> Result<(), DbErr> {
    const SQL: &str = "
insert into product_import (coop_id, import_id, file, format, said, rows, started_at) values ($1, $2, $3, $4, $5, $6, $7)";
    let values = [coop.0.into(), import.0.into(), file.into(), format.word().into(), said.to_vec().into(), int(rows).into(), now.into()];
    tx.execute_raw(statement(SQL, values)).await?;
    Ok(())
}

/// Files hold fewer rows than an integer counts.
fn int(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Notes rows that did not go in.
pub(crate) async fn reject(tx: &db::Tx, coop: CoopId, import: ImportId, rows: &[(u64, String)]) -> Result<(), DbErr> {
    const SQL: &str = "
insert into product_import_reject (coop_id, import_id, line, reason)
select $1, $2, line, reason from unnest($3::int8[], $4::text[]) as rejected (line, reason)";
    if rows.is_empty() {
        return Ok(());
    }
    let lines = column(rows, |row| i64::try_from(row.0).unwrap_or(i64::MAX));
    let values = [coop.0.into(), import.0.into(), lines, column(rows, |row| row.1.clone())];
    tx.execute_raw(statement(SQL, values)).await?;
    Ok(())
}

/// The rows of an import that did not go in, by line; those after that line, and so many at most.
pub async fn rejected_rows(
    db: &impl ConnectionTrait,
    coop: CoopId,
    import: ImportId,
    after: u64,
    first: u64,
) -> Result<Vec<RejectedRow>, DbErr> {
    const SQL: &str = "
select line, reason from product_import_reject where coop_id = $1 and import_id = $2 and line > $3 order by line limit $4";
    let (after, first) = (i64::try_from(after).unwrap_or(i64::MAX), i64::try_from(first).unwrap_or(i64::MAX));
    let rows = db.query_all_raw(statement(SQL, [coop.0.into(), import.0.into(), after.into(), first.into()])).await?;
    rows.iter()
        .map(|row| Ok(RejectedRow { line: row.try_get::<i64>("", "line")?.unsigned_abs(), reason: row.try_get("", "reason")? }))
        .collect()
}

/// Moves an import on. `false` when somebody else has moved it meanwhile.
pub(crate) async fn advance(tx: &db::Tx, coop: CoopId, import: ImportId, (from, to): (usize, usize), rows: &Rows) -> Result<bool, DbErr> {
    const SQL: &str = "
update product_import set products_done = $4, created = created + $5, changed = changed + $6, unchanged = unchanged + $7,
    rejected = rejected + $8
where coop_id = $1 and import_id = $2 and products_done = $3 and state = 'running'";
    let values = [
        coop.0.into(),
        import.0.into(),
        int(from).into(),
        int(to).into(),
        int(rows.created).into(),
        int(rows.changed).into(),
        int(rows.unchanged).into(),
        int(rows.rejected).into(),
    ];
    Ok(tx.execute_raw(statement(SQL, values)).await?.rows_affected() == 1)
}

/// Ends an import.
pub(crate) async fn end(tx: &db::Tx, coop: CoopId, import: ImportId, now: DateTime<Utc>) -> Result<(), DbErr> {
    const SQL: &str = "
update product_import set state = 'done', ended_at = $3 where coop_id = $1 and import_id = $2 and state = 'running'";
    tx.execute_raw(statement(SQL, [coop.0.into(), import.0.into(), now.into()])).await?;
    Ok(())
}

/// A product that an import made or changed.
#[derive(Clone, Debug)]
pub(crate) struct Touch {
    pub(crate) product: ProductId,
    /// What it was before, as JSON; empty when the import made it.
    pub(crate) before: String,
    pub(crate) moved: Vec<Moved>,
}

/// The images of products as they are.
pub(crate) async fn images(tx: &db::Tx, coop: CoopId, products: &[ProductId]) -> Result<Vec<(ProductId, String)>, DbErr> {
    const SQL: &str = "
select asked.id, product_image($1, asked.id)::text as image from unnest($2::uuid[]) as asked (id)";
    if products.is_empty() {
        return Ok(Vec::new());
    }
    let rows = tx.query_all_raw(statement(SQL, [coop.0.into(), column(products, |product| product.0)])).await?;
    rows.iter().map(|row| Ok((ProductId(row.try_get("", "id")?), row.try_get("", "image")?))).collect()
}

/// Remembers what an import did to products, and how it leaves them.
pub(crate) async fn touch(tx: &db::Tx, coop: CoopId, import: ImportId, touches: &[Touch]) -> Result<(), DbErr> {
    const SQL: &str = "
insert into product_import_touch (coop_id, import_id, product_id, before, after, moved)
select $1, $2, product, nullif(before, '')::jsonb, sha256(convert_to(product_image($1, product)::text, 'UTF8')), moved::jsonb
from unnest($3::uuid[], $4::text[], $5::text[]) as touched (product, before, moved)";
    if touches.is_empty() {
        return Ok(());
    }
    let moved = |touch: &Touch| serde_json::to_string(&touch.moved).expect("numbers and ids always serialise");
    let values = [
        coop.0.into(),
        import.0.into(),
        column(touches, |touch| touch.product.0),
        column(touches, |touch| touch.before.clone()),
        column(touches, moved),
    ];
    tx.execute_raw(statement(SQL, values)).await?;
    Ok(())
}
