//! `guildhall export`: files for other systems.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::PathBuf,
};

use clap::Subcommand;

use super::import::Bar;
use crate::{failure::Failure, house::House, output::Output};

/// What is sent out.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the whole catalogue as CSV, a row for each variant, maker and location; `import products` takes it back unchanged
    Products {
        /// The file; standard output where it is left out
        file: Option<PathBuf>,
        /// The co-op, by its slug; may be left out when there is one
        #[arg(long, env = "GUILDHALL_COOP")]
        co_op: Option<String>,
    },
}

/// Sends out what was asked for.
pub(crate) async fn run(house: &House, command: &Command) -> Result<(), Failure> {
    let Command::Products { file, co_op } = command;
    let coop = house.coop(co_op.as_deref()).await?;
    let bar = Bar::new(house.output, "exporting products");
    let mut told = |progress| bar.tell(progress);
    let now = house.clock.now();
    let Some(path) = file else {
        let mut bytes = Vec::new();
        imports::products::export(&house.pools.orm, &coop, now, &mut bytes, &mut told).await?;
        bar.finish();
        Output::raw(&bytes);
        return Ok(());
    };
    let unwritable = |error: std::io::Error| Failure::fault(format!("{} cannot be written: {error}", path.display()));
    let mut out = BufWriter::new(File::create(path).map_err(unwritable)?);
    let exported = imports::products::export(&house.pools.orm, &coop, now, &mut out, &mut told).await;
    bar.finish();
    let exported = exported?;
    out.flush().map_err(unwritable)?;
    house.output.answer(&exported, || format!("{} products in {} rows are in {}.", exported.products, exported.rows, path.display()))
}
