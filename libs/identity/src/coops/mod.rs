//! Co-ops: founded, found again, set up, suspended, exported, closed.

mod checks;
mod close;
mod coop;
mod export;
mod found;
mod settings;

pub use coop::{Coop, NewCoop, coop, coops, find_coop};
pub(crate) use export::make_export;
pub use export::{EXPORTS_SHOWN, Export, ExportId, MAX_EXPORT_BYTES, MadeExport, MakeExport, Packed, pack};
pub use found::{Founded, MAX_FOUNDED, found, found_by};
pub use settings::CoopChange;
pub(crate) use settings::{locked, works};
