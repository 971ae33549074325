//! `guildhall import`: sales and products from files.

mod products;

use std::{
    fmt::Write as _,
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use imports::{Imports, Options, Progress, Rejected, Report, Stage};
use indicatif::ProgressBar;
use kernel::{Code, Currency, Money};
use ledger::Accounts;
use serde_json::json;
use uuid::Uuid;

pub(in crate::commands) use self::products::Bar;
use crate::{
    failure::Failure,
    house::House,
    output::{Output, amount, number, table},
};

/// What an import is told.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    /// Bring in a CSV file of sale lines. Every sale goes in whole or not at all, and once: after a stop, start it again.
    ///
    /// Its columns are sale_id, sold_at, channel, sku, description, quantity, unit_price, currency, buyer and maker, in any
    /// order. Rows with one sale_id are lines of one sale; a negative quantity gives back. Ends with 5 when rows were
    /// rejected or parked.
    Sales {
        /// The file
        file: PathBuf,
        /// The co-op, by its slug; may be left out when there is one
        #[arg(long, env = "GUILDHALL_COOP")]
        co_op: Option<String>,
        /// Write nothing, tell what would be
        #[arg(long)]
        dry_run: bool,
        /// Write the rows that do not go in to this file, each with its line and the reason
        #[arg(long, value_name = "FILE")]
        rejects: Option<PathBuf>,
    },
    /// Bring in a CSV file of products, with their offers, prices and stock: what Shopify, Square and Open Food Network export, or
    /// a plain one.
    ///
    /// What is free in stock becomes what the file says. The same file again changes nothing, and one that was stopped goes on.
    /// Ends with 5 when rows were rejected.
    Products(products::Args),
    /// List the imports of products, newest first
    Runs {
        /// The co-op, by its slug; may be left out when there is one
        #[arg(long, env = "GUILDHALL_COOP")]
        co_op: Option<String>,
    },
    /// Take an import of products back, as far as nothing of it was sold or changed since; ends with 5 when some of it stays
    Undo {
        /// Its number, as the import told it
        import: Uuid,
        /// The co-op, by its slug; may be left out when there is one
        #[arg(long, env = "GUILDHALL_COOP")]
        co_op: Option<String>,
    },
    /// List the rows that wait for the sale that they give back
    Parked {
        /// The co-op, by its slug; may be left out when there is one
        #[arg(long, env = "GUILDHALL_COOP")]
        co_op: Option<String>,
    },
}

/// Brings a file in, or lists what waits.
pub(crate) async fn run(house: &House, args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Sales { file, co_op, dry_run, rejects } => {
            let coop = house.coop(co_op.as_deref()).await?;
            let imports = Imports::of(&house.pools.orm, coop, Accounts::default(), &house.clock).await?;
            let mut kept = match rejects {
                Some(path) if is_same(path, file) => {
                    let message = format!("--rejects {} is the file to be imported; name another", path.display());
                    return Err(Failure::refused(Code::InvalidInput, message));
                }
                Some(path) => Some(BufWriter::new(File::create(path).map_err(|error| cannot_write(path, &error))?)),
                None => None,
            };
            let options = Options { dry_run: *dry_run, rejects: kept.as_mut().map(|file| file as &mut dyn std::io::Write) };
            let mut bars = Bars { output: house.output, shown: None };
            let report = imports.sales(file, options, &mut |progress| bars.tell(progress)).await;
            bars.finish();
            let report = report?;
            house.output.answer(&report, || as_text(&report))?;
            let open = report.counts.rejected + report.counts.parked;
            match (open, rejects) {
                (0, _) => Ok(()),
                (_, Some(path)) => {
                    Err(Failure::NeedsPerson(format!("{open} rows did not go in; those rejected are in {}", path.display())))
                }
                (_, None) => Err(Failure::NeedsPerson(format!("{open} rows did not go in; --rejects FILE keeps those rejected"))),
            }
        }
        Command::Products(args) => products::run(house, args).await,
        Command::Runs { co_op } => products::runs(house, co_op.as_deref()).await,
        Command::Undo { import, co_op } => products::undo(house, *import, co_op.as_deref()).await,
        Command::Parked { co_op } => parked(house, co_op.as_deref()).await,
    }
}

/// Whether both name one file that is there.
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::fault(format!("{} cannot be written: {error}", path.display()))
}

/// A bar for each stage of an import.
struct Bars {
    output: Output,
    shown: Option<(Stage, ProgressBar)>,
}

impl Bars {
    fn tell(&mut self, progress: Progress) {
        if self.shown.as_ref().is_none_or(|(stage, _)| *stage != progress.stage) {
            self.finish();
            let words = match progress.stage {
                Stage::Checking => "checking rows",
                Stage::Sales => "booking sales",
                Stage::Refunds => "booking what was given back",
            };
            self.shown = Some((progress.stage, self.output.bar(progress.total, words)));
        }
        if let Some((_, bar)) = &self.shown {
            bar.set_position(progress.done);
        }
    }

    fn finish(&mut self) {
        if let Some((_, bar)) = self.shown.take() {
            bar.finish_and_clear();
        }
    }
}

fn as_text(report: &Report) -> String {
    let Report { counts, amounts, books, currency, .. } = report;
    let mut shown = table(&["rows", "", "known before", "amount", "in the books"]);
    let blank = String::new;
    let money = |minor| amount(minor, *currency);
    shown.add_row(vec!["of the file".into(), number(counts.rows), blank().into(), blank().into(), blank().into()]);
    shown.add_row(vec![
        "lines of sales".into(),
        number(counts.sale_rows),
        number(counts.sale_rows_known),
        money(amounts.sales),
        money(books.sales),
    ]);
    shown.add_row(vec![
        "given back".into(),
        number(counts.refund_rows),
        number(counts.refund_rows_known),
        money(amounts.refunds),
        money(books.refunds),
    ]);
    shown.add_row(vec!["parked".into(), number(counts.parked), blank().into(), money(amounts.parked), blank().into()]);
    shown.add_row(vec!["rejected".into(), number(counts.rejected), blank().into(), money(amounts.rejected), blank().into()]);
    let new = if report.dry_run { "would be new; nothing was written" } else { "are new" };
    let mut text = format!("{shown}\n{} sales {new}.", counts.sales_new);
    if counts.unparked > 0 {
        let _ = write!(text, " {} rows that earlier imports parked found their sale.", counts.unparked);
    }
    for warning in &report.warnings {
        let _ = write!(text, "\nNote: {warning}.");
    }
    text.push_str(&reasons("Rejected", counts.rejected, &report.rejected));
    text.push_str(&reasons("Parked", counts.parked, &report.parked));
    text
}

fn reasons(what: &str, count: usize, rows: &[Rejected]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut shown = table(&["line", "sale", "why"]);
    for row in rows {
        shown.add_row(vec![number(row.line), row.sale_id.clone().into(), row.reason.clone().into()]);
    }
    let more = if count > rows.len() { format!("\n… and {} more.", count - rows.len()) } else { String::new() };
    format!("\n\n{what}:\n{shown}{more}")
}

async fn parked(house: &House, slug: Option<&str>) -> Result<(), Failure> {
    let coop = house.coop(slug).await?;
    let rows = imports::parked(&house.pools.orm, coop.id).await?;
    house.output.answer(&json!({"co_op": coop.slug, "parked": rows}), || {
        if rows.is_empty() {
            return "Nothing is parked.".to_owned();
        }
        let mut shown = table(&["sold at", "sale", "sku", "units", "at", "file", "line", "why"]);
        for row in &rows {
            let price = row.currency.parse::<Currency>().map(|currency| Money::new(row.unit_price, currency).to_string());
            shown.add_row(vec![
                row.sold_at.with_timezone(&coop.zone).format("%Y-%m-%d %H:%M").to_string().into(),
                row.sale_ref.clone().into(),
                row.sku.clone().into(),
                number(row.quantity),
                number(price.unwrap_or_default()),
                row.file.clone().into(),
                number(row.line),
                row.reason.clone().into(),
            ]);
        }
        shown.to_string()
    })?;
    match rows.len() {
        0 => Ok(()),
        parked => Err(Failure::NeedsPerson(format!("{parked} rows wait for the sale that they give back"))),
    }
}
