//! The house keeps its order: who may lean on whom, and what every file may be.

mod direction;
mod rows;
mod transactions;

use std::path::{Path, PathBuf};

/// The project's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the root").to_owned()
}
