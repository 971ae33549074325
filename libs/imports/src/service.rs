//! An import from beginning to end.

use std::{
    collections::{BTreeMap, HashSet},
    io::Write,
    path::Path,
};

use chrono::{DateTime, Utc};
use csv::ByteRecord;
use identity::Coop;
use kernel::{AgreementVersionId, Clock};
use ledger::Accounts;
use orders::Agreements;
use sea_orm::{DatabaseConnection, DbErr};

use crate::{
    ImportsError, Rejected, Report,
    file::Table,
    makers::Makers,
    parked,
    refunds::{Asked, Fate, Names, Planned},
    rejects::Rejects,
    repo,
    row::Reader,
    sales::Draft,
    scan::{Scan, is_blank},
};

/// How many sales, or rows that give back, one transaction takes: enough that its statements are shared, few enough that an
/// import that is killed loses seconds.
const BATCH: usize = 500;
/// A batch ends early at this many lines.
const BATCH_ROWS: usize = 5_000;

/// The imports of one co-op.
#[derive(Clone, Debug)]
pub struct Imports {
    pub(crate) db: DatabaseConnection,
    pub(crate) accounts: Accounts,
    pub(crate) agreements: Agreements,
    pub(crate) coop: Coop,
    pub(crate) versions: BTreeMap<DateTime<Utc>, AgreementVersionId>,
    pub(crate) now: DateTime<Utc>,
    makers: Makers,
    closed_until: Option<DateTime<Utc>>,
}

/// How a file is to be imported.
#[derive(Default)]
pub struct Options<'a> {
    /// Write nothing; the report is the same.
    pub dry_run: bool,
    /// Where to write the rows that do not go in, as CSV: the columns of the import, their line and the reason.
    pub rejects: Option<&'a mut dyn Write>,
}

/// What an import is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Checking every row; counted in bytes.
    Checking,
    /// Booking sales.
    Sales,
    /// Booking rows that give back.
    Refunds,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What it is at.
    pub stage: Stage,
    /// How much of that is behind.
    pub done: u64,
    /// Of how much.
    pub total: u64,
}

/// An import under way.
struct Run<'a> {
    imports: &'a Imports,
    table: Table,
    reader: Reader,
    scan: Scan,
    report: Report,
    /// In a dry run, the transaction that everything happens in and that is rolled back at the end.
    dry: Option<db::Tx>,
    /// Sales before the last closed month's end.
    dated_later: usize,
    repeated: usize,
}

impl Imports {
    /// Looks up what importing into a co-op takes. Imports that are made now know the parties and agreements of now.
    pub async fn of(db: &DatabaseConnection, coop: Coop, accounts: Accounts, clock: &Clock) -> Result<Self, ImportsError> {
        let tx = db::begin(db, coop.id).await?;
        let versions = repo::versions(&tx, coop.id).await?;
        let makers = Makers::new(identity::parties(&tx, coop.id).await?);
        let closed_until = ledger::closed_until(&tx, coop.id).await?;
        tx.commit().await?;
        Ok(Self { db: db.clone(), accounts, agreements: Agreements::default(), coop, versions, now: clock.now(), makers, closed_until })
    }

    /// Imports the sales of a file. Every sale goes in whole or not at all, and once; what stopped in between is started again.
    /// `tell` hears how far it has come.
    #[tracing::instrument(name = "imports.sales", skip_all, fields(coop.id = %self.coop.id, dry_run = options.dry_run))]
    pub async fn sales(&self, path: &Path, options: Options<'_>, tell: &mut dyn FnMut(Progress)) -> Result<Report, ImportsError> {
        let mut table = Table::open(path)?;
        if self.versions.is_empty() {
            return Err(ImportsError::NoAgreement(self.coop.name.clone()));
        }
        let reader = Reader {
            columns: table.columns.clone(),
            currency: self.coop.currency,
            zone: self.coop.zone,
            makers: self.makers.clone(),
            now: self.now,
        };
        let total = table.bytes;
        let scan = Scan::of(&mut table, &reader, &mut |_, done| tell(Progress { stage: Stage::Checking, done, total }))?;
        let dry = if options.dry_run { Some(db::begin(&self.db, self.coop.id).await?) } else { None };
        let report = Report::new(options.dry_run, self.coop.currency);
        let mut run = Run { imports: self, table, reader, scan, report, dry, dated_later: 0, repeated: 0 };
        run.report.counts.rows = run.scan.rows;
        run.book_sales(tell).await?;
        run.book_refunds(tell).await?;
        run.reject(Rejects::new(options.rejects)?)?;
        if let Some(dry) = run.dry.take() {
            dry.rollback().await?;
        }
        run.finish()
    }
}

impl Run<'_> {
    /// A batch's transaction; in a dry run, a savepoint of the one that is rolled back.
    async fn begin(&self) -> Result<db::Tx, DbErr> {
        match &self.dry {
            Some(dry) => dry.savepoint().await,
            None => db::begin(&self.imports.db, self.imports.coop.id).await,
        }
    }

    async fn book_sales(&mut self, tell: &mut dyn FnMut(Progress)) -> Result<(), ImportsError> {
        let order = std::mem::take(&mut self.scan.order);
        let total = order.len() as u64;
        let mut batch: Vec<(&[u8], Draft)> = Vec::new();
        let mut rows = 0;
        for (done, key) in (1..).zip(&order) {
            if let Some(draft) = self.draft(key)? {
                rows += draft.rows.len();
                batch.push((key, draft));
            }
            if batch.len() == BATCH || rows >= BATCH_ROWS || done == total {
                self.book_sales_batch(std::mem::take(&mut batch)).await?;
                rows = 0;
                tell(Progress { stage: Stage::Sales, done, total });
            }
        }
        Ok(())
    }

    /// Reads the rows of a sale again; `None` when there is nothing to book of it.
    fn draft(&mut self, key: &[u8]) -> Result<Option<Draft>, ImportsError> {
        let Some(places) = self.scan.sales.get_mut(key).filter(|rows| rows.rejected.is_none()).map(|rows| std::mem::take(&mut rows.sold))
        else {
            return Ok(None);
        };
        if places.is_empty() {
            return Ok(None);
        }
        let mut record = ByteRecord::new();
        let mut rows = Vec::with_capacity(places.len());
        for place in places {
            self.table.at(place, &mut record)?;
            rows.push(self.reader.read(&record, place.line).map_err(|_| self.table.changed(place.line))?);
        }
        match Draft::try_new(rows, self.imports.coop.zone) {
            Ok(draft) => Ok(Some(draft)),
            Err(reason) => {
                self.scan.reject(key, reason);
                Ok(None)
            }
        }
    }

    async fn book_sales_batch(&mut self, batch: Vec<(&[u8], Draft)>) -> Result<(), ImportsError> {
        if batch.is_empty() {
            return Ok(());
        }
        let (keys, drafts): (Vec<&[u8]>, Vec<Draft>) = batch.into_iter().unzip();
        let mut refused = BTreeMap::new();
        let done = loop {
            let tx = self.begin().await?;
            match self.imports.book_sales(&tx, &drafts, &refused, self.dry.is_some()).await? {
                Ok(done) => {
                    tx.commit().await?;
                    break done;
                }
                Err((place, reason)) => {
                    tx.rollback().await?;
                    refused.insert(place, reason);
                }
            }
        };
        for (place, reason) in done.refused {
            self.scan.reject(keys[place], reason);
        }
        let counts = &mut self.report.counts;
        for (place, known) in done.booked {
            let draft = &drafts[place];
            counts.sale_rows += draft.rows.len();
            counts.sale_rows_known += if known { draft.rows.len() } else { 0 };
            counts.sales_new += usize::from(!known);
            self.report.amounts.sales += draft.gross;
            self.dated_later += usize::from(!known && self.imports.closed_until.is_some_and(|until| draft.sold_at < until));
            self.repeated += draft.repeated();
        }
        self.report.books.sales += done.posted;
        Ok(())
    }

    async fn book_refunds(&mut self, tell: &mut dyn FnMut(Progress)) -> Result<(), ImportsError> {
        let places = std::mem::take(&mut self.scan.refunds);
        let total = places.len() as u64;
        let (mut names, mut planned, mut waiting) = (Names::default(), Planned::new(), HashSet::new());
        let mut record = ByteRecord::new();
        let mut batch = Vec::new();
        for (done, place) in (1..).zip(places) {
            self.table.at(place, &mut record)?;
            let row = self.reader.read(&record, place.line).map_err(|_| self.table.changed(place.line))?;
            if self.scan.rejection(self.reader.sale_key(&record)).is_none() {
                batch.push(Asked { key: names.name(&row), row });
            }
            if batch.len() == BATCH || done == total {
                self.book_refunds_batch(std::mem::take(&mut batch), &mut planned, &mut waiting).await?;
                tell(Progress { stage: Stage::Refunds, done, total });
            }
        }
        self.look_again(&mut planned, &waiting).await
    }

    async fn book_refunds_batch(
        &mut self,
        batch: Vec<Asked>,
        planned: &mut Planned,
        waiting: &mut HashSet<String>,
    ) -> Result<(), ImportsError> {
        let Imports { coop, now, .. } = self.imports;
        let tx = self.begin().await?;
        let done = self.imports.book_refunds(&tx, &batch, self.dry.is_some().then_some(planned)).await?;
        let mut to_park = Vec::new();
        let mut settled = Vec::new();
        for (asked, fate) in batch.iter().zip(&done.fates) {
            match fate {
                Fate::Booked { known } => {
                    self.report.counts.refund_rows += 1;
                    self.report.counts.refund_rows_known += usize::from(*known);
                    self.report.amounts.refunds += asked.row.amount();
                    settled.push(asked.key.clone());
                }
                Fate::Parked(reason) => {
                    self.report.counts.parked += 1;
                    self.report.amounts.parked += asked.row.amount();
                    let (line, sale_id) = (asked.row.line, asked.row.sale_id.clone());
                    self.report.show_parked(Rejected { line, sale_id, reason: reason.clone() });
                    waiting.insert(asked.key.clone());
                    to_park.push((asked, reason.as_str()));
                }
            }
        }
        parked::park(&tx, (coop.id, coop.currency), self.table.path(), &to_park, *now).await?;
        parked::settle(&tx, coop.id, settled, *now).await?;
        tx.commit().await?;
        self.report.books.refunds += done.posted;
        Ok(())
    }

    /// Looks again at what earlier imports parked: its sale may have come.
    async fn look_again(&mut self, planned: &mut Planned, waiting: &HashSet<String>) -> Result<(), ImportsError> {
        let Imports { coop, now, .. } = self.imports;
        let mut last = None;
        loop {
            let tx = self.begin().await?;
            let mut rows = parked::after(&tx, coop.id, last.as_ref(), BATCH).await?;
            let Some(furthest) = rows.last().cloned() else {
                tx.commit().await?;
                return Ok(());
            };
            last = Some(furthest);
            rows.retain(|asked| !waiting.contains(&asked.key));
            let done = self.imports.book_refunds(&tx, &rows, self.dry.is_some().then_some(&mut *planned)).await?;
            let booked = rows.iter().zip(&done.fates).filter(|(_, fate)| matches!(fate, Fate::Booked { .. }));
            let keys: Vec<String> = booked.map(|(asked, _)| asked.key.clone()).collect();
            let settled = parked::settle(&tx, coop.id, keys, *now).await?;
            self.report.counts.unparked += usize::try_from(settled).unwrap_or(usize::MAX);
            tx.commit().await?;
        }
    }

    /// Goes through the file once more and tells every row that did not go in.
    fn reject(&mut self, mut rejects: Rejects<'_>) -> Result<(), ImportsError> {
        let counts = self.report.counts;
        if counts.rows > counts.sale_rows + counts.refund_rows + counts.parked {
            self.table.rewind()?;
            let mut record = ByteRecord::new();
            while let Some(place) = self.table.next(&mut record)? {
                if is_blank(&record) {
                    continue;
                }
                let key = self.reader.sale_key(&record);
                let (reason, amount) = match (self.reader.read(&record, place.line), self.scan.rejection(key)) {
                    (Err(reason), _) => (reason, 0),
                    (Ok(row), Some(sale)) if sale.line == 0 => (sale.reason.clone(), row.amount()),
                    (Ok(row), Some(sale)) => (format!("line {} of the same sale is wrong: {}", sale.line, sale.reason), row.amount()),
                    (Ok(_), None) => continue,
                };
                rejects.write(&self.reader.columns, &record, place.line, &reason)?;
                self.report.counts.rejected += 1;
                self.report.amounts.rejected += amount;
                self.report.show_rejected(Rejected { line: place.line, sale_id: String::from_utf8_lossy(key).into_owned(), reason });
            }
        }
        rejects.finish()
    }

    fn finish(mut self) -> Result<Report, ImportsError> {
        let mut warnings: Vec<String> =
            self.reader.columns.unknown.iter().map(|column| format!("the column {column:?} is not known and was not read")).collect();
        if let Some(until) = self.imports.closed_until.filter(|_| self.dated_later > 0) {
            let day = until.with_timezone(&self.imports.coop.zone).format("%-d %B %Y");
            warnings.push(format!("{} sales are from months that are closed; the books have them on {day}", self.dated_later));
        }
        if self.repeated > 0 {
            warnings.push(format!("{} rows say the same as another row of their sale; each is a line of it", self.repeated));
        }
        self.report.warnings = warnings;
        if self.report.adds_up() {
            return Ok(self.report);
        }
        let Report { amounts, books, .. } = &self.report;
        let shown = |minor| self.report.money(minor).shown().to_string();
        Err(ImportsError::DoesNotAddUp {
            rows: shown(amounts.sales - amounts.refunds),
            books: shown(books.sales - books.refunds),
            currency: self.report.currency,
        })
    }
}
