//! `guildhall import products`, `runs`, `undo`: products from files, and back.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::BufWriter,
    path::{Path, PathBuf},
};

use imports::products::{
    Format, ImportId, MAX_BYTES, MAX_LISTED, Mapping, Options, ProductFile, ProductImports, Progress, Report, Undone, product_imports,
};
use indicatif::ProgressBar;
use kernel::Code;
use serde_json::json;
use uuid::Uuid;

use super::{cannot_write, is_same};
use crate::{
    failure::Failure,
    house::House,
    output::{Output, number, table},
};

/// What an import of products is told.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// The file
    file: PathBuf,
    /// The co-op, by its slug; may be left out when there is one
    #[arg(long, env = "GUILDHALL_COOP")]
    co_op: Option<String>,
    /// Its layout: shopify, square, ofn or plain; its header tells where this is left out
    #[arg(long)]
    format: Option<Format>,
    /// What a plain file calls our columns: a file with a line `ours = theirs` for each
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Whose goods they are where a row does not say, by handle
    #[arg(long, value_name = "HANDLE")]
    maker: Option<String>,
    /// Where units lie of which the file does not say; may be left out when there is one location
    #[arg(long, value_name = "NAME")]
    location: Option<String>,
    /// The language of new products, as in `en` or `pt-BR`
    #[arg(long, default_value = "en")]
    language: String,
    /// Leave the stock as it is
    #[arg(long)]
    without_stock: bool,
    /// Write nothing, tell what would be
    #[arg(long)]
    dry_run: bool,
    /// Write the rows that do not go in to this file, each with its line and the reason
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

/// Brings a file of products in.
pub(super) async fn run(house: &House, args: &Args) -> Result<(), Failure> {
    let bytes = read(&args.file)?;
    let mapping = args.mapping.as_deref().map(mapping).transpose()?;
    let coop = house.coop(args.co_op.as_deref()).await?;
    let options = Options {
        format: args.format,
        mapping,
        maker: args.maker.clone(),
        location: args.location.clone(),
        language: Some(args.language.clone()),
        without_stock: args.without_stock,
        dry_run: args.dry_run,
    };
    let mut kept = match &args.rejects {
        Some(path) if is_same(path, &args.file) => {
            let message = format!("--rejects {} is the file to be imported; name another", path.display());
            return Err(Failure::refused(Code::InvalidInput, message));
        }
        Some(path) => Some(BufWriter::new(File::create(path).map_err(|error| cannot_write(path, &error))?)),
        None => None,
    };
    let rejects = kept.as_mut().map(|file| file as &mut (dyn std::io::Write + Send));
    let shown = args.file.display().to_string();
    let imports = ProductImports::new(house.pools.orm.clone(), coop, house.clock.clone());
    let bar = Bar::new(house.output, "importing products");
    let report = imports.import(ProductFile { name: &shown, bytes: &bytes }, &options, rejects, &mut |progress| bar.tell(progress)).await;
    bar.finish();
    let report = report?;
    house.output.answer(&report, || as_text(&report))?;
    match (report.rows.rejected, &args.rejects) {
        (0, _) => Ok(()),
        (open, Some(path)) => Err(Failure::NeedsPerson(format!("{open} rows did not go in; they are in {}", path.display()))),
        (open, None) => Err(Failure::NeedsPerson(format!("{open} rows did not go in; --rejects FILE keeps them"))),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |error: std::io::Error| Failure::refused(Code::NotFound, format!("{} cannot be read: {error}", path.display()));
    let size = fs::metadata(path).map_err(unreadable)?.len();
    if size > MAX_BYTES as u64 {
        let message = format!("{} has {size} bytes, more than {MAX_BYTES}; split it between two products", path.display());
        return Err(Failure::refused(Code::InvalidInput, message));
    }
    fs::read(path).map_err(unreadable)
}

fn mapping(path: &Path) -> Result<Mapping, Failure> {
    let unreadable = |error: std::io::Error| Failure::refused(Code::NotFound, format!("{} cannot be read: {error}", path.display()));
    let text = fs::read_to_string(path).map_err(unreadable)?;
    Mapping::parse(&text).map_err(|told| Failure::refused(Code::InvalidInput, format!("{}: {told}", path.display())))
}

/// How far something has come, in products.
pub(in crate::commands) struct Bar(ProgressBar);

impl Bar {
    pub(in crate::commands) fn new(output: Output, words: &str) -> Self {
        Self(output.bar(0, words))
    }

    pub(in crate::commands) fn tell(&self, progress: Progress) {
        self.0.set_length(progress.total);
        self.0.set_position(progress.done);
    }

    pub(in crate::commands) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

fn as_text(report: &Report) -> String {
    let Report { rows, units, .. } = report;
    let mut shown = table(&["rows", ""]);
    for (what, count) in [
        ("of the file", rows.rows),
        ("created", rows.created),
        ("changed", rows.changed),
        ("unchanged", rows.unchanged),
        ("rejected", rows.rejected),
    ] {
        shown.add_row(vec![what.into(), number(count)]);
    }
    let new = if report.dry_run { "would be new; nothing was written" } else { "are new" };
    let mut text = format!("{shown}\n{} products {new}.", report.new_products);
    let _ = write!(text, " Stock: {} units received, {} counted in, {} counted out.", units.received, units.counted_in, units.counted_out);
    if report.resumed {
        text.push_str("\nIt went on where an earlier import of this file had stopped.");
    }
    if let Some(import) = report.import {
        let _ = write!(text, "\nTo take it back: guildhall import undo {import}");
    }
    for warning in &report.warnings {
        let _ = write!(text, "\nNote: {warning}.");
    }
    if !report.rejected.is_empty() {
        let mut told = table(&["line", "why"]);
        for row in &report.rejected {
            told.add_row(vec![number(row.line), row.reason.clone().into()]);
        }
        let more = rows.rejected - report.rejected.len();
        let more = if more > 0 { format!("\n… and {more} more.") } else { String::new() };
        let _ = write!(text, "\n\nRejected:\n{told}{more}");
    }
    text
}

/// Lists the imports of products.
pub(super) async fn runs(house: &House, slug: Option<&str>) -> Result<(), Failure> {
    let coop = house.coop(slug).await?;
    let tx = db::begin(&house.pools.orm, coop.id).await?;
    let imports = product_imports(&tx, coop.id, None, MAX_LISTED).await?;
    tx.commit().await?;
    house.output.answer(&json!({"co_op": coop.slug, "imports": imports}), || {
        if imports.is_empty() {
            return "No products were imported yet.".to_owned();
        }
        let mut shown = table(&["import", "file", "began", "state", "rows", "created", "changed", "unchanged", "rejected"]);
        for import in &imports {
            let state = json!(import.state).as_str().unwrap_or_default().to_owned();
            shown.add_row(vec![
                import.id.to_string().into(),
                import.file.clone().into(),
                import.started_at.with_timezone(&coop.zone).format("%Y-%m-%d %H:%M").to_string().into(),
                state.into(),
                number(import.rows.rows),
                number(import.rows.created),
                number(import.rows.changed),
                number(import.rows.unchanged),
                number(import.rows.rejected),
            ]);
        }
        shown.to_string()
    })
}

/// Takes an import of products back.
pub(super) async fn undo(house: &House, import: Uuid, slug: Option<&str>) -> Result<(), Failure> {
    let coop = house.coop(slug).await?;
    let imports = ProductImports::new(house.pools.orm.clone(), coop, house.clock.clone());
    let bar = Bar::new(house.output, "taking products back");
    let undone = imports.undo(ImportId(import), &mut |progress| bar.tell(progress)).await;
    bar.finish();
    let undone = undone?;
    house.output.answer(&undone, || undone_as_text(&undone))?;
    match undone.kept {
        0 => Ok(()),
        kept => Err(Failure::NeedsPerson(format!("{kept} products stay as they are"))),
    }
}

fn undone_as_text(undone: &Undone) -> String {
    let Undone { archived, restored, kept, kept_products, .. } = undone;
    let mut text = format!("{archived} products were archived, {restored} are what they were before, {kept} stay as they are.");
    if !kept_products.is_empty() {
        let mut shown = table(&["product", "why it stays"]);
        for product in kept_products {
            shown.add_row([&product.product, &product.reason]);
        }
        let _ = write!(text, "\n{shown}");
    }
    text
}
