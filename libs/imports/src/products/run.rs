//! An import of products from beginning to end.

use std::collections::HashMap;

use catalogue::{Policy, SaveProduct};
use chrono::{DateTime, SubsecRound as _, Utc};
use db::{Sqlstate, sqlstate, statement};
use identity::Coop;
use kernel::{Clock, ProductId};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    Options, Progress,
    known::{known, make_categories},
    places::Places,
    plan::{Ask, Fate, Plan, Shelf},
    report::{Report, Rows, Units},
    sheet::{Product, Sheet},
    shelves::{self, Lots, Move},
    store::{self, ImportId, ProductImport, Touch},
};
use crate::{ImportsError, makers::Makers, products::fields::Field};

/// How many products one transaction takes: enough that its statements are shared, few enough that an import that is killed
/// loses a second.
const BATCH: usize = 250;
/// A batch ends early at this many rows.
const BATCH_ROWS: usize = 1_000;
/// The longest name of a file that is remembered, in letters.
const MAX_NAME: usize = 200;

/// The product imports of one co-op. Who may do it is asked at the door.
#[derive(Clone, Debug)]
pub struct ProductImports {
    pub(crate) db: DatabaseConnection,
    pub(crate) coop: Coop,
    pub(crate) clock: Clock,
}

/// A file in memory.
#[derive(Clone, Copy, Debug)]
pub struct ProductFile<'a> {
    /// Its name, for people.
    pub name: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
}

/// What was found in a file, and how far its import has come.
struct Run<'a> {
    imports: &'a ProductImports,
    ask: Ask,
    now: DateTime<Utc>,
    /// `None` in a dry run.
    import: Option<ImportId>,
    report: Report,
    /// Every row that did not go in, for the rejects file.
    rejected: Vec<(u64, String)>,
}

impl ProductImports {
    /// Over this database, for this co-op.
    pub const fn new(db: DatabaseConnection, coop: Coop, clock: Clock) -> Self {
        Self { db, coop, clock }
    }

    /// The database keeps microseconds.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now().trunc_subsecs(6)
    }

    /// Imports a file. Each product goes in whole with its rows that can be read, or not at all; the same file again changes
    /// nothing, and one that was stopped goes on. `tell` hears how far it has come; `rejects` is given every row that did not go in,
    /// as CSV.
    #[tracing::instrument(name = "imports.products", skip_all, fields(coop.id = %self.coop.id, dry_run = options.dry_run))]
    pub async fn import(
        &self,
        file: ProductFile<'_>,
        options: &Options,
        rejects: Option<&mut (dyn std::io::Write + Send)>,
        tell: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Report, ImportsError> {
        let tx = db::begin(&self.db, self.coop.id).await?;
        let makers = Makers::new(identity::parties(&tx, self.coop.id).await?);
        let mut places = Places::of(&tx, self.coop.id).await?;
        if let Some(maker) = &options.maker {
            makers.find(maker).map_err(ImportsError::Ask)?;
        }
        let sheet = Sheet::read(file.bytes, file.name, options, self.coop.currency, makers)?;
        if !options.without_stock {
            choose(&mut places, &sheet, options)?;
        }
        let (mut run, done) = self.begin(&tx, (file, options), &sheet, places).await?;
        tx.commit().await.map_err(raced)?;
        run.go(&sheet.products, done, tell).await?;
        run.finish(file, &sheet, rejects)
    }

    /// Begins an import, or finds the one that was stopped; tells how many products it is done with.
    async fn begin(
        &self,
        tx: &db::Tx,
        (file, options): (ProductFile<'_>, &Options),
        sheet: &Sheet,
        places: Places,
    ) -> Result<(Run<'_>, usize), ImportsError> {
        let (coop, now, format) = (self.coop.id, self.now(), sheet.header.format);
        let name: String = file.name.rsplit(['/', '\\']).next().unwrap_or_default().chars().take(MAX_NAME).collect();
        let name = if name.is_empty() { "products.csv".to_owned() } else { name };
        let mut rejected: Vec<(u64, String)> = sheet.rejected.iter().map(|row| (row.place.line, row.reason.clone())).collect();
        let mut rows = Rows { rows: sheet.rows, rejected: rejected.len(), ..Rows::default() };
        let (mut import, mut done, mut resumed) = (None, 0, false);
        if !options.dry_run {
            let said = said(file.bytes, options);
            if let Some(ProductImport { id, rows: so_far, products_done, .. }) = store::running(tx, coop, &said).await? {
                (import, done, rows, resumed) = (Some(id), products_done, so_far, true);
                let known = store::rejected_rows(tx, coop, id, 0, u64::MAX).await?;
                rejected = known.into_iter().map(|row| (row.line, row.reason)).collect();
            } else {
                let id = ImportId(Uuid::now_v7());
                store::begin(tx, coop, id, (&name, format, &said), (sheet.rows, now)).await?;
                store::reject(tx, coop, id, &rejected).await?;
                let begun = Rows { rejected: rejected.len(), ..Rows::default() };
                store::advance(tx, coop, id, (0, 0), &begun).await?;
                import = Some(id);
            }
        }
        let report = Report {
            import: import.map(|import| import.0),
            file: name,
            format,
            dry_run: options.dry_run,
            resumed,
            rows,
            new_products: 0,
            units: Units::default(),
            rejected: Vec::new(),
            warnings: warnings(sheet),
        };
        let ask = Ask {
            currency: self.coop.currency,
            language: options.language.clone().unwrap_or_else(|| "en".to_owned()),
            places,
            has_options: [Field::Option1Name, Field::Variation, Field::Units].into_iter().any(|field| sheet.header.has(field)),
            counts: !options.without_stock,
        };
        Ok((Run { imports: self, ask, now, import, report, rejected }, done))
    }
}

/// Chooses where units lie, when the file counts any.
fn choose(places: &mut Places, sheet: &Sheet, options: &Options) -> Result<(), ImportsError> {
    let shelves: Vec<&str> = sheet.header.shelves.iter().map(|shelf| shelf.name.as_str()).collect();
    places.choose(options.location.as_deref(), &shelves).map_err(ImportsError::Ask)?;
    let unplaced = |product: &Product| product.items.iter().flat_map(|(_, item)| &item.counted).any(|counted| counted.location.is_empty());
    if sheet.products.iter().any(unplaced) {
        places.called("").map_err(ImportsError::Ask)?;
    }
    Ok(())
}

/// Names a file and the manner in which it is imported.
fn said(bytes: &[u8], options: &Options) -> Vec<u8> {
    let Options { format, mapping, maker, location, language, without_stock, dry_run: _ } = options;
    let manner = format!("{format:?} {mapping:?} {maker:?} {location:?} {language:?} {without_stock}");
    let mut hasher = Sha256::new();
    hasher.update(Sha256::digest(bytes));
    hasher.update(manner.as_bytes());
    hasher.finalize().to_vec()
}

fn warnings(sheet: &Sheet) -> Vec<String> {
    let mut warnings = Vec::new();
    if !sheet.header.unread.is_empty() {
        let names: Vec<String> = sheet.header.unread.iter().map(|name| format!("{name:?}")).collect();
        warnings.push(format!("nobody reads the columns {}", names.join(", ")));
    }
    if sheet.pictures > 0 {
        warnings.push(format!("{} pictures are named by address and are not fetched; upload them to their products", sheet.pictures));
    }
    warnings
}

/// Somebody wrote the same at the same moment.
fn raced(error: DbErr) -> ImportsError {
    match sqlstate(&error) {
        Some(Sqlstate::UniqueViolation | Sqlstate::ConstraintViolation) => ImportsError::Raced,
        _ => error.into(),
    }
}

/// A product that is to be written, beside its plan.
struct Planned<'a> {
    product: &'a Product,
    plan: Plan,
    moves: Vec<Move>,
}

impl Run<'_> {
    async fn go(&mut self, products: &[Product], mut done: usize, tell: &mut (dyn FnMut(Progress) + Send)) -> Result<(), ImportsError> {
        let total = products.len();
        while done < total {
            let mut rows = 0;
            let fits = |product: &&Product| {
                rows += product.items.len();
                rows <= BATCH_ROWS
            };
            let size = products[done..].iter().take(BATCH).take_while(fits).count().max(1);
            self.batch(&products[done..done + size], done).await?;
            done += size;
            tell(Progress { done: done as u64, total: total as u64 });
        }
        let Some(import) = self.import else { return Ok(()) };
        let tx = db::begin(&self.imports.db, self.imports.coop.id).await?;
        store::end(&tx, self.imports.coop.id, import, self.now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// One transaction: looks up what is there, decides, writes, remembers. In a dry run all of it is rolled back.
    async fn batch(&mut self, products: &[Product], from: usize) -> Result<(), ImportsError> {
        let coop = self.imports.coop.id;
        let tx = db::begin(&self.imports.db, coop).await?;
        tx.execute_raw(statement("select pg_advisory_xact_lock(hashtext('product_import'), $1)", [coop.0.into()])).await?;
        let mut known = known(&tx, coop, products).await?;
        make_categories(&tx, coop, products, &mut known).await?;
        let mut planned: Vec<Planned<'_>> =
            products.iter().map(|product| Planned { product, plan: Plan::of(product, &known, &self.ask), moves: Vec::new() }).collect();
        let shelves: Vec<&Shelf> = planned.iter().flat_map(|one| &one.plan.shelves).collect();
        let lots = shelves::lying(&tx, coop, &shelves, self.now).await?;
        recount(&mut planned, &lots);
        let there: Vec<ProductId> = known.products.values().map(|known| known.product.id).collect();
        let before: HashMap<ProductId, String> = store::images(&tx, coop, &there).await?.into_iter().collect();
        let mut ids: HashMap<String, ProductId> = known.products.iter().map(|(handle, known)| (handle.clone(), known.product.id)).collect();
        let made = self.save(&tx, &mut planned, &mut ids).await?;
        self.stock(&tx, &mut planned, &lots).await?;
        let (rows, units) = tally(&planned);
        let rejected = rejections(&planned);
        if let Some(import) = self.import {
            let touches: Vec<Touch> = planned.iter().filter_map(|one| touch_of(one, &ids, &before)).collect();
            store::touch(&tx, coop, import, &touches).await.map_err(raced)?;
            store::reject(&tx, coop, import, &rejected).await?;
            if !store::advance(&tx, coop, import, (from, from + products.len()), &rows).await? {
                return Err(ImportsError::Raced);
            }
            tx.commit().await.map_err(raced)?;
        } else {
            tx.rollback().await?;
        }
        let report = &mut self.report;
        report.rows.created += rows.created;
        report.rows.changed += rows.changed;
        report.rows.unchanged += rows.unchanged;
        report.rows.rejected += rows.rejected;
        report.new_products += made;
        report.units.received += units.received;
        report.units.counted_in += units.counted_in;
        report.units.counted_out += units.counted_out;
        self.rejected.extend(rejected);
        Ok(())
    }

    /// Has the catalogue save what is wished. What it refuses is rejected with all rows of the product.
    async fn save(&self, tx: &db::Tx, planned: &mut [Planned<'_>], ids: &mut HashMap<String, ProductId>) -> Result<usize, ImportsError> {
        let places: Vec<usize> = (0..planned.len()).filter(|place| planned[*place].plan.wish.is_some()).collect();
        let wishes: Vec<SaveProduct> = places.iter().filter_map(|place| planned[*place].plan.wish.clone()).collect();
        let outcomes = catalogue::save_in(tx, (self.imports.coop.id, self.now), wishes, Policy::LeaveOutRows).await?;
        let mut made = 0;
        for (place, outcome) in places.into_iter().zip(outcomes) {
            let one = &mut planned[place];
            if let Some(product) = outcome.saved {
                made += usize::from(ids.insert(one.product.handle.clone(), product).is_none());
                continue;
            }
            let reason = outcome.flaws.first().map_or("the catalogue refuses it", |flaw| flaw.message.as_str()).to_owned();
            for fate in &mut one.plan.fates {
                if !matches!(fate, Fate::Rejected(_)) {
                    *fate = Fate::Rejected(reason.clone());
                }
            }
            (one.plan.wish, one.plan.shelves) = (None, Vec::new());
        }
        Ok(made)
    }

    /// Moves stock so that what is free is what the file says.
    async fn stock(&self, tx: &db::Tx, planned: &mut [Planned<'_>], lots: &Lots) -> Result<(), ImportsError> {
        let coop = self.imports.coop.id;
        let new = |shelf: &Shelf| shelf.variant.is_none() && shelf.units > 0;
        let skus = planned.iter().flat_map(|one| &one.plan.shelves).filter(|shelf| new(shelf)).map(|shelf| shelf.sku.clone()).collect();
        let variants = shelves::variants(tx, coop, skus).await?;
        for one in planned.iter_mut() {
            for shelf in &one.plan.shelves {
                if let Some(variant) = shelf.variant.or_else(|| variants.get(&shelf.sku).copied()) {
                    one.moves.extend(shelves::moves(shelf, variant, lots));
                }
            }
        }
        let moves: Vec<Move> = planned.iter().flat_map(|one| one.moves.iter().cloned()).collect();
        let note = format!("import of {}", self.report.file);
        shelves::write(tx, coop, &moves, &note, self.now).await.map_err(raced)
    }

    fn finish(
        mut self,
        file: ProductFile<'_>,
        sheet: &Sheet,
        rejects: Option<&mut (dyn std::io::Write + Send)>,
    ) -> Result<Report, ImportsError> {
        self.rejected.sort_unstable();
        for (line, reason) in &self.rejected {
            self.report.show(*line, reason);
        }
        if let Some(rejects) = rejects {
            super::rejects::write(rejects, file, sheet, &self.rejected)?;
        }
        assert!(self.report.rows.adds_up(), "every row ends somewhere: {:?}", self.report.rows);
        Ok(self.report)
    }
}

/// Rows that change nothing but the stock change something.
fn recount(planned: &mut [Planned<'_>], lots: &Lots) {
    for one in planned {
        for shelf in &one.plan.shelves {
            let fate = &mut one.plan.fates[shelf.row];
            if *fate == Fate::Unchanged && shelves::free(shelf, lots) != shelf.units {
                *fate = Fate::Changed;
            }
        }
    }
}

fn tally(planned: &[Planned<'_>]) -> (Rows, Units) {
    let (mut rows, mut units) = (Rows::default(), Units::default());
    for one in planned {
        for fate in &one.plan.fates {
            match fate {
                Fate::Created => rows.created += 1,
                Fate::Changed => rows.changed += 1,
                Fate::Unchanged => rows.unchanged += 1,
                Fate::Rejected(_) => rows.rejected += 1,
            }
        }
        // A row that only adds a picture goes the way of its product
        match pictures_reason(one) {
            Some(_) => rows.rejected += one.product.pictures.len(),
            None => rows.unchanged += one.product.pictures.len(),
        }
        shelves::sum(&one.moves, &mut units);
    }
    (rows, units)
}

/// Why the rows of a product that only add pictures do not go in; `None` when they do.
fn pictures_reason<'a>(one: &'a Planned<'_>) -> Option<&'a str> {
    let reason = |fate: &'a Fate| if let Fate::Rejected(reason) = fate { Some(reason.as_str()) } else { None };
    one.plan.fates.iter().all(|fate| reason(fate).is_some()).then(|| one.plan.fates.first().and_then(reason)).flatten()
}

fn rejections(planned: &[Planned<'_>]) -> Vec<(u64, String)> {
    let mut rejected = Vec::new();
    for one in planned {
        for ((place, _), fate) in one.product.items.iter().zip(&one.plan.fates) {
            if let Fate::Rejected(reason) = fate {
                rejected.push((place.line, reason.clone()));
            }
        }
        if let Some(reason) = pictures_reason(one) {
            rejected.extend(one.product.pictures.iter().map(|place| (place.line, reason.to_owned())));
        }
    }
    rejected
}

/// What is remembered of a product; nothing where nothing was done to it.
fn touch_of(one: &Planned<'_>, ids: &HashMap<String, ProductId>, before: &HashMap<ProductId, String>) -> Option<Touch> {
    if one.plan.wish.is_none() && one.moves.is_empty() {
        return None;
    }
    let product = *ids.get(&one.product.handle)?;
    let moved = one.moves.iter().map(|new| new.what.clone()).collect();
    Some(Touch { product, before: before.get(&product).cloned().unwrap_or_default(), moved })
}
