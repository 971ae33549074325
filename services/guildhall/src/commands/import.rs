//! `guildhall import`: sales from files.

use std::path::PathBuf;

use crate::{failure::Failure, house::House};

/// What an import is told.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// The file
    file: PathBuf,
}

/// Brings a file in.
pub(crate) async fn run(house: &House, args: &Args) -> Result<(), Failure> {
    let coop = house.coop(None).await?;
    Err(Failure::fault(format!("{} cannot be imported into {} yet", args.file.display(), coop.slug)))
}
