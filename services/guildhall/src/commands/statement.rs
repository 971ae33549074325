//! `guildhall statement`: months closed, statements issued, looked at and taken along.

mod show;

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use identity::Coop;
use kernel::{Code, Month, PartyId};
use serde_json::json;
use statements::{FileKind, key};

use crate::{failure::Failure, house::House, output::Output};

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Close a month: settle its guarantees, bar the books, issue the statements
    Close {
        #[command(flatten)]
        of: Of,
        /// The month, as in 2026-11
        #[arg(long)]
        month: Month,
        /// Who closes it, by name or number
        #[arg(long)]
        by: Option<String>,
    },
    /// Issue the statements of a closed month again where they would say something else
    Freeze {
        #[command(flatten)]
        of: Of,
        /// The month, as in 2026-11
        #[arg(long)]
        month: Month,
    },
    /// Show what the statements of a month would say now; nothing is kept
    Preview {
        #[command(flatten)]
        of: Of,
        /// The month, as in 2026-11
        #[arg(long)]
        month: Month,
        /// Of this party alone, by its handle
        #[arg(long)]
        party: Option<String>,
    },
    /// List the statements of a month
    List {
        #[command(flatten)]
        of: Of,
        /// The month, as in 2026-11
        #[arg(long)]
        month: Month,
    },
    /// Show a statement
    Show {
        #[command(flatten)]
        of: Of,
        /// Its number, as in 2026-11-0007
        number: String,
        /// Which revision; the latest when not given
        #[arg(long)]
        revision: Option<u32>,
    },
    /// Write a statement's file
    Export {
        #[command(flatten)]
        of: Of,
        /// Its number, as in 2026-11-0007
        number: String,
        /// Which revision; the latest when not given
        #[arg(long)]
        revision: Option<u32>,
        /// Which file
        #[arg(long, value_enum, default_value_t = Form::Pdf)]
        form: Form,
        /// Where to, or - for stdout; a file named after the statement when not given
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

/// Which co-op.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Of {
    /// The co-op, by its slug; the only one when not given
    #[arg(long, env = "GUILDHALL_COOP")]
    co_op: Option<String>,
}

/// The form of a file.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Form {
    Pdf,
    Csv,
    Json,
}

impl From<Form> for FileKind {
    fn from(form: Form) -> Self {
        match form {
            Form::Pdf => Self::Pdf,
            Form::Csv => Self::Csv,
            Form::Json => Self::Json,
        }
    }
}

pub(crate) async fn run(house: &House, command: &Command) -> Result<(), Failure> {
    let statements = house.statements();
    let (Command::Close { of, .. }
    | Command::Freeze { of, .. }
    | Command::Preview { of, .. }
    | Command::List { of, .. }
    | Command::Show { of, .. }
    | Command::Export { of, .. }) = command;
    let coop = house.coop(of.co_op.as_deref()).await?;
    match command {
        Command::Close { month, by, .. } => {
            let by = match by {
                Some(by) => Some(house.person(coop.id, by).await?),
                None => None,
            };
            let closed = house.output.watch(&format!("closing {month}"), statements.close(&coop, *month, by)).await?;
            show::closed(house, &coop, &closed)
        }
        Command::Freeze { month, .. } => {
            let frozen = house.output.watch(&format!("issuing statements of {month}"), statements.freeze(&coop, *month)).await?;
            show::frozen(house, *month, &frozen)
        }
        Command::Preview { month, party, .. } => {
            let of = match party {
                Some(handle) => Some([party_of(house, &coop, handle).await?]),
                None => None,
            };
            let documents = house
                .output
                .watch("working statements out", statements.preview(&coop, *month, of.as_ref().map(<[_; 1]>::as_slice)))
                .await?;
            show::preview(house, &documents)
        }
        Command::List { month, .. } => show::list(house, &coop, *month, &statements.list(coop.id, *month).await?).await,
        Command::Show { number, revision, .. } => show::issued(house, &statements.get(coop.id, number, *revision).await?),
        Command::Export { number, revision, form, out, .. } => {
            export(house, &coop, (number, *revision), (*form).into(), out.as_ref()).await
        }
    }
}

/// The party of that handle.
pub(super) async fn party_of(house: &House, coop: &Coop, handle: &str) -> Result<PartyId, Failure> {
    let tx = db::begin(&house.pools.orm, coop.id).await?;
    let parties = identity::parties(&tx, coop.id).await?;
    tx.commit().await?;
    let found = parties.iter().find(|party| party.handle == handle).map(|party| party.id);
    found.ok_or_else(|| {
        let handles: Vec<&str> = parties.iter().map(|party| party.handle.as_str()).collect();
        Failure::refused(Code::NotFound, format!("{} has no party {handle:?}; there are {}", coop.slug, handles.join(", ")))
    })
}

/// Writes a file as it is stored; while the worker has not stored it yet, as it will be.
async fn export(
    house: &House,
    coop: &Coop,
    (number, revision): (&str, Option<u32>),
    kind: FileKind,
    out: Option<&PathBuf>,
) -> Result<(), Failure> {
    let issued = house.statements().get(coop.id, number, revision).await?;
    let bytes = if issued.rendered_at.is_some() {
        house.desk()?.file(coop.id, number, Some(issued.sealed.document.revision), kind).await?.to_vec()
    } else {
        match kind {
            FileKind::Pdf => statements::pdf(&issued.sealed).map_err(Failure::fault)?,
            FileKind::Csv => statements::csv(&issued.sealed.document),
            FileKind::Json => issued.sealed.json.clone().into_bytes(),
        }
    };
    if out.is_some_and(|out| out.as_os_str() == "-") {
        Output::raw(&bytes);
        return Ok(());
    }
    let name = key(&issued.sealed.document, kind);
    let path = out.cloned().unwrap_or_else(|| PathBuf::from(name.rsplit('/').next().unwrap_or(&name)));
    tokio::fs::write(&path, &bytes).await.map_err(|error| Failure::fault(format!("{} cannot be written: {error}", path.display())))?;
    let value = json!({"file": path, "bytes": bytes.len(), "statement_hash": issued.sealed.hash_hex()});
    house.output.answer(&value, || format!("Wrote {}.", path.display()))
}
