//! `guildhall labels`: sheets of labels for what lies in stock.

use std::{fs, path::PathBuf};

use imports::products::{LabelAsk, LabelSheet, label_sheet, location_called};
use kernel::{Code, LotId};
use serde_json::json;
use uuid::Uuid;

use crate::{failure::Failure, house::House};

/// What is printed, and on what.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// The PDF file to write
    file: PathBuf,
    /// The co-op, by its slug; may be left out when there is one
    #[arg(long, env = "GUILDHALL_COOP")]
    co_op: Option<String>,
    /// Only these lots
    #[arg(long, value_name = "LOT")]
    lot: Vec<Uuid>,
    /// Only what belongs to this one, by handle
    #[arg(long, value_name = "HANDLE")]
    maker: Option<String>,
    /// Only what lies there, by the location's name
    #[arg(long, value_name = "NAME")]
    location: Option<String>,
    /// How many for each lot; as many as its units where this is left out
    #[arg(long)]
    copies: Option<u32>,
    /// The paper: a4-3x8, a4-3x7, a4-2x7 or a4-4x10
    #[arg(long, default_value = "a4-3x8")]
    sheet: String,
    /// Labels of the first sheet that are used up
    #[arg(long, default_value_t = 0)]
    skip: usize,
}

/// Writes the sheets.
pub(crate) async fn run(house: &House, args: &Args) -> Result<(), Failure> {
    let coop = house.coop(args.co_op.as_deref()).await?;
    let sheet = LabelSheet::of_name(&args.sheet).ok_or_else(|| {
        let known: Vec<&str> = LabelSheet::KNOWN.iter().map(|(name, _)| *name).collect();
        Failure::refused(Code::InvalidInput, format!("there is no sheet {:?}; there are {}", args.sheet, known.join(", ")))
    })?;
    let tx = db::begin_snapshot(&house.pools.orm, coop.id).await?;
    let owner = match &args.maker {
        None => None,
        Some(handle) => {
            let parties = identity::parties(&tx, coop.id).await?;
            let found = parties.iter().find(|party| party.handle.eq_ignore_ascii_case(handle));
            Some(found.ok_or_else(|| Failure::refused(Code::NotFound, format!("there is no maker {handle:?}")))?.id)
        }
    };
    let location = match &args.location {
        Some(name) => Some(location_called(&tx, coop.id, name).await?),
        None => None,
    };
    let ask = LabelAsk {
        lots: args.lot.iter().copied().map(LotId).collect(),
        owner,
        location,
        copies: args.copies,
        sheet,
        skip: args.skip,
        origin: house.settings.web_origin(),
    };
    let pdf = house.output.watch("setting labels", label_sheet(&tx, &coop, &ask, house.clock.now())).await?;
    tx.commit().await?;
    let size = pdf.len();
    fs::write(&args.file, pdf).map_err(|error| Failure::fault(format!("{} cannot be written: {error}", args.file.display())))?;
    house.output.answer(&json!({"file": args.file, "bytes": size}), || format!("The labels are in {}.", args.file.display()))
}
